-- Of which engines is it time to measure the population? Those with faces, or with references to search with, that were
-- never measured, or whose faces have become a tenth more or fewer since, or were measured a week ago.
-- No embedding is read: this is asked before every search.
-- Use: rows(bq, "queries/engines_to_measure", {})
WITH face AS (
  SELECT engine, COUNT(*) AS faces FROM facewarden_biometrics.face WHERE reason IS NULL GROUP BY engine
),
reference AS (
  SELECT DISTINCT engine FROM facewarden_biometrics.reference
),
population AS (
  SELECT engine, SUM(faces) AS faces, MAX(measured_at) AS measured_at
  FROM facewarden_biometrics.population_now
  GROUP BY engine
)
SELECT IFNULL(face.engine, reference.engine) AS engine, IFNULL(face.faces, 0) AS faces
FROM face
FULL JOIN reference ON reference.engine = face.engine
LEFT JOIN population ON population.engine = IFNULL(face.engine, reference.engine)
WHERE population.engine IS NULL
  OR ABS(IFNULL(face.faces, 0) - population.faces) > 0.1 * population.faces
  OR (population.measured_at < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY) AND face.faces != population.faces)
ORDER BY engine;
