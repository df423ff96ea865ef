-- How alike are the faces of the sample, within each cohort and without what the cohort shares? A row for every face and
-- other face of its cohort. `linked` says that they are too near to be strangers' at all.
-- Use: steps.write("population_pairs", …), of include/matching/population.py
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
),
face AS (
  SELECT
    own.place, own.cohort, sample.embedding, facewarden_biometrics.face_centred(sample.embedding, centre.centre) AS centred
  FROM own
  JOIN $sample AS sample ON sample.place = own.place
  JOIN centre ON centre.cohort = own.cohort
),
compared AS (
  SELECT
    a.cohort, a.place AS face, b.place AS other,
    1 - POW(EUCLIDEAN_DISTANCE(a.centred, b.centred), 2) / 2 AS likeness,
    EUCLIDEAN_DISTANCE(a.embedding, b.embedding) <= @link AS linked
  FROM face AS a
  JOIN face AS b ON b.cohort = a.cohort AND a.place < b.place
)
SELECT cohort, face, other, likeness, linked FROM compared
UNION ALL
SELECT cohort, other, face, likeness, linked FROM compared;
