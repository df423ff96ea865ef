-- Among how many faces was searched for a subject? Those that the engines of its references embedded.
-- Used by the evidence page: rows(bq, "queries/faces_searched", {"subject_id": "…"})
SELECT COUNT(*) AS faces
FROM facewarden_biometrics.face AS face
WHERE ARRAY_LENGTH(face.embedding) > 0
  AND face.engine IN (SELECT engine FROM facewarden_biometrics.subject_template WHERE subject_id = @subject_id)
