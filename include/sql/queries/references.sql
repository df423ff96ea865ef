-- Which photographs do subjects' templates come from? Of each subject the first is the one that evidence shows.
-- @subject_ids is ARRAY<STRING>
-- Used by include/matching/case.py: rows(bq, "queries/references", {"subject_ids": ["…"]})
SELECT reference.subject_id, reference.reference_id, reference.file_path, reference.box, reference.engine
FROM facewarden_biometrics.reference AS reference
JOIN facewarden_biometrics.live_subject AS subject ON subject.subject_id = reference.subject_id
WHERE reference.subject_id IN UNNEST(@subject_ids)
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY reference.subject_id, reference.sha256
  ORDER BY reference.enrolled_at DESC
) = 1
ORDER BY reference.subject_id, reference.sharpness DESC, reference.reference_id
