-- GOOGLE ONLY: VECTOR_SEARCH exists in no emulator. Takes the place of functions/similar_faces.sql, with the same arguments
-- and columns, where FACEWARDEN_SEARCH says `vector_search` (exact, by brute force: from about a million faces) or
-- `vector_index` (from about ten million, with google/face_embedding.sql; $search_options says which).
-- What differs: it looks at the thousand faces that are nearest before anything is centred, so that a face which only
-- centring brings near may be missed; and how alike strangers are is that of each cohort's average face, not of this one.
-- All faces must have vectors of one length: after a change of engine, until those of the old one have expired, only
-- engines of the same length can share the table with an index.
-- Use: SELECT * FROM facewarden_biometrics.similar_faces(@embedding, 'ENGINE', 1e-4, 20)
CREATE OR REPLACE TABLE FUNCTION facewarden_biometrics.similar_faces(
  sought ARRAY<FLOAT64>, sought_engine STRING, false_match_rate FLOAT64, most INT64
)
OPTIONS (description = 'Crawled faces that look like one face, nearest first, at a stated false-match rate. [$digest]')
AS
SELECT *
FROM (
WITH near AS (
  SELECT base.face_id, base.sha256, base.at_ms, base.track, base.embedding
  FROM VECTOR_SEARCH(
    (
      SELECT face_id, sha256, at_ms, track, engine, embedding
      FROM facewarden_biometrics.face
      WHERE engine = sought_engine
    ),
    'embedding',
    (SELECT sought AS embedding),
    top_k => 1000,
    distance_type => 'EUCLIDEAN',
    options => '$search_options'
  )
),
cohort AS (
  SELECT
    cohort, mean, spread, tail, centre, (SELECT SUM(POW(x, 2)) FROM UNNEST(centre) AS x) AS tightness,
    facewarden_biometrics.stranger_spreads(false_match_rate, tail) AS least,
    SUM(faces) OVER () AS searched,
    facewarden_biometrics.face_probe(facewarden_biometrics.face_centred(sought, centre), centre) AS probe
  FROM facewarden_biometrics.population_now
  WHERE engine = sought_engine
),
measured AS (
  SELECT
    near.face_id, near.sha256, near.at_ms, near.track, near.embedding, cohort.cohort, cohort.tightness, cohort.mean,
    cohort.spread, cohort.least, cohort.probe,
    facewarden_biometrics.face_distance(near.embedding, cohort.centre) AS away
  FROM near
  CROSS JOIN cohort
),
placed AS (
  SELECT
    *,
    MIN(away) OVER (PARTITION BY face_id) AS nearest,
    FIRST_VALUE(tightness) OVER (PARTITION BY face_id ORDER BY away, cohort) AS own_tightness,
    ROW_NUMBER() OVER (PARTITION BY face_id ORDER BY away, cohort) AS place
  FROM measured
),
judged AS (
  SELECT
    face_id, sha256, at_ms, track, cohort, place, least,
    facewarden_biometrics.centred_likeness(embedding, away, probe) AS likeness,
    (facewarden_biometrics.centred_likeness(embedding, away, probe) - mean) / spread - least AS surplus
  FROM placed
  WHERE place = 1 OR (tightness >= 1.5 * own_tightness AND own_tightness > 0 AND away <= nearest + 0.05)
),
face AS (
  SELECT
    face_id, ANY_VALUE(sha256) AS sha256, ANY_VALUE(at_ms) AS at_ms, ANY_VALUE(track) AS track,
    MAX(IF(place = 1, cohort, NULL)) AS cohort, MAX(IF(place = 1, likeness, NULL)) AS likeness,
    MIN(surplus) + MAX(IF(place = 1, least, NULL)) AS spreads
  FROM judged
  GROUP BY face_id
  HAVING MIN(surplus) >= 0
),
ranked AS (
  SELECT *, ROW_NUMBER() OVER (ORDER BY spreads DESC, face_id) AS place FROM face
)
SELECT
  ranked.place, ranked.face_id, ranked.sha256, ranked.at_ms, ranked.track, ranked.cohort,
  SQRT(GREATEST(2 - 2 * ranked.likeness, 0)) AS distance, ranked.spreads,
  facewarden_biometrics.stranger_rate(ranked.spreads, cohort.tail) AS rate,
  facewarden_biometrics.stranger_rate(ranked.spreads, cohort.tail) * cohort.searched AS expected_false_matches
FROM ranked
JOIN cohort ON cohort.cohort = ranked.cohort
WHERE ranked.place <= most
);
