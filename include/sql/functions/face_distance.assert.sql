-- What face_distance promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
WITH taken AS (
  SELECT
    facewarden_biometrics.face_distance([0.0, 3.0], [4.0, 0.0]) AS three_four_five,
    facewarden_biometrics.face_distance([0.6, 0.8], [0.6, 0.8]) AS same,
    facewarden_biometrics.face_distance([1.0, 0.0], [-1.0, 0.0]) AS opposite,
    facewarden_biometrics.face_distance([4.0, 0.0], [0.0, 3.0]) AS turned_round,
    facewarden_biometrics.face_distance([0.0, 0.0], [0.0, 0.0]) AS zeros,
    facewarden_biometrics.face_distance(NULL, [1.0]) AS left_null,
    facewarden_biometrics.face_distance([1.0], NULL) AS right_null,
    facewarden_biometrics.face_distance(ARRAY<FLOAT64>[], ARRAY<FLOAT64>[]) AS both_empty,
    facewarden_biometrics.face_distance(ARRAY<FLOAT64>[], [1.0]) AS one_empty,
    facewarden_biometrics.face_distance([1.0, 2.0], [1.0]) AS two_lengths
)
SELECT 'is the Euclidean distance' AS name, ABS(three_four_five - 5) < 1e-12 AS ok FROM taken
UNION ALL SELECT 'a face is at 0 from itself', same = 0 FROM taken
UNION ALL SELECT 'opposite unit vectors are at 2', ABS(opposite - 2) < 1e-12 FROM taken
UNION ALL SELECT 'is the same both ways round', turned_round = three_four_five FROM taken
UNION ALL SELECT 'zero vectors are no error', zeros = 0 FROM taken
UNION ALL SELECT 'NULL for a NULL on the left', left_null IS NULL FROM taken
UNION ALL SELECT 'NULL for a NULL on the right', right_null IS NULL FROM taken
UNION ALL SELECT 'NULL, not 0, for two empty ones', both_empty IS NULL FROM taken
UNION ALL SELECT 'NULL for one empty one', one_empty IS NULL FROM taken
UNION ALL SELECT 'NULL, and no error, for two lengths', two_lengths IS NULL FROM taken;
