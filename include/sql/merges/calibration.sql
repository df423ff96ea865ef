-- Merges what a run measured on labelled faces. Append-only: a measurement that is there is never changed.
-- Use: publish(run, "calibration")
MERGE facewarden_biometrics.calibration AS T
USING (
  SELECT * FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY measured_at) = 1
) AS S
ON $same_key
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
