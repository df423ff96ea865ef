-- Which photographs does a subject's template come from? The first is the one that evidence shows.
-- Used by the evidence page: rows(bq, "queries/references", {"subject_id": "…"})
SELECT reference.reference_id, reference.file_path, reference.box, reference.engine
FROM facewarden_biometrics.reference AS reference
JOIN facewarden_biometrics.live_subject AS subject ON subject.subject_id = reference.subject_id
WHERE reference.subject_id = @subject_id
QUALIFY ROW_NUMBER() OVER (PARTITION BY reference.sha256 ORDER BY reference.enrolled_at DESC) = 1
ORDER BY reference.sharpness DESC, reference.reference_id
