-- Merges a run's subjects. A subject that is there stays as it was enrolled.
-- Use: publish(run, "subject")
MERGE facewarden_biometrics.subject AS T
USING (
  SELECT * REPLACE (CURRENT_TIMESTAMP() AS created_at)
  FROM (
    SELECT * FROM $staging
    QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY created_at) = 1
  )
) AS S
ON $same_key
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
