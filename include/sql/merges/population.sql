-- Merges what a run measured of the population. Append-only, and all cohorts of an engine or none: a run that was tried
-- again when the faces had changed may have found others, and the numbers of two measurements must not mix.
-- When is told by the warehouse's clock: the newest one holds.
-- Use: publish(run, "population")
MERGE facewarden_biometrics.population AS T
USING (
  SELECT * REPLACE (CURRENT_TIMESTAMP() AS measured_at)
  FROM (
    SELECT * FROM $staging
    QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY measured_at) = 1
  )
) AS S
ON T.run_key = S.run_key AND T.engine = S.engine
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
