-- What similar_faces promises, whatever is in the tables. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
SELECT 'nothing for an engine that is not there' AS name, COUNT(*) = 0 AS ok
FROM facewarden_biometrics.similar_faces([0.6, 0.8], 'no engine has this name', 1.0, 10)
UNION ALL
SELECT 'nothing for NULL', COUNT(*) = 0
FROM facewarden_biometrics.similar_faces(CAST(NULL AS ARRAY<FLOAT64>), 'no engine has this name', 1.0, 10);
