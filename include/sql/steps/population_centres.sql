-- One round of k-means: each face of the sample to its nearest centre, each centre to the mean of its faces. Several
-- attempts (`start`) at once, since what comes of it depends on where it starts. `loss` is what is made smaller.
-- Use: steps.rows("population_centres", …), of include/matching/population.py
WITH centre AS (
  SELECT given.start, given.cohort, given.centre FROM UNNEST(@centres) AS given
),
measured AS (
  SELECT sample.place, centre.start, centre.cohort, EUCLIDEAN_DISTANCE(sample.embedding, centre.centre) AS away
  FROM $sample AS sample
  CROSS JOIN centre
),
nearest AS (
  SELECT place, start, MIN(away) AS away FROM measured GROUP BY place, start
),
own AS (
  SELECT nearest.place, nearest.start, MIN(nearest.away) AS away, MIN(measured.cohort) AS cohort
  FROM nearest
  JOIN measured ON measured.place = nearest.place AND measured.start = nearest.start AND measured.away = nearest.away
  GROUP BY nearest.place, nearest.start
),
total AS (
  SELECT own.start, own.cohort, COUNT(*) AS faces, SUM(sample.worth) AS people, SUM(POW(own.away, 2)) AS loss
  FROM own
  JOIN $sample AS sample ON sample.place = own.place
  GROUP BY own.start, own.cohort
),
element AS (
  SELECT own.start, own.cohort, position, AVG(x) AS x
  FROM own
  JOIN $sample AS sample ON sample.place = own.place
  CROSS JOIN UNNEST(sample.embedding) AS x WITH OFFSET AS position
  GROUP BY own.start, own.cohort, position
),
mean AS (
  SELECT start, cohort, ARRAY_AGG(x ORDER BY position) AS centre FROM element GROUP BY start, cohort
)
SELECT total.start, total.cohort, total.faces, total.people, total.loss, mean.centre
FROM total
JOIN mean ON mean.start = total.start AND mean.cohort = total.cohort
ORDER BY total.start, total.cohort;
