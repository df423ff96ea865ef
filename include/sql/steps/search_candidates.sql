-- Which faces are near enough? A row for each sighting of each subject that passes: a face in a picture, or the nearest
-- face of a track in a video, all of whose faces are counted together, blurred and small ones less. A face that may belong
-- to a second cohort has to pass there as well; what counts is the stricter of both.
-- `spreads` is how much more alike than the mean stranger the sighting is, `least` how much it had to be. The bounds of
-- the rate are what mean and spread, measured on so many people, and so many pairs of the tail leave open (95 %).
-- Of the faces those that are new to a subject (`since`, search_templates.sql); @since is the first that is new to anybody, and
-- what partitions are read by. All faces of a file were published at one moment, so a track is new as a whole or not at all.
-- Use: steps.write("search_candidates", …), of include/matching/match.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH compared AS (
  SELECT
    probe.subject_id, face.face_id, face.sha256, face.engine, face.track, face.cohort, face.beside,
    GREATEST(0.1, LEAST(1, IFNULL(face.sharpness, 60) / 60) * LEAST(1, IFNULL(face.size, 40) / 40)) AS quality,
    facewarden_biometrics.centred_likeness(face.embedding, face.away, probe.probe) AS likeness,
    facewarden_biometrics.centred_likeness(face.embedding, face.beside_away, beside.probe) AS beside_likeness,
    probe.mean, probe.spread, probe.least,
    beside.mean AS beside_mean, beside.spread AS beside_spread, beside.least AS beside_least
  FROM facewarden_biometrics.face_in_cohort AS face
  JOIN $probes AS probe ON probe.engine = face.engine AND probe.cohort = face.cohort
  LEFT JOIN $probes AS beside
    ON beside.engine = face.engine AND beside.cohort = face.beside AND beside.subject_id = probe.subject_id
  WHERE face.detected_at >= @since AND (probe.since IS NULL OR face.detected_at >= probe.since)
),
judged AS (
  SELECT
    subject_id, face_id, sha256, engine, track, cohort, quality, likeness,
    LEAST(
      (likeness - mean) / spread - least,
      IFNULL((beside_likeness - beside_mean) / beside_spread - beside_least, (likeness - mean) / spread - least)
    ) AS surplus
  FROM compared
  WHERE likeness IS NOT NULL
),
sighting AS (
  SELECT subject_id, face_id, sha256, engine, track, cohort, quality, likeness, surplus, 1 AS faces
  FROM judged
  WHERE track IS NULL AND surplus >= 0
  UNION ALL
  SELECT
    subject_id, best.face_id, sha256, engine, track, best.cohort, best.quality, best.likeness, surplus, faces
  FROM (
    SELECT
      subject_id, sha256, engine, track, COUNT(*) AS faces, SUM(quality * surplus) / SUM(quality) AS surplus,
      ARRAY_AGG(
        STRUCT(face_id AS face_id, cohort AS cohort, quality AS quality, likeness AS likeness)
        ORDER BY surplus DESC, face_id LIMIT 1
      )[OFFSET(0)] AS best
    FROM judged
    WHERE track IS NOT NULL
    GROUP BY subject_id, sha256, engine, track
  )
  WHERE surplus >= 0
),
rated AS (
  SELECT
    sighting.*, probe.mean, probe.spread, probe.least, probe.rate AS false_match_rate, probe.faces AS searched,
    probe.people, probe.pairs, probe.warning, sighting.surplus + probe.least AS spreads,
    -- Measured ceilings say nothing of likeness that is rarer than the rarest they were measured for.
    GREATEST(
      facewarden_biometrics.stranger_rate(sighting.surplus + probe.least, probe.tail),
      IF(probe.pairs = 0, (SELECT MIN(step.rate) FROM UNNEST(probe.tail) AS step), 0)
    ) AS rate,
    facewarden_biometrics.stranger_rate(sighting.surplus + probe.least + 0.05, probe.tail) AS rate_beyond
  FROM sighting
  JOIN $probes AS probe
    ON probe.subject_id = sighting.subject_id AND probe.engine = sighting.engine AND probe.cohort = sighting.cohort
),
bounded AS (
  SELECT
    *,
    1.96 * SQRT(
      POW(LN(GREATEST(rate, 1e-300) / GREATEST(rate_beyond, 1e-300)) / 0.05, 2) * (1 + POW(spreads, 2) / 2) / GREATEST(people, 1)
      + 1 / GREATEST(LEAST(rate * pairs, people), 1)
    ) AS doubt
  FROM rated
)
SELECT
  subject_id, face_id, sha256, engine, track, IF(pairs = 0, NULL, cohort) AS cohort, faces, quality, spreads, warning,
  SQRT(GREATEST(2 - 2 * likeness, 0)) AS distance,
  SQRT(GREATEST(2 - 2 * GREATEST(mean + least * spread, -1), 0)) AS threshold,
  false_match_rate, searched, rate,
  -- Of a measured ceiling no bounds are known.
  IF(pairs = 0, NULL, rate * EXP(-LEAST(doubt, 100))) AS rate_low,
  IF(pairs = 0, NULL, LEAST(rate * EXP(LEAST(doubt, 100)), 1)) AS rate_high,
  rate * searched AS expected_false_matches
FROM bounded;
