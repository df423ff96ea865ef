-- How much does a face resemble a template, once both are centred? The cosine between embedding minus centre and the
-- template, from -1 to 1, by two built-in distances: `away` is the face's distance from the centre, `probe` is face_probe.
-- SQRT(2 - 2 * likeness) is the Euclidean distance of the two centred faces. NULL when there is nothing to compare.
-- Use: SELECT facewarden_biometrics.centred_likeness(embedding, facewarden_biometrics.face_distance(embedding, centre), probe)
CREATE OR REPLACE FUNCTION facewarden_biometrics.centred_likeness(embedding ARRAY<FLOAT64>, away FLOAT64, probe ARRAY<FLOAT64>)
RETURNS FLOAT64
OPTIONS (description = 'Cosine of a centred face and a centred template; NULL when they cannot be compared. [$digest]')
AS (
  SAFE_DIVIDE(POW(away, 2) + 1 - POW(facewarden_biometrics.face_distance(embedding, probe), 2), 2 * away)
);
