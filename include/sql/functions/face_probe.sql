-- The point from which a population is searched: a centre plus a template made in that centre's space. Two distances, to
-- the centre and to this point, tell how much a face resembles the template, and no array has to be touched for each face.
-- Use: SELECT facewarden_biometrics.face_probe(facewarden_biometrics.face_centred(@face, centre), centre) FROM facewarden_biometrics.population_now
CREATE OR REPLACE FUNCTION facewarden_biometrics.face_probe(template ARRAY<FLOAT64>, centre ARRAY<FLOAT64>)
RETURNS ARRAY<FLOAT64>
OPTIONS (description = 'A centre plus a centred template: what centred_likeness compares with. [$digest]')
AS (
  IF(
    ARRAY_LENGTH(template) > 0 AND ARRAY_LENGTH(template) = ARRAY_LENGTH(centre),
    ARRAY(
      SELECT x + middle
      FROM UNNEST(template) AS x WITH OFFSET AS place
      JOIN UNNEST(centre) AS middle WITH OFFSET AS position ON position = place
      ORDER BY place
    ),
    NULL
  )
);
