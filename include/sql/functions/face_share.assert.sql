-- What face_share promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
SELECT 'lies between 0 and 1' AS name, LOGICAL_AND(facewarden_biometrics.face_share(FORMAT('%d', n)) BETWEEN 0 AND 0.9999999999) AS ok
FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n
UNION ALL
SELECT 'falls evenly', COUNTIF(facewarden_biometrics.face_share(FORMAT('%d', n)) < 0.1) BETWEEN 70 AND 130
FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n
UNION ALL SELECT 'is always the same', facewarden_biometrics.face_share('a') BETWEEN 0.049826 AND 0.049827
UNION ALL SELECT 'NULL for NULL', facewarden_biometrics.face_share(NULL) IS NULL;
