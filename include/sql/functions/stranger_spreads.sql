-- How alike must a face be, in spreads above the mean stranger, so that only this share of strangers is? The other way
-- round of stranger_rate: the limit that follows from a stated false-match rate. -1e9 for a rate of 1: everybody is let
-- through. NULL without a tail, and for a smaller rate than the only one that a tail has.
-- Use: SELECT facewarden_biometrics.stranger_spreads(1e-4, tail) FROM facewarden_biometrics.population_now
CREATE OR REPLACE FUNCTION facewarden_biometrics.stranger_spreads(
  wanted FLOAT64, tail ARRAY<STRUCT<rate FLOAT64, spreads FLOAT64, pairs FLOAT64>>
)
RETURNS FLOAT64
OPTIONS (description = 'Spreads above the mean stranger beyond which a stated share of strangers lies, by a measured tail. [$digest]')
AS (
  IF(wanted >= 1 AND ARRAY_LENGTH(tail) > 0, -1e9, (
    WITH point AS (
      SELECT
        point.spreads AS start, point.rate AS rate,
        LEAD(point.spreads) OVER (ORDER BY point.rate DESC) AS finish,
        LEAD(point.rate) OVER (ORDER BY point.rate DESC) AS next_rate,
        LAG(point.spreads) OVER (ORDER BY point.rate DESC) AS before,
        LAG(point.rate) OVER (ORDER BY point.rate DESC) AS rate_before,
        ROW_NUMBER() OVER (ORDER BY point.rate DESC) AS number
      FROM UNNEST(tail) AS point
    )
    SELECT
      MAX(CASE
        WHEN wanted > rate THEN IF(number = 1, start, NULL)
        WHEN finish IS NULL AND before IS NULL THEN IF(wanted = rate, start, NULL)
        WHEN finish IS NULL THEN start + LN(wanted / rate) / LN(rate / rate_before) * (start - before)
        WHEN wanted <= next_rate THEN NULL
        ELSE start + LN(wanted / rate) / LN(next_rate / rate) * (finish - start)
      END)
    FROM point
  ))
);
