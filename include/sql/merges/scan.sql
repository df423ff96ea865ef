-- Merges a run's scans. A scan is never replaced, except one that ended in an error, by a later one.
-- Use: publish(run, "scan")
MERGE facewarden_biometrics.scan AS T
USING (
  SELECT * FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY IF(outcome = 'error', 1, 0), scanned_at DESC, outcome) = 1
) AS S
ON $same_key
WHEN MATCHED AND T.outcome = 'error' AND S.scanned_at > T.scanned_at THEN UPDATE SET $updates
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
