-- What was searched for a subject, and when? The newest search by each engine, the newest first. No row: never searched.
-- Used by the evidence page: rows(bq, "queries/searches", {"subject_id": "…"})
SELECT engine, reference_count, faces, false_match_rate, rate, expected_false_matches, accepted, warning, searched_at
FROM facewarden_biometrics.search
WHERE subject_id = @subject_id
QUALIFY ROW_NUMBER() OVER (PARTITION BY engine ORDER BY searched_at DESC, run_key) = 1
ORDER BY searched_at DESC, engine;
