-- Merges a run's pictures and videos. A file that is in the lake is never replaced; one that was rejected and could be
-- stored later is.
-- A row marked as a twin (the very file that the post shows elsewhere) is never inserted, and takes away the row that an
-- earlier try made of it.
-- Use: publish(bq, gcs, bucket, "media", run_key)
MERGE facewarden.media AS T
USING (
  SELECT * FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY IF(file_path IS NULL, 1, 0), fetched_at DESC, sha256) = 1
) AS S
ON $same_key
WHEN MATCHED AND STARTS_WITH(S.rejected, 'twin of ') THEN DELETE
WHEN MATCHED AND T.file_path IS NULL AND S.file_path IS NOT NULL THEN UPDATE SET $updates
WHEN NOT MATCHED AND NOT STARTS_WITH(IFNULL(S.rejected, ''), 'twin of ') THEN INSERT ($columns) VALUES ($values);
