-- One embedding from several of the same person: the mean of the unit embeddings, made unit again. Each counts alike,
-- whatever its length; an empty one, or one of length zero, does not count. NULL when none is left, or they cancel out.
-- All must be of one engine: the lengths have to agree. An array of arrays is no type, hence the STRUCT.
-- Use: SELECT facewarden_biometrics.face_template(ARRAY_AGG(STRUCT(embedding))) FROM facewarden_biometrics.reference
CREATE OR REPLACE FUNCTION facewarden_biometrics.face_template(embeddings ARRAY<STRUCT<embedding ARRAY<FLOAT64>>>)
RETURNS ARRAY<FLOAT64>
OPTIONS (description = 'Mean of the unit embeddings of one person, made unit again; NULL when there is none. [$digest]')
AS (
  (
    WITH face AS (
      SELECT number, each.embedding AS embedding, (SELECT SQRT(SUM(POW(x, 2))) FROM UNNEST(each.embedding) AS x) AS size
      FROM UNNEST(embeddings) AS each WITH OFFSET AS number
    ),
    mean AS (
      SELECT place, AVG(x / size) AS x
      FROM face CROSS JOIN UNNEST(face.embedding) AS x WITH OFFSET AS place
      WHERE size > 0
      GROUP BY place
    ),
    whole AS (SELECT SQRT(SUM(POW(x, 2))) AS size FROM mean)
    SELECT ARRAY_AGG(mean.x / whole.size ORDER BY mean.place) FROM mean CROSS JOIN whole WHERE whole.size > 0
  )
);
