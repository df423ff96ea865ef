-- Merges a run's verdicts. Append-only: a verdict that is there is never changed; who changed their mind says so anew.
-- When is told by the warehouse's clock: of two verdicts the later one must be the later one, whoever's clock runs ahead.
-- Use: publish(run, "verdict")
MERGE facewarden_biometrics.verdict AS T
USING (
  SELECT * REPLACE (CURRENT_TIMESTAMP() AS recorded_at)
  FROM (
    SELECT * FROM $staging
    QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY recorded_at) = 1
  )
) AS S
ON $same_key
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
