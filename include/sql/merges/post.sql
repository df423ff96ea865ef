-- Merges a run's posts: a new one is inserted, a known one takes what was seen later. What a deleted post no longer
-- says (its title, its date) stays as it was known.
-- Use: publish(bq, gcs, bucket, "post", run_key)
MERGE facewarden.post AS T
USING (
  SELECT * FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY seen_at DESC, status, title) = 1
) AS S
ON $same_key
WHEN MATCHED AND S.seen_at > T.seen_at THEN UPDATE SET
  post_url = S.post_url,
  title = COALESCE(S.title, T.title),
  posted_at = COALESCE(S.posted_at, T.posted_at),
  status = S.status,
  seen_at = S.seen_at,
  kinds = S.kinds
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
