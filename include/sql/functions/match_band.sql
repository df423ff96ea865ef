-- How sure is a match? likely: among all faces searched, hardly any stranger (a tenth of one) is expected to look so much like
-- the subject, even at the upper bound of the rate; a blurred or small face has to be that much more alike. Anything else is
-- possible; so is all where a measured ceiling decides, of whose rate no bound is known. The more faces are searched, the
-- more alike a face must be to be likely.
-- Use: SELECT facewarden_biometrics.match_band(rate_high, population, quality) FROM facewarden_biometrics.match
CREATE OR REPLACE FUNCTION facewarden_biometrics.match_band(rate_high FLOAT64, searched FLOAT64, quality FLOAT64)
RETURNS STRING
OPTIONS (description = 'likely or possible, by the strangers expected among so many faces searched. [$digest]')
AS (
  IF(rate_high * searched <= 0.1 * quality, 'likely', 'possible')
);
