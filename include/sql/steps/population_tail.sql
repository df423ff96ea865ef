-- How does likeness end among strangers? How many spreads above its mean stranger the most alike 10 %, 1 %, 0.1 % … of each
-- face's strangers are. Mean and spread differ from cohort to cohort; how it ends, counted in spreads, does not, as far as
-- can be measured, so all cohorts tell it together. A cohort alone could not: where few people have many faces, too many
-- pairs of one person stand among its strangers, and would make the limit for everybody in it too strict.
-- What too few pairs have shown (@least_pairs), or lies where pairs of strangers were taken for one person's (@most_spreads),
-- goes on as a bell curve would from there, with the slope that was seen before.
-- Use: steps.rows("population_tail", …), of include/matching/population.py
WITH stranger AS (
  SELECT (pair.likeness - face.mean) / face.spread AS spreads
  FROM $pairs AS pair
  JOIN $faces AS face ON face.face = pair.face
  LEFT JOIN $same AS same ON same.face = pair.face AND same.other = pair.other
  WHERE same.face IS NULL
),
step AS (
  SELECT CAST(FLOOR(spreads * 200) AS INT64) AS notch, COUNT(*) AS pairs FROM stranger GROUP BY notch
),
counted AS (
  SELECT notch, SUM(pairs) OVER (ORDER BY notch DESC) AS above, SUM(pairs) OVER () AS pairs FROM step
),
wanted AS (
  SELECT rate, @deviates[OFFSET(position)] AS deviate FROM UNNEST(@rates) AS rate WITH OFFSET AS position
),
seen AS (
  -- Each pair was counted from both sides.
  SELECT wanted.rate, wanted.deviate, MIN(counted.notch) / 200 AS spreads, wanted.rate * MIN(counted.pairs) / 2 AS pairs
  FROM counted
  CROSS JOIN wanted
  WHERE counted.above <= wanted.rate * counted.pairs
  GROUP BY wanted.rate, wanted.deviate
),
known AS (
  SELECT * FROM seen WHERE pairs >= @least_pairs AND spreads <= @most_spreads
),
bend AS (
  SELECT
    MAX(deviate) AS deviate, MAX(spreads) AS spreads,
    SAFE_DIVIDE(
      MAX(spreads) - MAX(IF(rate >= 0.0999, spreads, NULL)), MAX(deviate) - MAX(IF(rate >= 0.0999, deviate, NULL))
    ) AS slope
  FROM known
),
ending AS (
  SELECT
    wanted.rate, IFNULL(known.pairs, 0) AS pairs,
    IFNULL(known.spreads, bend.spreads + GREATEST(IFNULL(bend.slope, 1.2), 1) * (wanted.deviate - bend.deviate)) AS spreads
  FROM bend
  CROSS JOIN wanted
  LEFT JOIN known ON known.rate = wanted.rate
  WHERE bend.spreads IS NOT NULL
),
tail AS (
  SELECT ARRAY_AGG(STRUCT(ending.rate AS rate, ending.spreads AS spreads, ending.pairs AS pairs) ORDER BY ending.rate DESC) AS tail
  FROM ending
),
size AS (
  SELECT CAST(COUNT(*) / 2 AS INT64) AS pairs FROM stranger
),
member AS (
  SELECT cohort, ARRAY_AGG(face_id ORDER BY place) AS sampled FROM $members GROUP BY cohort
),
middle AS (
  SELECT cohort, AVG(mean) AS mean, AVG(spread) AS spread FROM $faces GROUP BY cohort
)
SELECT middle.cohort, size.pairs, middle.mean, middle.spread, tail.tail, member.sampled
FROM middle
JOIN member ON member.cohort = middle.cohort
CROSS JOIN size
CROSS JOIN tail
WHERE ARRAY_LENGTH(tail.tail) > 0
ORDER BY middle.cohort;
