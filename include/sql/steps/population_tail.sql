-- How does likeness end among strangers? By cohort: how many spreads above its mean stranger the most alike 10 %, 1 %,
-- 0.1 % … of each face's strangers are. What too few pairs have shown (@least_pairs) goes on as a bell curve would from
-- there, with the slope that was seen before.
-- Use: steps.rows("population_tail", …), of include/matching/population.py
WITH stranger AS (
  SELECT pair.cohort, (pair.likeness - face.mean) / face.spread AS spreads
  FROM $pairs AS pair
  JOIN $faces AS face ON face.face = pair.face
  LEFT JOIN $same AS same ON same.face = pair.face AND same.other = pair.other
  WHERE same.face IS NULL
),
step AS (
  SELECT cohort, CAST(FLOOR(spreads * 200) AS INT64) AS notch, COUNT(*) AS pairs
  FROM stranger
  GROUP BY cohort, notch
),
counted AS (
  SELECT
    cohort, notch,
    SUM(pairs) OVER (PARTITION BY cohort ORDER BY notch DESC) AS above,
    SUM(pairs) OVER (PARTITION BY cohort) AS pairs
  FROM step
),
wanted AS (
  SELECT rate, @deviates[OFFSET(position)] AS deviate FROM UNNEST(@rates) AS rate WITH OFFSET AS position
),
seen AS (
  -- Each pair was counted from both sides.
  SELECT
    counted.cohort, wanted.rate, wanted.deviate, MIN(counted.notch) / 200 AS spreads, wanted.rate * MIN(counted.pairs) / 2 AS pairs
  FROM counted
  CROSS JOIN wanted
  WHERE counted.above <= wanted.rate * counted.pairs
  GROUP BY counted.cohort, wanted.rate, wanted.deviate
),
known AS (
  SELECT * FROM seen WHERE pairs >= @least_pairs
),
bend AS (
  SELECT
    cohort,
    MAX(deviate) AS deviate, MAX(spreads) AS spreads,
    SAFE_DIVIDE(
      MAX(spreads) - MAX(IF(rate >= 0.0999, spreads, NULL)), MAX(deviate) - MAX(IF(rate >= 0.0999, deviate, NULL))
    ) AS slope
  FROM known
  GROUP BY cohort
),
ending AS (
  SELECT
    bend.cohort, wanted.rate, known.pairs,
    IFNULL(known.spreads, bend.spreads + GREATEST(IFNULL(bend.slope, 1.2), 1) * (wanted.deviate - bend.deviate)) AS spreads
  FROM bend
  CROSS JOIN wanted
  LEFT JOIN known ON known.cohort = bend.cohort AND known.rate = wanted.rate
),
size AS (
  SELECT cohort, CAST(SUM(pairs) / 2 AS INT64) AS pairs FROM step GROUP BY cohort
),
member AS (
  SELECT cohort, ARRAY_AGG(face_id ORDER BY place) AS sampled FROM $members GROUP BY cohort
),
middle AS (
  SELECT cohort, AVG(mean) AS mean, AVG(spread) AS spread FROM $faces GROUP BY cohort
)
SELECT
  ending.cohort, ANY_VALUE(size.pairs) AS pairs, ANY_VALUE(middle.mean) AS mean, ANY_VALUE(middle.spread) AS spread,
  ARRAY_AGG(
    STRUCT(ending.rate AS rate, ending.spreads AS spreads, IFNULL(ending.pairs, 0) AS pairs) ORDER BY ending.rate DESC
  ) AS tail,
  ANY_VALUE(member.sampled) AS sampled
FROM ending
JOIN size ON size.cohort = ending.cohort
JOIN member ON member.cohort = ending.cohort
JOIN middle ON middle.cohort = ending.cohort
GROUP BY ending.cohort
ORDER BY ending.cohort;
