-- Where may k-means begin? Faces of the sample as first centres: for every start as many as there are to be cohorts, one
-- for each @faces faces and @most at the most. With each of them how many faces and people the sample has.
-- Use: steps.rows("population_start", …), of include/matching/population.py
WITH sized AS (
  SELECT
    COUNT(*) AS sampled, SUM(worth) AS people,
    GREATEST(1, LEAST(@most, DIV(COUNT(*), @faces))) AS cohorts
  FROM $sample
),
placed AS (
  SELECT embedding, ROW_NUMBER() OVER (ORDER BY place) - 1 AS place FROM $sample
)
SELECT
  DIV(placed.place, sized.cohorts) AS start, MOD(placed.place, sized.cohorts) AS cohort, sized.sampled, sized.people,
  placed.embedding AS centre
FROM placed
CROSS JOIN sized
WHERE placed.place < sized.cohorts * @starts
ORDER BY start, cohort;
