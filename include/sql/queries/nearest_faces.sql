-- Which ten crawled faces are nearest to each of these? Exact, by plain distance, and for all probes in one reading.
-- @probes is an ARRAY<STRUCT<probe STRING, embedding ARRAY<FLOAT64>>>, a name and a face each, embedded by @engine. Those
-- that cannot be compared (no embedding, another length) are in no list. What counts as near is not said: similar_faces does.
-- A 256th of the faces, drawn by the end of their hash, says for each probe beyond which distance none of the ten lies, so
-- that only few are sorted: worth a second look at the table (Google counts its bytes once) from five probes on.
-- ARRAY_CONCAT is for the emulator (see functions/face_distance.sql); here it copies each face once and not for each probe.
-- Use: rows(bq, "queries/nearest_faces", {"probes": an ArrayQueryParameter of structs, "engine": ENGINE})
WITH given AS (
  SELECT probe.probe AS probe, probe.embedding AS embedding FROM UNNEST(@probes) AS probe
),
counted AS (
  SELECT COUNT(*) AS probes FROM given
),
bounding AS (
  SELECT given.probe, given.embedding FROM given CROSS JOIN counted WHERE counted.probes >= 5
),
sampled AS (
  SELECT
    bounding.probe,
    IF(ARRAY_LENGTH(face.embedding) = ARRAY_LENGTH(bounding.embedding), EUCLIDEAN_DISTANCE(face.embedding, bounding.embedding), NULL)
      AS distance
  FROM (
    SELECT face_id, ARRAY_CONCAT(embedding, []) AS embedding
    FROM facewarden_biometrics.face
    WHERE engine = @engine AND ARRAY_LENGTH(embedding) > 0 AND ENDS_WITH(face_id, '00')
  ) AS face
  CROSS JOIN bounding
),
bound AS (
  SELECT probe, ARRAY_AGG(distance ORDER BY distance LIMIT 10)[SAFE_OFFSET(9)] AS farthest
  FROM sampled
  WHERE distance IS NOT NULL
  GROUP BY probe
),
bounded AS (
  SELECT given.probe, given.embedding, IFNULL(bound.farthest, 1e300) AS farthest
  FROM given
  LEFT JOIN bound ON bound.probe = given.probe
),
compared AS (
  SELECT
    bounded.probe, bounded.farthest, face.face_id,
    IF(ARRAY_LENGTH(face.embedding) = ARRAY_LENGTH(bounded.embedding), EUCLIDEAN_DISTANCE(face.embedding, bounded.embedding), NULL)
      AS distance
  FROM (
    SELECT face_id, ARRAY_CONCAT(embedding, []) AS embedding
    FROM facewarden_biometrics.face
    WHERE engine = @engine AND ARRAY_LENGTH(embedding) > 0
  ) AS face
  CROSS JOIN bounded
)
SELECT probe, ARRAY_AGG(STRUCT(face_id AS face_id, distance AS distance) ORDER BY distance, face_id LIMIT 10) AS nearest
FROM compared
WHERE distance <= farthest
GROUP BY probe
ORDER BY probe
