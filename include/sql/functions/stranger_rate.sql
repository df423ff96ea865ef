-- What share of strangers is so much alike, or more? Read off a measured tail (population.tail), between its points by the
-- logarithm of the rate, and beyond its last one with the slope that it ends with: that is more than a bell curve would
-- say, never less. 1 where the tail does not begin yet; NULL without a tail.
-- Use: SELECT facewarden_biometrics.stranger_rate(4.0, tail) FROM facewarden_biometrics.population_now
CREATE OR REPLACE FUNCTION facewarden_biometrics.stranger_rate(
  likeness FLOAT64, tail ARRAY<STRUCT<rate FLOAT64, spreads FLOAT64, pairs FLOAT64>>
)
RETURNS FLOAT64
OPTIONS (description = 'Share of strangers at least so many spreads more alike than the mean one, by a measured tail. [$digest]')
AS (
  (
    WITH point AS (
      SELECT
        point.spreads AS start, point.rate AS rate,
        LEAD(point.spreads) OVER (ORDER BY point.spreads, point.rate DESC) AS finish,
        LEAD(point.rate) OVER (ORDER BY point.spreads, point.rate DESC) AS next_rate,
        LAG(point.spreads) OVER (ORDER BY point.spreads, point.rate DESC) AS before,
        LAG(point.rate) OVER (ORDER BY point.spreads, point.rate DESC) AS rate_before
      FROM UNNEST(tail) AS point
    )
    SELECT
      MIN(CASE
        WHEN likeness < start THEN 1.0
        WHEN finish IS NULL AND before IS NULL THEN rate
        WHEN finish IS NULL THEN rate * EXP(LEAST(LN(rate / rate_before) / GREATEST(start - before, 1e-9) * (likeness - start), 0))
        WHEN likeness >= finish THEN NULL
        ELSE rate * EXP(LN(next_rate / rate) * (likeness - start) / GREATEST(finish - start, 1e-9))
      END)
    FROM point
  )
);
