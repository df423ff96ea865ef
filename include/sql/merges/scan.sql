-- Merges a run's scans. A scan is never replaced, except one that ended in an error: by one that did not, or by one that
-- was tried more often. No clock decides which is the later one; and a moment that the warehouse's own clock has not reached,
-- or that is older than a shard can be, is a wrong clock's.
-- Use: publish(run, "scan")
MERGE facewarden_biometrics.scan AS T
USING (
  SELECT * REPLACE (
    GREATEST(LEAST(scanned_at, CURRENT_TIMESTAMP()), TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY)) AS scanned_at
  )
  FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY IF(outcome = 'error', 1, 0), scanned_at DESC, outcome) = 1
) AS S
ON $same_key
WHEN MATCHED AND T.outcome = 'error' AND (S.outcome != 'error' OR IFNULL(S.tries, 0) > IFNULL(T.tries, 0)) THEN UPDATE SET $updates
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
