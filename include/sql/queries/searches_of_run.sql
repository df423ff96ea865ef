-- What did this search look at, and what did it come to? One row a subject and engine; "nothing found" is a row, too.
-- Use: rows(bq, "queries/searches_of_run", {"run_key": "RUN"})
SELECT
  subject_id, engine, reference_count, faces, false_match_rate, rate, expected_false_matches, accepted, warning, searched_at
FROM facewarden_biometrics.search
WHERE run_key = @run_key
ORDER BY subject_id, engine;
