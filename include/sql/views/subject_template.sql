-- What does each live subject look like to each engine? One unit vector: the mean of the unit references, made unit
-- again. reference_count says from how many; with one it is that photo. Only subjects whose consent holds are here.
-- Use: SELECT subject_id, embedding FROM facewarden_biometrics.subject_template WHERE engine = @engine
CREATE OR REPLACE VIEW facewarden_biometrics.subject_template
OPTIONS (description = 'One unit embedding a live subject and engine, from all their references. [$digest]')
AS
WITH element AS (
  SELECT
    reference.subject_id,
    reference.engine,
    reference.reference_id,
    place,
    value / NULLIF(SQRT(SUM(value * value) OVER (PARTITION BY reference.reference_id)), 0) AS value
  FROM facewarden_biometrics.reference AS reference
  JOIN facewarden_biometrics.live_subject AS live ON live.subject_id = reference.subject_id
  CROSS JOIN UNNEST(reference.embedding) AS value WITH OFFSET AS place
),
mean AS (
  SELECT subject_id, engine, place, AVG(value) AS value, COUNT(value) AS reference_count
  FROM element
  WHERE value IS NOT NULL
  GROUP BY subject_id, engine, place
),
unit AS (
  SELECT
    subject_id,
    engine,
    place,
    reference_count,
    value / NULLIF(SQRT(SUM(value * value) OVER (PARTITION BY subject_id, engine)), 0) AS value
  FROM mean
)
SELECT
  subject_id,
  engine,
  MAX(reference_count) AS reference_count,
  ARRAY_AGG(value ORDER BY place) AS embedding
FROM unit
WHERE value IS NOT NULL
GROUP BY subject_id, engine;
