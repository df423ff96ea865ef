-- Merges a run's pictures and videos. A file that is in the lake is never replaced; one that was rejected and could be
-- stored later is. A later reason for a rejection holds, but a file that was only out of reach keeps the reason it had
-- found out for good.
-- The same file met again tells what its row lacks (its perceptual hash, its address).
-- A row marked as a twin (the very file that the post shows elsewhere) is never inserted, and takes away the row that an
-- earlier try made of it.
-- The warehouse's clock decides: a moment to come is taken for now, and what was once written with one holds no longer.
-- Use: publish(run, "media")
MERGE facewarden.media AS T
USING (
  SELECT * REPLACE (LEAST(fetched_at, CURRENT_TIMESTAMP()) AS fetched_at) FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY IF(file_path IS NULL, 1, 0), fetched_at DESC, sha256) = 1
) AS S
ON $same_key
WHEN MATCHED AND STARTS_WITH(S.rejected, 'twin of ') THEN DELETE
WHEN MATCHED AND T.file_path IS NULL AND (
  S.file_path IS NOT NULL
  OR (
    (S.fetched_at > T.fetched_at OR T.fetched_at > CURRENT_TIMESTAMP())
    AND (NOT STARTS_WITH(S.rejected, 'unreachable: ') OR STARTS_WITH(T.rejected, 'unreachable: '))
  )
) THEN UPDATE SET $updates
WHEN MATCHED AND S.file_path IS NOT NULL AND S.sha256 = T.sha256 AND (
  (T.phash IS NULL AND S.phash IS NOT NULL) OR (T.source_url IS NULL AND S.source_url IS NOT NULL)
) THEN UPDATE SET
  phash = COALESCE(T.phash, S.phash),
  phash_quality = COALESCE(T.phash_quality, S.phash_quality),
  source_url = COALESCE(T.source_url, S.source_url)
WHEN NOT MATCHED AND NOT STARTS_WITH(IFNULL(S.rejected, ''), 'twin of ') THEN INSERT ($columns) VALUES ($values);
