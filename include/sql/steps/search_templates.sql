-- With what is searched? For each live subject, engine and cohort: the template from all references, centred as the cohort is,
-- and moved to where the cohort's faces lie (`probe`; what face_template and face_probe do, for all at once). `own` is the
-- cohort to whose centre the references are nearest.
-- Use: steps.write("search_templates", …), of include/matching/match.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH reference AS (
  SELECT reference.subject_id, reference.engine, reference.reference_id, reference.embedding
  FROM facewarden_biometrics.reference AS reference
  JOIN facewarden_biometrics.live_subject AS live ON live.subject_id = reference.subject_id
  WHERE @subject_id IS NULL OR reference.subject_id = @subject_id
),
centre AS (
  SELECT engine, cohort, place, x
  FROM facewarden_biometrics.population_now CROSS JOIN UNNEST(centre) AS x WITH OFFSET AS place
),
apart AS (
  SELECT reference.subject_id, reference.engine, centre.cohort, reference.reference_id, centre.place, element - centre.x AS x
  FROM reference
  CROSS JOIN UNNEST(reference.embedding) AS element WITH OFFSET AS position
  JOIN centre ON centre.engine = reference.engine AND centre.place = position
),
size AS (
  SELECT reference_id, cohort, SQRT(SUM(x * x)) AS size FROM apart GROUP BY reference_id, cohort
),
mean AS (
  SELECT
    apart.subject_id, apart.engine, apart.cohort, apart.place, AVG(apart.x / size.size) AS x, AVG(size.size) AS away
  FROM apart
  JOIN size ON size.reference_id = apart.reference_id AND size.cohort = apart.cohort
  WHERE size.size > 0
  GROUP BY apart.subject_id, apart.engine, apart.cohort, apart.place
),
unit AS (
  SELECT *, SQRT(SUM(x * x) OVER (PARTITION BY subject_id, engine, cohort)) AS size FROM mean
),
point AS (
  SELECT
    unit.subject_id, unit.engine, unit.cohort, MIN(unit.away) AS away,
    ARRAY_AGG(centre.x + unit.x / unit.size ORDER BY unit.place) AS probe
  FROM unit
  JOIN centre ON centre.engine = unit.engine AND centre.cohort = unit.cohort AND centre.place = unit.place
  WHERE unit.size > 0
  GROUP BY unit.subject_id, unit.engine, unit.cohort
)
SELECT
  point.subject_id, point.engine, point.cohort, point.probe,
  point.away = MIN(point.away) OVER (PARTITION BY point.subject_id, point.engine) AS own, population.pairs, population.people,
  population.mean, population.spread, population.tail
FROM point
JOIN facewarden_biometrics.population_now AS population
  ON population.engine = point.engine AND population.cohort = point.cohort;
