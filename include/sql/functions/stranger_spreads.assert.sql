-- What stranger_spreads promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
WITH measured AS (
  SELECT [STRUCT(0.1 AS rate, 1.0 AS spreads, 100.0 AS pairs), STRUCT(0.01, 2.0, 10.0), STRUCT(0.001, 4.0, 1.0)] AS tail
)
SELECT 'the limit of a measured rate' AS name, ABS(facewarden_biometrics.stranger_spreads(0.01, tail) - 2) < 1e-12 AS ok FROM measured
UNION ALL
SELECT 'is the other way round of stranger_rate', LOGICAL_AND(
  ABS(facewarden_biometrics.stranger_rate(facewarden_biometrics.stranger_spreads(rate, tail), tail) / rate - 1) < 1e-9
)
FROM measured CROSS JOIN UNNEST([0.09, 0.05, 0.01, 0.004, 0.0015, 0.001, 0.0001, 1e-6]) AS rate
UNION ALL SELECT 'a larger rate than any measured one takes the first', facewarden_biometrics.stranger_spreads(0.5, tail) = 1 FROM measured
UNION ALL SELECT 'a rate of 1 lets everybody through', facewarden_biometrics.stranger_spreads(1, tail) < -1e6 FROM measured
UNION ALL
SELECT 'NULL for a smaller rate than the only one', facewarden_biometrics.stranger_spreads(1e-4, [STRUCT(1e-3 AS rate, 0.5 AS spreads, 0.0 AS pairs)]) IS NULL
UNION ALL
SELECT 'the only rate itself', facewarden_biometrics.stranger_spreads(1e-3, [STRUCT(1e-3 AS rate, 0.5 AS spreads, 0.0 AS pairs)]) = 0.5
UNION ALL SELECT 'NULL without a tail', facewarden_biometrics.stranger_spreads(0.01, NULL) IS NULL;
