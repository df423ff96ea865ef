-- What did this crawl run do? One row a platform.
-- Use: rows(bq, "queries/crawl_summary", {"run_key": "RUN"})
SELECT *
FROM facewarden.crawl_stats
WHERE run_key = @run_key
ORDER BY platform;
