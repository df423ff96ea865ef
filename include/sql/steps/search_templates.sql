-- With what is searched? For each live subject, engine and cohort: the template from all references, centred as the cohort is,
-- and moved to where the cohort's faces lie (`probe`; what face_template and face_probe do, for all at once). `own` is the
-- cohort to whose centre the references are nearest.
-- `basis` is a digest of all that decides which face is near enough. Where the newest search on the same basis is not too
-- old, its `limits` hold and only faces `since` then are compared: the days from the one before it on, as what was being
-- published while it ran may bear an earlier moment. `since` is NULL where all faces are to be compared (@whole: for everybody).
-- @asked is what else decides: the rate that is asked for, and the statements. `searched_to` comes before any face is read.
-- Use: steps.write("search_templates", …), of include/matching/match.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH reference AS (
  SELECT reference.subject_id, reference.engine, reference.reference_id, reference.embedding, live.consent_id
  FROM facewarden_biometrics.reference AS reference
  JOIN facewarden_biometrics.live_subject AS live ON live.subject_id = reference.subject_id
  WHERE @subject_id IS NULL OR reference.subject_id = @subject_id
),
population AS (
  SELECT *, SUM(faces) OVER (PARTITION BY engine) AS all_faces FROM facewarden_biometrics.population_now
),
asked AS (
  SELECT
    reference.subject_id, reference.engine,
    TO_HEX(MD5(CONCAT(
      @asked, '|', measured.run_key, '|', MIN(reference.consent_id), '|',
      STRING_AGG(reference.reference_id, ',' ORDER BY reference.reference_id)
    ))) AS basis
  FROM reference
  JOIN (SELECT DISTINCT engine, run_key FROM population) AS measured ON measured.engine = reference.engine
  GROUP BY reference.subject_id, reference.engine, measured.run_key
),
earlier AS (
  SELECT subject_id, engine, basis, limits, TIMESTAMP_TRUNC(TIMESTAMP_SUB(searched_to, INTERVAL 1 DAY), DAY) AS since
  FROM facewarden_biometrics.search
  WHERE searched_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 40 DAY) AND searched_to IS NOT NULL AND NOT @whole
  QUALIFY ROW_NUMBER() OVER (PARTITION BY subject_id, engine, basis ORDER BY searched_to DESC, run_key) = 1
),
centre AS (
  SELECT engine, cohort, place, x
  FROM population CROSS JOIN UNNEST(centre) AS x WITH OFFSET AS place
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
  population.mean, population.spread, population.tail, population.all_faces,
  asked.basis, earlier.since, earlier.limits, CURRENT_TIMESTAMP() AS searched_to
FROM point
JOIN population ON population.engine = point.engine AND population.cohort = point.cohort
JOIN asked ON asked.subject_id = point.subject_id AND asked.engine = point.engine
LEFT JOIN earlier
  ON earlier.subject_id = point.subject_id AND earlier.engine = point.engine AND earlier.basis = asked.basis;
