-- Merges a run's consent events. Append-only: an event that is there is never changed.
-- When is told by the warehouse's clock: a consent from a clock that runs ahead must not outlive its withdrawal.
-- Use: publish(run, "consent")
MERGE facewarden_biometrics.consent AS T
USING (
  SELECT * REPLACE (CURRENT_TIMESTAMP() AS recorded_at)
  FROM (
    SELECT * FROM $staging
    QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY recorded_at) = 1
  )
) AS S
ON $same_key
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
