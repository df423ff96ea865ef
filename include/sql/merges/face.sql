-- Merges a run's faces. Faces of a file that has some by the same engine are the same: what is there stays, and nothing is
-- added. So all faces of a file bear one moment, and a search sees a track whole or not at all.
-- That moment is the warehouse's: a worker's clock decides neither how long a face is kept nor whether it is searched.
-- The partition column is not in ON: a scan that ran again found the same face on another day.
-- Use: publish(run, "face")
MERGE facewarden_biometrics.face AS T
USING (
  SELECT * REPLACE (CURRENT_TIMESTAMP() AS detected_at)
  FROM (
    SELECT * FROM $staging
    QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY detected_at) = 1
  ) AS found
  WHERE NOT EXISTS (
    SELECT 1 FROM facewarden_biometrics.face AS there
    WHERE there.sha256 = found.sha256 AND there.engine = found.engine
  )
) AS S
ON $same_key
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
