-- Of which engines is it time to measure the population? Those with faces, or with references to search with, that were
-- never measured, or whose faces have become a tenth more or fewer since, or of whose faces a tenth came on later days: what
-- comes may replace what expires. After each measurement everybody is searched for among all faces, so it is no oftener.
-- No embedding is read: this is asked before every search.
-- Use: rows(bq, "queries/engines_to_measure", {})
WITH daily AS (
  SELECT engine, TIMESTAMP_TRUNC(detected_at, DAY) AS day, COUNT(*) AS faces
  FROM facewarden_biometrics.face
  WHERE reason IS NULL
  GROUP BY engine, day
),
population AS (
  SELECT engine, SUM(faces) AS faces, MAX(measured_at) AS measured_at
  FROM facewarden_biometrics.population_now
  GROUP BY engine
),
face AS (
  SELECT daily.engine, SUM(daily.faces) AS faces, SUM(IF(daily.day > population.measured_at, daily.faces, 0)) AS newer
  FROM daily
  LEFT JOIN population ON population.engine = daily.engine
  GROUP BY daily.engine
),
reference AS (
  SELECT DISTINCT engine FROM facewarden_biometrics.reference
)
SELECT IFNULL(face.engine, reference.engine) AS engine, IFNULL(face.faces, 0) AS faces
FROM face
FULL JOIN reference ON reference.engine = face.engine
LEFT JOIN population ON population.engine = IFNULL(face.engine, reference.engine)
WHERE population.engine IS NULL
  OR ABS(IFNULL(face.faces, 0) - population.faces) > 0.1 * population.faces
  OR face.newer > 0.1 * population.faces
ORDER BY engine;
