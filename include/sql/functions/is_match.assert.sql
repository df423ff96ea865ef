-- What is_match promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
SELECT 'nearer than the threshold' AS name, facewarden_biometrics.is_match([0.0, 3.0], [4.0, 0.0], 5.1) AS ok
UNION ALL SELECT 'farther than the threshold', NOT facewarden_biometrics.is_match([0.0, 3.0], [4.0, 0.0], 4.9)
UNION ALL SELECT 'the threshold itself is a match', facewarden_biometrics.is_match([0.0, 3.0], [4.0, 0.0], 5.0)
UNION ALL SELECT 'no embedding is no match', facewarden_biometrics.is_match(NULL, [1.0], 9.0) = FALSE
UNION ALL SELECT 'empty embeddings are no match', facewarden_biometrics.is_match(ARRAY<FLOAT64>[], ARRAY<FLOAT64>[], 9.0) = FALSE
UNION ALL SELECT 'other lengths are no match', facewarden_biometrics.is_match([1.0, 2.0], [1.0], 9.0) = FALSE
UNION ALL SELECT 'no threshold is no match', facewarden_biometrics.is_match([1.0], [1.0], NULL) = FALSE
UNION ALL SELECT 'not a number is no match', facewarden_biometrics.is_match([CAST('nan' AS FLOAT64)], [1.0], 9.0) = FALSE;
