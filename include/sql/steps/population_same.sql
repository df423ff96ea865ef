-- Which faces of the sample are the same person's? Those too near to be strangers' in any population (`linked`), or so much
-- more alike than strangers, seen from both sides, that hardly any stranger is (@same_spreads); and whoever is linked to
-- the same third face. Of these pairs nothing is learned about strangers. Nobody is given a name.
-- Use: steps.write("population_same", …), of include/matching/population.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH link AS (
  SELECT pair.face, pair.other
  FROM $pairs AS pair
  JOIN $faces AS a ON a.face = pair.face
  JOIN $faces AS b ON b.face = pair.other
  WHERE pair.linked
    OR ((pair.likeness - a.mean) / a.spread + (pair.likeness - b.mean) / b.spread) / 2 >= @same_spreads
)
SELECT face, other FROM link
UNION DISTINCT
SELECT a.face, b.other FROM link AS a JOIN link AS b ON b.face = a.other WHERE a.face != b.other;
