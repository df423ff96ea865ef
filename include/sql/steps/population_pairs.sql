-- How alike are the faces of the sample, within each cohort and without what the cohort shares? A row for every face and
-- other face of its cohort. `linked` says that they are too near to be strangers' at all.
-- Use: steps.write("population_pairs", …), of include/matching/population.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH compared AS (
  SELECT
    a.cohort, a.place AS face, b.place AS other,
    1 - POW(EUCLIDEAN_DISTANCE(a.centred, b.centred), 2) / 2 AS likeness,
    EUCLIDEAN_DISTANCE(a.embedding, b.embedding) <= @link AS linked
  FROM $members AS a
  JOIN $members AS b ON b.cohort = a.cohort AND a.place < b.place
)
SELECT cohort, face, other, likeness, linked FROM compared
UNION ALL
SELECT cohort, other, face, likeness, linked FROM compared;
