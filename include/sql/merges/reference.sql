-- Merges a run's references. A reference that is there stays.
-- Use: publish(run, "reference")
MERGE facewarden_biometrics.reference AS T
USING (
  SELECT * REPLACE (CURRENT_TIMESTAMP() AS enrolled_at)
  FROM (
    SELECT * FROM $staging
    QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY enrolled_at) = 1
  )
) AS S
ON $same_key
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
