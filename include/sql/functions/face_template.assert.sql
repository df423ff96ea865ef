-- What face_template promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
WITH taken AS (
  SELECT
    facewarden_biometrics.face_template([STRUCT([0.6, 0.8] AS embedding)]) AS one,
    facewarden_biometrics.face_template([STRUCT([1.0, 0.0] AS embedding), STRUCT([0.0, 1.0])]) AS two,
    facewarden_biometrics.face_template([STRUCT([5.0, 0.0] AS embedding), STRUCT([0.0, 1.0])]) AS longer,
    facewarden_biometrics.face_template([STRUCT([1.0, 0.0] AS embedding), STRUCT([-1.0, 0.0])]) AS opposite
)
SELECT 'of one face it is that face' AS name, ABS(one[OFFSET(0)] - 0.6) < 1e-12 AND ABS(one[OFFSET(1)] - 0.8) < 1e-12 AS ok FROM taken
UNION ALL SELECT 'of two it lies between them, and is unit', ABS(two[OFFSET(0)] - SQRT(0.5)) < 1e-12 AND ABS(two[OFFSET(1)] - SQRT(0.5)) < 1e-12 FROM taken
UNION ALL SELECT 'a longer one counts no more', ABS(longer[OFFSET(0)] - SQRT(0.5)) < 1e-12 FROM taken
UNION ALL SELECT 'NULL when they cancel out', opposite IS NULL FROM taken;
