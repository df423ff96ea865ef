-- To which cohort does each face of the sample belong, and what is left of it without what the cohort shares?
-- Use: steps.write("population_members", …), of include/matching/population.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH centre AS (
  SELECT given.cohort, given.centre FROM UNNEST(@centres) AS given
),
measured AS (
  SELECT sample.place, centre.cohort, EUCLIDEAN_DISTANCE(sample.embedding, centre.centre) AS away
  FROM $sample AS sample
  CROSS JOIN centre
),
nearest AS (
  SELECT place, MIN(away) AS away FROM measured GROUP BY place
),
own AS (
  SELECT nearest.place, MIN(measured.cohort) AS cohort
  FROM nearest
  JOIN measured ON measured.place = nearest.place AND measured.away = nearest.away
  GROUP BY nearest.place
)
SELECT
  own.place, own.cohort, sample.face_id, sample.embedding,
  facewarden_biometrics.face_centred(sample.embedding, centre.centre) AS centred
FROM own
JOIN $sample AS sample ON sample.place = own.place
JOIN centre ON centre.cohort = own.cohort;
