-- With what is searched, and how near must a face be? For each live subject, engine and cohort: the template from all
-- references, centred as the cohort is; how alike strangers of this cohort are to this very template (estimated from the
-- sample of the population, with the subject's own cut off as in steps/population_faces.sql); and the limit that follows from
-- the stated false-match rate. That rate is made smaller where so many faces are searched that it would bring more than
-- @most_false_matches strangers. A cohort of which nothing is known takes the engine's measured ceilings.
-- Use: steps.write("search_probes", …), of include/matching/match.py
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
    apart.subject_id, apart.engine, apart.cohort, apart.place, AVG(apart.x / size.size) AS x, COUNT(*) AS reference_count
  FROM apart
  JOIN size ON size.reference_id = apart.reference_id AND size.cohort = apart.cohort
  WHERE size.size > 0
  GROUP BY apart.subject_id, apart.engine, apart.cohort, apart.place
),
unit AS (
  SELECT *, SQRT(SUM(x * x) OVER (PARTITION BY subject_id, engine, cohort)) AS size FROM mean
),
point AS (
  -- face_template and face_probe, for all subjects and cohorts at once.
  SELECT
    unit.subject_id, unit.engine, unit.cohort, MAX(unit.reference_count) AS reference_count,
    ARRAY_AGG(centre.x + unit.x / unit.size ORDER BY unit.place) AS probe
  FROM unit
  JOIN centre ON centre.engine = unit.engine AND centre.cohort = unit.cohort AND centre.place = unit.place
  WHERE unit.size > 0
  GROUP BY unit.subject_id, unit.engine, unit.cohort
),
probe AS (
  SELECT
    point.subject_id, point.engine, point.cohort, point.reference_count, point.probe, population.pairs, population.people,
    population.mean, population.spread, population.tail
  FROM point
  JOIN facewarden_biometrics.population_now AS population
    ON population.engine = point.engine AND population.cohort = point.cohort
),
searched AS (
  SELECT engine, COUNT(*) AS faces FROM facewarden_biometrics.face WHERE ARRAY_LENGTH(embedding) > 0 GROUP BY engine
),
sampled AS (
  -- Who fills half of the gallery is in the sample with a few faces.
  SELECT population.engine, face_id
  FROM facewarden_biometrics.population_now AS population CROSS JOIN UNNEST(population.sampled) AS face_id
),
compared AS (
  SELECT
    probe.subject_id, probe.engine, probe.cohort, probe.mean, probe.spread,
    facewarden_biometrics.centred_likeness(face.embedding, face.away, probe.probe) AS likeness
  FROM probe
  JOIN facewarden_biometrics.face_in_cohort AS face ON face.engine = probe.engine AND face.cohort = probe.cohort
  JOIN sampled ON sampled.engine = face.engine AND sampled.face_id = face.face_id
),
first_mean AS (
  SELECT subject_id, engine, cohort, AVG(likeness) + 0.055 * ANY_VALUE(spread) AS mean
  FROM compared
  WHERE likeness <= mean + 2 * spread
  GROUP BY subject_id, engine, cohort
),
first AS (
  SELECT
    subject_id, engine, cohort, ANY_VALUE(first_mean.mean) AS mean,
    SQRT(AVG(POW(compared.likeness - first_mean.mean, 2))) AS spread
  FROM compared
  JOIN first_mean USING (subject_id, engine, cohort)
  WHERE compared.likeness < first_mean.mean
  GROUP BY subject_id, engine, cohort
),
second_mean AS (
  SELECT
    subject_id, engine, cohort, COUNT(*) AS faces, AVG(compared.likeness) + 0.055 * ANY_VALUE(first.spread) AS mean
  FROM compared
  JOIN first USING (subject_id, engine, cohort)
  WHERE compared.likeness <= first.mean + 2 * first.spread
  GROUP BY subject_id, engine, cohort
),
stranger AS (
  SELECT
    subject_id, engine, cohort, ANY_VALUE(second_mean.mean) AS mean, ANY_VALUE(second_mean.faces) AS faces,
    SQRT(AVG(POW(compared.likeness - second_mean.mean, 2))) AS spread
  FROM compared
  JOIN second_mean USING (subject_id, engine, cohort)
  WHERE compared.likeness < second_mean.mean
  GROUP BY subject_id, engine, cohort
),
measured AS (
  SELECT
    probe.subject_id, probe.engine, probe.cohort, probe.reference_count, probe.pairs, probe.people, probe.tail, probe.probe,
    searched.faces,
    -- A few faces say little: the cohort's own mean and spread count as twenty more.
    (IFNULL(stranger.faces * stranger.mean, 0) + 20 * probe.mean) / (IFNULL(stranger.faces, 0) + 20) AS mean,
    SQRT((IFNULL(stranger.faces * POW(stranger.spread, 2), 0) + 20 * POW(probe.spread, 2)) / (IFNULL(stranger.faces, 0) + 20))
      AS spread,
    LEAST(@false_match_rate, @most_false_matches / searched.faces) AS rate
  FROM probe
  JOIN searched ON searched.engine = probe.engine
  LEFT JOIN stranger
    ON stranger.subject_id = probe.subject_id AND stranger.engine = probe.engine AND stranger.cohort = probe.cohort
)
SELECT
  *,
  facewarden_biometrics.stranger_spreads(rate, tail) AS least,
  CASE
    WHEN pairs = 0 THEN 'too few people can be told apart among the faces to know how far strangers are apart: the measured ceiling of the engine decides'
    WHEN rate * pairs < 20 THEN 'so rare a likeness was not seen among the strangers there are: the limit is extrapolated'
  END AS warning
FROM measured
WHERE ARRAY_LENGTH(tail) > 0 AND facewarden_biometrics.stranger_spreads(rate, tail) IS NOT NULL;
