-- Merges a run's posts: a new one is inserted, a known one takes what was seen later. What a deleted post no longer
-- says (its title, its date) stays as it was known, and a post that was out of reach keeps all but its status. A run
-- that is published late tells only what was not known.
-- The warehouse's clock decides: a moment to come is taken for now, and what was once written with one holds no longer.
-- Use: publish(run, "post")
MERGE facewarden.post AS T
USING (
  SELECT * REPLACE (LEAST(seen_at, CURRENT_TIMESTAMP()) AS seen_at) FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY seen_at DESC, status, title) = 1
) AS S
ON $same_key
WHEN MATCHED AND (S.seen_at > T.seen_at OR T.seen_at > CURRENT_TIMESTAMP()) THEN UPDATE SET
  post_url = S.post_url,
  title = COALESCE(S.title, T.title),
  posted_at = COALESCE(S.posted_at, T.posted_at),
  status = S.status,
  seen_at = S.seen_at,
  kinds = IF(S.status IN ('blocked', 'unreachable'), T.kinds, S.kinds),
  listed = COALESCE(S.listed, T.listed)
WHEN MATCHED AND (
  (T.title IS NULL AND S.title IS NOT NULL) OR (T.posted_at IS NULL AND S.posted_at IS NOT NULL)
) THEN UPDATE SET
  title = COALESCE(T.title, S.title),
  posted_at = COALESCE(T.posted_at, S.posted_at)
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
