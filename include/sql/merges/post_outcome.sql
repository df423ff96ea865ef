-- Merges what a run found at each post it looked at. Append-only: an outcome that is there is never changed, but that of
-- a post that the run had not begun, when its batch was run again and did.
-- The partition column is not in ON: a batch that ran again looked at the post at another moment.
-- The warehouse's clock decides: a moment to come is taken for now, and what was once written with one holds no longer.
-- Use: publish(run, "post_outcome")
MERGE facewarden.post_outcome AS T
USING (
  SELECT * REPLACE (LEAST(seen_at, CURRENT_TIMESTAMP()) AS seen_at) FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY seen_at DESC, status) = 1
) AS S
ON $same_key
WHEN MATCHED AND STARTS_WITH(T.reason, 'not begun: ') AND NOT STARTS_WITH(IFNULL(S.reason, ''), 'not begun: ')
THEN UPDATE SET $updates
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
