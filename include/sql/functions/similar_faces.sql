-- Which crawled faces look like this one? The nearest first, as far as a stated false-match rate reaches; 1,000 at most.
-- The face must be embedded by the engine that is named. Each cohort is searched in its own space and by its own strangers,
-- as the match of subjects does it (steps/search_probes.sql, but for the shorter tails of other cohorts: here all have that
-- of their own, which lets fewer through); a rate of 1 gives the nearest of all, however far they are.
-- `expected_false_matches` says how many strangers as near are expected among all faces searched.
-- Exact, and reads every embedding of the engine. For millions of faces: FACEWARDEN_SEARCH, and google/similar_faces.sql.
-- Use: SELECT * FROM facewarden_biometrics.similar_faces(@embedding, 'ENGINE', 1e-4, 20)
CREATE OR REPLACE TABLE FUNCTION facewarden_biometrics.similar_faces(
  sought ARRAY<FLOAT64>, sought_engine STRING, false_match_rate FLOAT64, most INT64
)
OPTIONS (description = 'Crawled faces that look like one face, nearest first, at a stated false-match rate. [$digest]')
AS
SELECT *
FROM (
WITH probe AS (
  SELECT
    cohort, pairs, mean, spread, tail,
    facewarden_biometrics.face_probe(facewarden_biometrics.face_centred(sought, centre), centre) AS probe
  FROM facewarden_biometrics.population_now
  WHERE engine = sought_engine
),
compared AS (
  SELECT
    face.face_id, face.sha256, face.at_ms, face.track, face.cohort, face.beside, probe.mean, probe.spread, probe.pairs,
    facewarden_biometrics.centred_likeness(face.embedding, face.away, probe.probe) AS likeness,
    facewarden_biometrics.centred_likeness(face.embedding, face.beside_away, beside.probe) AS beside_likeness
  FROM facewarden_biometrics.face_in_cohort AS face
  JOIN probe ON probe.cohort = face.cohort
  LEFT JOIN probe AS beside ON beside.cohort = face.beside
  WHERE face.engine = sought_engine
),
sampled AS (
  SELECT compared.cohort, compared.likeness, compared.mean, compared.spread
  FROM compared
  JOIN (
    SELECT face_id
    FROM facewarden_biometrics.population_now AS population CROSS JOIN UNNEST(population.sampled) AS face_id
    WHERE engine = sought_engine
  ) AS sample ON sample.face_id = compared.face_id
),
first_mean AS (
  SELECT cohort, AVG(likeness) + 0.055 * ANY_VALUE(spread) AS mean
  FROM sampled
  WHERE likeness <= mean + 2 * spread
  GROUP BY cohort
),
first AS (
  SELECT cohort, ANY_VALUE(first_mean.mean) AS mean, SQRT(AVG(POW(sampled.likeness - first_mean.mean, 2))) AS spread
  FROM sampled
  JOIN first_mean USING (cohort)
  WHERE sampled.likeness < first_mean.mean
  GROUP BY cohort
),
second_mean AS (
  SELECT cohort, COUNT(*) AS faces, AVG(sampled.likeness) + 0.055 * ANY_VALUE(first.spread) AS mean
  FROM sampled
  JOIN first USING (cohort)
  WHERE sampled.likeness <= first.mean + 2 * first.spread
  GROUP BY cohort
),
stranger AS (
  SELECT
    cohort, ANY_VALUE(second_mean.mean) AS mean, ANY_VALUE(second_mean.faces) AS faces,
    SQRT(AVG(POW(sampled.likeness - second_mean.mean, 2))) AS spread
  FROM sampled
  JOIN second_mean USING (cohort)
  WHERE sampled.likeness < second_mean.mean
  GROUP BY cohort
),
limited AS (
  SELECT
    probe.cohort, probe.tail, facewarden_biometrics.stranger_spreads(false_match_rate, probe.tail) AS least,
    -- As in steps/search_probes.sql: the cohort's own mean and spread count as twenty faces.
    (IFNULL(stranger.faces * stranger.mean, 0) + 20 * probe.mean) / (IFNULL(stranger.faces, 0) + 20) AS mean,
    SQRT((IFNULL(stranger.faces * POW(stranger.spread, 2), 0) + 20 * POW(probe.spread, 2)) / (IFNULL(stranger.faces, 0) + 20))
      AS spread
  FROM probe
  LEFT JOIN stranger ON stranger.cohort = probe.cohort
),
judged AS (
  SELECT
    compared.face_id, compared.sha256, compared.at_ms, compared.track, compared.cohort, compared.likeness, own.tail, own.least,
    LEAST(
      (compared.likeness - own.mean) / own.spread - own.least,
      IFNULL((compared.beside_likeness - beside.mean) / beside.spread - beside.least, 1e18)
    ) AS surplus
  FROM compared
  JOIN limited AS own ON own.cohort = compared.cohort
  LEFT JOIN limited AS beside ON beside.cohort = compared.beside
),
best AS (
  SELECT
    COUNT(*) AS searched,
    ARRAY_AGG(
      IF(
        surplus >= 0,
        STRUCT(
          face_id AS face_id, sha256 AS sha256, at_ms AS at_ms, track AS track, cohort AS cohort, likeness AS likeness,
          surplus + least AS spreads
        ),
        NULL
      ) IGNORE NULLS ORDER BY surplus + least DESC, face_id LIMIT 1000
    ) AS faces
  FROM judged
)
SELECT
  place + 1 AS place, found.face_id, found.sha256, found.at_ms, found.track, found.cohort,
  SQRT(GREATEST(2 - 2 * found.likeness, 0)) AS distance, found.spreads,
  facewarden_biometrics.stranger_rate(found.spreads, limited.tail) AS rate,
  facewarden_biometrics.stranger_rate(found.spreads, limited.tail) * best.searched AS expected_false_matches
FROM best
CROSS JOIN UNNEST(best.faces) AS found WITH OFFSET AS place
JOIN limited ON limited.cohort = found.cohort
WHERE place < most
);
