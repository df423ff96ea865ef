-- Which faces are in the pictures and videos of this post? One row a face and file in the post, by the newest engine that
-- has found any in the file; of a video the best faces of each track. Nearly all of them are bystanders: they are here
-- until they expire, with their embeddings, for whoever may read this dataset. A face without an embedding says why.
-- The argument is not named post_url: inside the body that would be the column, and every row would be given.
-- Use: SELECT media_id, face_id, box, score, size FROM facewarden_biometrics.faces_of('https://…') ORDER BY media_id
CREATE OR REPLACE TABLE FUNCTION facewarden_biometrics.faces_of(wanted STRING)
OPTIONS (description = 'Faces in the pictures and videos of one post, by the newest engine. [$digest]')
AS
SELECT
  media.media_id,
  media.file_name,
  media.kind,
  media.ordinal,
  media.sha256,
  face.face_id,
  face.engine,
  face.at_ms,
  face.track,
  face.box,
  face.score,
  face.sharpness,
  face.size,
  face.pose,
  face.reason,
  face.detected_at,
  face.embedding
FROM facewarden.media AS media
JOIN facewarden_biometrics.face AS face ON face.sha256 = media.sha256
WHERE media.post_url = wanted
QUALIFY face.engine = FIRST_VALUE(face.engine) OVER (
  PARTITION BY media.media_id
  ORDER BY face.detected_at DESC, face.engine
);
