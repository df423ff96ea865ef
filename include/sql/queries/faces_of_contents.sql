-- Which faces are in these files, and where? Evidence covers all of them but the one that matched.
-- @contents is ARRAY<STRING>
-- Used by include/matching/case.py: rows(bq, "queries/faces_of_contents", {"contents": ["<sha256>", …]})
SELECT face_id, sha256, engine, at_ms, box
FROM facewarden_biometrics.face
WHERE sha256 IN UNNEST(@contents) AND box IS NOT NULL
ORDER BY sha256, face_id
