-- What is left of a face without what all faces of a population share? The embedding minus the centre, of length one
-- again; NULL when there is nothing to centre: one is NULL or empty, they differ in length, or nothing is left.
-- For a few faces: where many are searched, centred_likeness does without touching the array.
-- Centred faces of one cohort are compared with one another, and with nothing else.
-- Use: SELECT facewarden_biometrics.face_centred(face.embedding, population_now.centre)
CREATE OR REPLACE FUNCTION facewarden_biometrics.face_centred(embedding ARRAY<FLOAT64>, centre ARRAY<FLOAT64>)
RETURNS ARRAY<FLOAT64>
OPTIONS (description = 'The embedding minus a centre, made unit again; NULL when they cannot be compared. [$digest]')
AS (
  IF(
    facewarden_biometrics.face_distance(embedding, centre) > 0,
    ARRAY(
      SELECT (x - middle) / SQRT(SUM(POW(x - middle, 2)) OVER ())
      FROM UNNEST(embedding) AS x WITH OFFSET AS place
      JOIN UNNEST(centre) AS middle WITH OFFSET AS position ON position = place
      ORDER BY place
    ),
    NULL
  )
);
