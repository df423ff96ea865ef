-- How many numbers has an embedding of this engine?
-- Use: steps.rows("population_dimensions", …), of include/matching/population.py
SELECT MAX(dimensions) AS dimensions
FROM (
  SELECT ARRAY_LENGTH(embedding) AS dimensions FROM facewarden_biometrics.face WHERE engine = @engine
  UNION ALL
  SELECT ARRAY_LENGTH(embedding) FROM facewarden_biometrics.reference WHERE engine = @engine
);
