-- What stranger_rate promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
WITH measured AS (
  SELECT [STRUCT(0.1 AS rate, 1.0 AS spreads, 100.0 AS pairs), STRUCT(0.01, 2.0, 10.0), STRUCT(0.001, 4.0, 1.0)] AS tail
)
SELECT 'at a point it is the rate of that point' AS name, ABS(facewarden_biometrics.stranger_rate(2.0, tail) - 0.01) < 1e-12 AS ok FROM measured
UNION ALL SELECT 'between two it lies between', ABS(facewarden_biometrics.stranger_rate(3.0, tail) - SQRT(0.01 * 0.001)) < 1e-12 FROM measured
UNION ALL SELECT 'before the first everybody may be so alike', facewarden_biometrics.stranger_rate(0.9, tail) = 1 FROM measured
UNION ALL SELECT 'behind the last it goes on falling', ABS(facewarden_biometrics.stranger_rate(6.0, tail) - 0.0001) < 1e-12 FROM measured
UNION ALL SELECT 'it never rises', facewarden_biometrics.stranger_rate(9.0, tail) < facewarden_biometrics.stranger_rate(8.0, tail) FROM measured
UNION ALL SELECT 'NULL without a tail', facewarden_biometrics.stranger_rate(3.0, NULL) IS NULL;
