-- Which faces are in these pictures? Evidence covers all of them but the one that matched.
-- Used by the evidence page: rows(bq, "queries/faces_of_contents", {"contents": ["<sha256>", …]})
SELECT face_id, sha256, engine, at_ms, box
FROM facewarden_biometrics.face
WHERE sha256 IN UNNEST(@contents)
ORDER BY sha256, face_id
