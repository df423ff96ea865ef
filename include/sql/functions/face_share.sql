-- Where between 0 and 1 does a face_id fall? Always at the same place, and evenly: `face_share(face_id) < 0.1` draws a tenth
-- of the faces, and the same tenth each time. NULL for NULL.
-- Use: SELECT COUNT(*) FROM facewarden_biometrics.face WHERE facewarden_biometrics.face_share(face_id) < 0.1
CREATE OR REPLACE FUNCTION facewarden_biometrics.face_share(face_id STRING)
RETURNS FLOAT64
OPTIONS (description = 'A place between 0 and 1 by the hash of a face_id: to draw samples that stay the same. [$digest]')
AS (
  CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5(face_id)), 1, 8)) AS INT64) / 4294967296
);
