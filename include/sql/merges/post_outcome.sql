-- Merges what a run found at each post it looked at. Append-only: an outcome that is there is never changed.
-- The partition column is not in ON: a batch that ran again looked at the post at another moment.
-- Use: publish(run, "post_outcome")
MERGE facewarden.post_outcome AS T
USING (
  SELECT * FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY seen_at DESC, status) = 1
) AS S
ON $same_key
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
