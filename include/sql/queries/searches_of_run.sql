-- What did this search look at, and what did it come to? One row a subject and engine; "nothing found" is a row, too.
-- The partitions of its last weeks are read, as a run takes no longer.
-- Use: rows(bq, "queries/searches_of_run", {"run_key": "RUN"})
SELECT
  subject_id, engine, reference_count, faces, false_match_rate, rate, expected_false_matches, accepted, warning, searched_at,
  compared, basis, searched_to
FROM facewarden_biometrics.search
WHERE run_key = @run_key AND searched_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 40 DAY)
ORDER BY subject_id, engine;
