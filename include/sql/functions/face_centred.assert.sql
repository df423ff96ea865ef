-- What face_centred promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
WITH taken AS (
  SELECT
    facewarden_biometrics.face_centred([0.6, 0.8], [0.6, -0.2]) AS up,
    facewarden_biometrics.face_centred([3.0, 4.0], [0.0, 0.0]) AS unit,
    facewarden_biometrics.face_centred([0.6, 0.8], [0.6, 0.8]) AS nothing_left,
    facewarden_biometrics.face_centred(NULL, [0.0]) AS no_face,
    facewarden_biometrics.face_centred([1.0], NULL) AS no_centre,
    facewarden_biometrics.face_centred([1.0, 2.0], [1.0]) AS two_lengths,
    facewarden_biometrics.face_centred(ARRAY<FLOAT64>[], ARRAY<FLOAT64>[]) AS both_empty
)
SELECT 'takes the centre away and makes it unit again' AS name, ABS(up[OFFSET(0)]) < 1e-12 AND ABS(up[OFFSET(1)] - 1) < 1e-12 AS ok FROM taken
UNION ALL SELECT 'without a centre it only makes it unit', ABS(unit[OFFSET(0)] - 0.6) < 1e-12 AND ABS(unit[OFFSET(1)] - 0.8) < 1e-12 FROM taken
UNION ALL SELECT 'NULL when nothing is left', nothing_left IS NULL FROM taken
UNION ALL SELECT 'NULL without a face', no_face IS NULL FROM taken
UNION ALL SELECT 'NULL without a centre', no_centre IS NULL FROM taken
UNION ALL SELECT 'NULL, and no error, for two lengths', two_lengths IS NULL FROM taken
UNION ALL SELECT 'NULL for two empty ones', both_empty IS NULL FROM taken;
