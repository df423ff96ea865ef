-- How alike are strangers to each face of the sample? Mean and spread of the likeness to those who are not known to be the
-- same person ($same). The spread is that of the far half: on the near side stand the same person's other faces that
-- nothing gave away, who are also cut off for the mean. A bell curve cut off at two spreads has its mean 0.055 lower.
-- Use: steps.write("population_faces", …), of include/matching/population.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH stranger AS (
  SELECT pair.cohort, pair.face, pair.likeness
  FROM $pairs AS pair
  LEFT JOIN $same AS same ON same.face = pair.face AND same.other = pair.other
  WHERE same.face IS NULL
),
start AS (
  SELECT cohort, AVG(likeness) AS mean FROM stranger GROUP BY cohort
),
rough AS (
  SELECT stranger.cohort, ANY_VALUE(start.mean) AS mean, SQRT(AVG(POW(stranger.likeness - start.mean, 2))) AS spread
  FROM stranger
  JOIN start ON start.cohort = stranger.cohort
  WHERE stranger.likeness < start.mean
  GROUP BY stranger.cohort
),
first_mean AS (
  SELECT stranger.face, AVG(stranger.likeness) + 0.055 * ANY_VALUE(rough.spread) AS mean
  FROM stranger
  JOIN rough ON rough.cohort = stranger.cohort
  WHERE stranger.likeness <= rough.mean + 2 * rough.spread
  GROUP BY stranger.face
),
first AS (
  SELECT stranger.face, ANY_VALUE(first_mean.mean) AS mean, SQRT(AVG(POW(stranger.likeness - first_mean.mean, 2))) AS spread
  FROM stranger
  JOIN first_mean ON first_mean.face = stranger.face
  WHERE stranger.likeness < first_mean.mean
  GROUP BY stranger.face
),
second_mean AS (
  SELECT stranger.face, AVG(stranger.likeness) + 0.055 * ANY_VALUE(first.spread) AS mean
  FROM stranger
  JOIN first ON first.face = stranger.face
  WHERE stranger.likeness <= first.mean + 2 * first.spread
  GROUP BY stranger.face
)
SELECT
  ANY_VALUE(stranger.cohort) AS cohort, stranger.face, ANY_VALUE(second_mean.mean) AS mean,
  GREATEST(SQRT(AVG(POW(stranger.likeness - second_mean.mean, 2))), 1e-6) AS spread
FROM stranger
JOIN second_mean ON second_mean.face = stranger.face
WHERE stranger.likeness < second_mean.mean
GROUP BY stranger.face;
