-- Merges a run's faces. A face_id follows from the file and the engine, so a face that is there is the same: it stays.
-- The partition column is not in ON: a scan that ran again found the same face on another day.
-- Use: publish(run, "face")
MERGE facewarden_biometrics.face AS T
USING (
  SELECT * FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY detected_at) = 1
) AS S
ON $same_key
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
