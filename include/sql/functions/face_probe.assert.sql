-- What face_probe promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
SELECT 'adds the centre' AS name, facewarden_biometrics.face_probe([0.6, 0.8], [1.0, -0.5])[OFFSET(1)] BETWEEN 0.3 - 1e-12 AND 0.3 + 1e-12 AS ok
UNION ALL SELECT 'NULL for two lengths', facewarden_biometrics.face_probe([0.6, 0.8], [1.0]) IS NULL
UNION ALL SELECT 'NULL without a template', facewarden_biometrics.face_probe(NULL, [1.0]) IS NULL;
