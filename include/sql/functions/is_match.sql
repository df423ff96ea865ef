-- Are two faces as near as a threshold asks? FALSE, never NULL, when they cannot be compared or there is no threshold.
-- Not to be trusted with a threshold out of the air: take the one that was measured (match.threshold).
-- Use: SELECT face_id FROM facewarden_biometrics.face WHERE facewarden_biometrics.is_match(embedding, @probe, @threshold)
CREATE OR REPLACE FUNCTION facewarden_biometrics.is_match(a ARRAY<FLOAT64>, b ARRAY<FLOAT64>, threshold FLOAT64)
RETURNS BOOL
OPTIONS (description = 'TRUE when two embeddings are at most threshold apart; never NULL. [$digest]')
AS (
  COALESCE(facewarden_biometrics.face_distance(a, b) <= threshold, FALSE)
);
