-- Merges what the batches of a run did and spent. A batch that ran again counts as its last time.
-- The warehouse's clock decides: a moment to come is taken for now, and what was once written with one holds no longer.
-- Use: publish(run, "crawl_count")
MERGE facewarden.crawl_count AS T
USING (
  SELECT * REPLACE (LEAST(counted_at, CURRENT_TIMESTAMP()) AS counted_at) FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY counted_at DESC, value DESC) = 1
) AS S
ON $same_key
WHEN MATCHED AND (S.counted_at > T.counted_at OR T.counted_at > CURRENT_TIMESTAMP()) THEN UPDATE SET $updates
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
