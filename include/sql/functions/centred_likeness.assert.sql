-- What centred_likeness promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
WITH face AS (
  SELECT [0.1, 0.7, -0.4] AS embedding, [0.2, 0.1, 0.3] AS centre, [0.36, 0.48, 0.8] AS template
),
taken AS (
  SELECT
    facewarden_biometrics.centred_likeness(
      embedding, facewarden_biometrics.face_distance(embedding, centre), facewarden_biometrics.face_probe(template, centre)
    ) AS likeness,
    facewarden_biometrics.face_distance(facewarden_biometrics.face_centred(embedding, centre), template) AS distance,
    facewarden_biometrics.centred_likeness(embedding, 0, template) AS at_the_centre,
    facewarden_biometrics.centred_likeness(NULL, 1, template) AS no_face
  FROM face
)
SELECT 'is the distance of the centred faces' AS name, ABS(SQRT(2 - 2 * likeness) - distance) < 1e-12 AS ok FROM taken
UNION ALL SELECT 'NULL for a face at the centre itself', at_the_centre IS NULL FROM taken
UNION ALL SELECT 'NULL without a face', no_face IS NULL FROM taken;
