-- How alike is each subject to the sample of the population, cohort by cohort? Nearly all of it are strangers. A table of its
-- own because the next step goes over it several times, and no face should be read more than once for it.
-- Only of those who need all faces: the others keep what was measured. @since lies behind all faces where nobody does, so
-- that no partition is read.
-- Use: steps.write("search_strangers", …), of include/matching/match.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH sampled AS (
  -- Who fills half of the gallery is in the sample with a few faces.
  SELECT population.engine, face_id
  FROM facewarden_biometrics.population_now AS population CROSS JOIN UNNEST(population.sampled) AS face_id
)
SELECT
  template.subject_id, template.engine, template.cohort, template.mean, template.spread,
  facewarden_biometrics.centred_likeness(face.embedding, face.away, template.probe) AS likeness
FROM $templates AS template
JOIN facewarden_biometrics.face_in_cohort AS face ON face.engine = template.engine AND face.cohort = template.cohort
JOIN sampled ON sampled.engine = face.engine AND sampled.face_id = face.face_id
WHERE template.since IS NULL AND face.detected_at >= @since;
