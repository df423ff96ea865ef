-- What did this scan run do? One row an engine, from what it wrote.
-- Use: rows(bq, "queries/scan_summary", {"run_key": "RUN"})
SELECT *
FROM facewarden_biometrics.scan_stats
WHERE run_key = @run_key
ORDER BY engine;
