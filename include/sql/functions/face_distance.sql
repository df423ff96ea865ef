-- How far apart are two faces? The Euclidean distance of two embeddings of ONE engine; NULL when there is nothing to
-- compare: one is NULL or empty, or they differ in length. It wraps the built-in: over UNNEST it is fifty times slower.
-- Not to be trusted by itself: what counts as near follows from the population (see match.threshold).
-- The copies by ARRAY_CONCAT are for the emulator, which takes the place of an empty array in a file for a NULL element
-- of its neighbours' and refuses them all.
-- Use: SELECT facewarden_biometrics.face_distance(a.embedding, b.embedding)
CREATE OR REPLACE FUNCTION facewarden_biometrics.face_distance(a ARRAY<FLOAT64>, b ARRAY<FLOAT64>)
RETURNS FLOAT64
OPTIONS (description = 'Euclidean distance of two embeddings; NULL when they cannot be compared. [$digest]')
AS (
  IF(ARRAY_LENGTH(a) > 0 AND ARRAY_LENGTH(a) = ARRAY_LENGTH(b), EUCLIDEAN_DISTANCE(ARRAY_CONCAT(a, []), ARRAY_CONCAT(b, [])), NULL)
);
