-- Which cohort does each face belong to? The one with the nearest centre; `away` is its distance from there. `beside` is a
-- cohort that it may belong to as well: one whose faces are more alike among themselves, hardly farther off. Who is
-- searched for has to be told from the strangers of both: a minority must not pay for those who fall in with the majority.
-- Only faces with an embedding, of engines whose population was measured; eight cohorts at most. Reads every embedding:
-- give it an engine, or say from which detected_at on: that is what its table is partitioned by.
-- Use: SELECT cohort, COUNT(*) AS faces FROM facewarden_biometrics.face_in_cohort WHERE engine = @engine GROUP BY cohort
CREATE OR REPLACE VIEW facewarden_biometrics.face_in_cohort
OPTIONS (description = 'Faces with the cohort they belong to, and their distance from its centre. [$digest]')
AS
WITH cohort AS (
  -- The more alike the faces of a cohort are, the longer is their mean.
  SELECT engine, cohort, centre, (SELECT SUM(POW(x, 2)) FROM UNNEST(centre) AS x) AS tightness
  FROM facewarden_biometrics.population_now
),
listed AS (
  SELECT engine, ARRAY_AGG(STRUCT(centre AS centre, tightness AS tightness) ORDER BY cohort.cohort) AS cohorts
  FROM cohort
  GROUP BY engine
),
population AS (
  -- A column for each cohort; one that is not there has the first one's centre, and so is never nearer than that.
  SELECT
    engine, ARRAY_LENGTH(cohorts[OFFSET(0)].centre) AS length,
    cohorts[SAFE_OFFSET(0)].tightness AS tight_0,
    IFNULL(cohorts[SAFE_OFFSET(0)].centre, cohorts[OFFSET(0)].centre) AS centre_0,
    cohorts[SAFE_OFFSET(1)].tightness AS tight_1,
    IFNULL(cohorts[SAFE_OFFSET(1)].centre, cohorts[OFFSET(0)].centre) AS centre_1,
    cohorts[SAFE_OFFSET(2)].tightness AS tight_2,
    IFNULL(cohorts[SAFE_OFFSET(2)].centre, cohorts[OFFSET(0)].centre) AS centre_2,
    cohorts[SAFE_OFFSET(3)].tightness AS tight_3,
    IFNULL(cohorts[SAFE_OFFSET(3)].centre, cohorts[OFFSET(0)].centre) AS centre_3,
    cohorts[SAFE_OFFSET(4)].tightness AS tight_4,
    IFNULL(cohorts[SAFE_OFFSET(4)].centre, cohorts[OFFSET(0)].centre) AS centre_4,
    cohorts[SAFE_OFFSET(5)].tightness AS tight_5,
    IFNULL(cohorts[SAFE_OFFSET(5)].centre, cohorts[OFFSET(0)].centre) AS centre_5,
    cohorts[SAFE_OFFSET(6)].tightness AS tight_6,
    IFNULL(cohorts[SAFE_OFFSET(6)].centre, cohorts[OFFSET(0)].centre) AS centre_6,
    cohorts[SAFE_OFFSET(7)].tightness AS tight_7,
    IFNULL(cohorts[SAFE_OFFSET(7)].centre, cohorts[OFFSET(0)].centre) AS centre_7
  FROM listed
),
face AS (
  -- ARRAY_CONCAT is for the emulator (see functions/face_distance.sql): one copy a face, and none for each cohort.
  SELECT
    face_id, sha256, engine, at_ms, track, sharpness, size, detected_at, ARRAY_CONCAT(embedding, []) AS embedding,
    ARRAY_LENGTH(embedding) AS length
  FROM facewarden_biometrics.face
  WHERE ARRAY_LENGTH(embedding) > 0
),
measured AS (
  SELECT
    face.*,
    IF(face.length = population.length, EUCLIDEAN_DISTANCE(face.embedding, population.centre_0), 1e9) AS away_0,
    IF(face.length = population.length, EUCLIDEAN_DISTANCE(face.embedding, population.centre_1), 1e9) AS away_1,
    IF(face.length = population.length, EUCLIDEAN_DISTANCE(face.embedding, population.centre_2), 1e9) AS away_2,
    IF(face.length = population.length, EUCLIDEAN_DISTANCE(face.embedding, population.centre_3), 1e9) AS away_3,
    IF(face.length = population.length, EUCLIDEAN_DISTANCE(face.embedding, population.centre_4), 1e9) AS away_4,
    IF(face.length = population.length, EUCLIDEAN_DISTANCE(face.embedding, population.centre_5), 1e9) AS away_5,
    IF(face.length = population.length, EUCLIDEAN_DISTANCE(face.embedding, population.centre_6), 1e9) AS away_6,
    IF(face.length = population.length, EUCLIDEAN_DISTANCE(face.embedding, population.centre_7), 1e9) AS away_7,
    population.tight_0,
    population.tight_1,
    population.tight_2,
    population.tight_3,
    population.tight_4,
    population.tight_5,
    population.tight_6,
    population.tight_7
  FROM face
  JOIN population ON population.engine = face.engine
),
nearest AS (
  SELECT *, LEAST(away_0, away_1, away_2, away_3, away_4, away_5, away_6, away_7) AS away FROM measured
),
own AS (
  SELECT
    *,
    CASE away WHEN away_0 THEN 0 WHEN away_1 THEN 1 WHEN away_2 THEN 2 WHEN away_3 THEN 3 WHEN away_4 THEN 4
      WHEN away_5 THEN 5 WHEN away_6 THEN 6 ELSE 7 END AS cohort,
    1.5 * CASE away WHEN away_0 THEN tight_0 WHEN away_1 THEN tight_1 WHEN away_2 THEN tight_2 WHEN away_3 THEN tight_3
      WHEN away_4 THEN tight_4 WHEN away_5 THEN tight_5 WHEN away_6 THEN tight_6 ELSE tight_7 END AS tighter
  FROM nearest
  WHERE away < 1e9
),
besides AS (
  SELECT
    *,
    LEAST(
      IF(tight_0 >= tighter, away_0, 1e9), IF(tight_1 >= tighter, away_1, 1e9), IF(tight_2 >= tighter, away_2, 1e9),
      IF(tight_3 >= tighter, away_3, 1e9), IF(tight_4 >= tighter, away_4, 1e9), IF(tight_5 >= tighter, away_5, 1e9),
      IF(tight_6 >= tighter, away_6, 1e9), IF(tight_7 >= tighter, away_7, 1e9)
    ) AS beside_away
  FROM own
)
SELECT
  face_id, sha256, engine, at_ms, track, sharpness, size, detected_at, embedding, cohort, away,
  IF(beside_away > away + 0.05 OR tighter = 0, NULL, CASE beside_away WHEN away_0 THEN 0 WHEN away_1 THEN 1 WHEN away_2 THEN 2
    WHEN away_3 THEN 3 WHEN away_4 THEN 4 WHEN away_5 THEN 5 WHEN away_6 THEN 6 ELSE 7 END) AS beside,
  IF(beside_away > away + 0.05 OR tighter = 0, NULL, beside_away) AS beside_away
FROM besides;
