-- Which faces does a file have, by an engine? The file is named by its sha256, or by the media_id of a picture or video.
-- Used by `make show`: rows(bq, "queries/faces_shown", {"media": "platform/gallery/1/image/1", "engine": "ENGINE"})
WITH file AS (
  SELECT sha256, ANY_VALUE(file_path) AS file_path, ANY_VALUE(type) AS type, ANY_VALUE(size) AS size
  FROM facewarden.media
  WHERE (sha256 = @media OR media_id = @media) AND file_path IS NOT NULL
  GROUP BY sha256
)
SELECT
  file.sha256, file.file_path, file.type, file.size, scan.outcome, scan.reason, face.at_ms, face.track, face.box,
  face.landmarks, face.score, face.sharpness, face.size AS face_size, face.reason AS face_reason
FROM file
LEFT JOIN facewarden_biometrics.scan AS scan ON scan.sha256 = file.sha256 AND scan.engine = @engine
LEFT JOIN facewarden_biometrics.face AS face ON face.sha256 = file.sha256 AND face.engine = @engine
ORDER BY face.at_ms, face.score DESC;
