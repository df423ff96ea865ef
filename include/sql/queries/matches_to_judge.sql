-- Which matches of a subject is a verdict about, and by what will their content be known again? Those named by @face_ids,
-- and all in the file @sha256. place: the middle and the width of the face as shares of its picture; NULL when the face
-- has expired.
-- @face_ids is ARRAY<STRING>
-- Used by record_verdict: rows(bq, "queries/matches_to_judge", {"subject_id": "…", "face_ids": ["…"], "sha256": ""})
WITH content AS (
  SELECT sha256, MAX(phash) AS phash, MAX(phash_quality) AS phash_quality
  FROM facewarden.media
  WHERE sha256 IS NOT NULL
  GROUP BY sha256
)
SELECT
  m.face_id,
  m.sha256,
  content.phash,
  content.phash_quality,
  (face.box.x + face.box.width / 2) / NULLIF(scan.width, 0) AS x,
  (face.box.y + face.box.height / 2) / NULLIF(scan.height, 0) AS y,
  face.box.width / NULLIF(scan.width, 0) AS width,
  COALESCE(m.track, face.track) AS track
FROM facewarden_biometrics.match AS m
LEFT JOIN facewarden_biometrics.face AS face ON face.face_id = m.face_id
LEFT JOIN facewarden_biometrics.scan AS scan ON scan.sha256 = m.sha256 AND scan.engine = m.engine
LEFT JOIN content ON content.sha256 = m.sha256
WHERE m.subject_id = @subject_id AND (m.face_id IN UNNEST(@face_ids) OR m.sha256 = @sha256)
ORDER BY m.sha256, m.face_id;
