-- What match_band promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
SELECT 'hardly any stranger is likely' AS name, facewarden_biometrics.match_band(1e-6, 100000, 1.0) = 'likely' AS ok
UNION ALL SELECT 'tightens as more is searched', facewarden_biometrics.match_band(1e-6, 100001, 1.0) = 'possible'
UNION ALL SELECT 'asks more of a blurred face', facewarden_biometrics.match_band(1e-6, 100000, 0.5) = 'possible'
UNION ALL SELECT 'without a bound is possible', facewarden_biometrics.match_band(NULL, 1, 1.0) = 'possible';
