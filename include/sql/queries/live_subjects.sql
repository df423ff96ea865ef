-- Whom may we search for at this moment (asked_at), and by which consent? Of these subjects, or of all of them where @subject_ids is empty:
-- BigQuery takes an empty array that a client sends for NULL.
-- @subject_ids is ARRAY<STRING>
-- Used by include/matching/case.py: rows(bq, "queries/live_subjects", {"subject_ids": []})
SELECT subject_id, label, consent_id, given_by, basis, recorded_at, valid_until, CURRENT_TIMESTAMP() AS asked_at
FROM facewarden_biometrics.live_subject
WHERE IFNULL(ARRAY_LENGTH(@subject_ids), 0) = 0 OR subject_id IN UNNEST(@subject_ids)
ORDER BY subject_id
