-- Merges a run's verdicts. Append-only: a verdict that is there is never changed; who changed their mind says so anew.
-- Use: publish(run, "verdict")
MERGE facewarden_biometrics.verdict AS T
USING (
  SELECT * FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY recorded_at) = 1
) AS S
ON $same_key
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
