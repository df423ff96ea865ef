-- How far are strangers apart, as far as is known now? The newest measurement of each engine: one row a cohort.
-- A measurement of tomorrow is a wrong clock's, and does not count.
-- Use: SELECT engine, cohort, faces, people, pairs, mean, spread FROM facewarden_biometrics.population_now
CREATE OR REPLACE VIEW facewarden_biometrics.population_now
OPTIONS (description = 'The newest measurement of the population, by engine and cohort. [$digest]')
AS
SELECT *
FROM facewarden_biometrics.population
WHERE measured_at <= CURRENT_TIMESTAMP()
QUALIFY run_key = FIRST_VALUE(run_key) OVER (PARTITION BY engine ORDER BY measured_at DESC, run_key DESC);
