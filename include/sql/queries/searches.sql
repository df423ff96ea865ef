-- What was searched for subjects, and when? The newest search by each engine, the newest first. No row: never searched.
-- @subject_ids is ARRAY<STRING>
-- Used by include/matching/case.py: rows(bq, "queries/searches", {"subject_ids": ["…"]})
SELECT
  subject_id, engine, reference_count, faces, false_match_rate, rate, expected_false_matches, accepted, warning, searched_at
FROM facewarden_biometrics.search
WHERE subject_id IN UNNEST(@subject_ids)
QUALIFY ROW_NUMBER() OVER (PARTITION BY subject_id, engine ORDER BY searched_at DESC, run_key) = 1
ORDER BY subject_id, searched_at DESC, engine;
