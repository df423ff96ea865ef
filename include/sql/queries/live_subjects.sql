-- Whom may we search for today? One subject, or all of them where @subject_id is NULL.
-- Used by write_evidence: rows(bq, "queries/live_subjects", {"subject_id": None})
SELECT subject_id, label, valid_until
FROM facewarden_biometrics.live_subject
WHERE @subject_id IS NULL OR subject_id = @subject_id
ORDER BY subject_id
