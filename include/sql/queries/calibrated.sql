-- How sure is a match? What the last calibration of each engine measured: at stated false-match rates, of each group, and
-- at fixed distances.
-- Use: rows(bq, "queries/calibrated", {})
SELECT *
FROM facewarden_biometrics.calibration
QUALIFY RANK() OVER (PARTITION BY engine ORDER BY measured_at DESC, run_key) = 1
ORDER BY engine, measure, group_name, way, reference_count, step;
