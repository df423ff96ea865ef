-- Merges a run's pictures and videos. A file that is in the lake is never replaced; one that was rejected and could be
-- stored later is.
-- Use: publish(bq, gcs, bucket, "media", run_key)
MERGE facewarden.media AS T
USING (
  SELECT * FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY IF(file_path IS NULL, 1, 0), fetched_at DESC, sha256) = 1
) AS S
ON $same_key
WHEN MATCHED AND T.file_path IS NULL AND S.file_path IS NOT NULL THEN UPDATE SET $updates
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
