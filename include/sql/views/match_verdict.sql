-- What did a person say of each match, and does it still hold? One row a match; never asked again what was answered once.
-- A verdict on the very face, or on its whole file, holds: the newest. Without one, or when that one is unsure and older,
-- a verdict on the same content is carried over: the same file seen by another engine, else a near-duplicate by its
-- perceptual hash (up to 31 of 256 bits, quality 50 on both sides); in each case the newest. unsure leaves a match open.
--
-- What is carried stays with its face: a verdict on one face of a group photograph says nothing of the others. So the
-- middles must be at most half a face apart, as shares of the picture; of one engine's faces in one file only those of
-- one track are the same. Where a place is not known (a face has expired, a video), a verdict is carried only if the
-- subject was seen once in the file, on both sides. Numbers of tracks mean nothing to another engine.
-- Of two hashes that are far apart two numbers made beforehand (104 of the bits) say so, forty times quicker than all bits.
-- Use: SELECT face_id, verdict, carried_from FROM facewarden_biometrics.match_verdict WHERE subject_id = @subject_id
CREATE OR REPLACE VIEW facewarden_biometrics.match_verdict
OPTIONS (description = 'What a person said of each match, also of a copy of it: open, confirmed or rejected. [$digest]')
AS
WITH content AS (
  SELECT sha256, MAX(phash) AS phash, MAX(phash_quality) AS phash_quality
  FROM facewarden.media
  WHERE sha256 IS NOT NULL
  GROUP BY sha256
),
sighting AS (
  SELECT
    m.subject_id,
    m.face_id,
    m.sha256,
    m.engine,
    COALESCE(m.track, f.track) AS track,
    content.phash,
    content.phash_quality,
    SAFE_CAST(CONCAT('0x', SUBSTR(content.phash, 1, 13)) AS INT64) AS head,
    SAFE_CAST(CONCAT('0x', SUBSTR(content.phash, 14, 13)) AS INT64) AS middle,
    scan.width AS pixels_across,
    scan.height AS pixels_down,
    (f.box.x + f.box.width / 2) / NULLIF(scan.width, 0) AS x,
    (f.box.y + f.box.height / 2) / NULLIF(scan.height, 0) AS y,
    f.box.width / NULLIF(scan.width, 0) AS width,
    COUNT(*) OVER (PARTITION BY m.subject_id, m.sha256, m.engine) = 1 AS alone
  FROM facewarden_biometrics.match AS m
  LEFT JOIN facewarden_biometrics.face AS f ON f.face_id = m.face_id
  LEFT JOIN facewarden_biometrics.scan AS scan ON scan.sha256 = m.sha256 AND scan.engine = m.engine
  LEFT JOIN content ON content.sha256 = m.sha256
),
judged AS (
  SELECT
    v.verdict_id,
    v.subject_id,
    v.sha256,
    v.face_id,
    v.verdict,
    v.given_by,
    v.reason,
    v.recorded_at,
    v.phash,
    v.phash_quality,
    SAFE_CAST(CONCAT('0x', SUBSTR(v.phash, 1, 13)) AS INT64) AS head,
    SAFE_CAST(CONCAT('0x', SUBSTR(v.phash, 14, 13)) AS INT64) AS middle,
    v.place.x AS x,
    v.place.y AS y,
    v.place.width AS width,
    v.track,
    seen.engine,
    IFNULL(seen.alone, FALSE) AS alone
  FROM facewarden_biometrics.verdict AS v
  LEFT JOIN sighting AS seen ON seen.subject_id = v.subject_id AND seen.face_id = v.face_id
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY v.subject_id, v.sha256, v.face_id
    ORDER BY v.recorded_at DESC, v.verdict_id
  ) = 1
),
said AS (
  SELECT
    s.subject_id,
    s.face_id,
    v.verdict_id,
    v.verdict,
    v.given_by,
    v.reason,
    v.recorded_at,
    v.sha256,
    CASE
      WHEN v.face_id = s.face_id OR (v.face_id IS NULL AND v.sha256 = s.sha256) THEN 0
      WHEN v.sha256 = s.sha256 THEN 1
      WHEN 0 + BIT_COUNT(v.head ^ s.head) + BIT_COUNT(v.middle ^ s.middle) > 31 THEN NULL
      WHEN v.phash_quality >= 50 AND s.phash_quality >= 50 AND facewarden.phash_distance(v.phash, s.phash) <= 31 THEN 2
    END AS remoteness,
    CASE
      WHEN v.face_id IS NULL OR v.face_id = s.face_id THEN TRUE
      WHEN v.sha256 = s.sha256 AND v.engine = s.engine THEN IFNULL(v.track = s.track, FALSE)
      WHEN v.track IS NULL AND s.track IS NULL AND v.x IS NOT NULL AND s.x IS NOT NULL
        THEN SQRT(POW((v.x - s.x) * s.pixels_across, 2) + POW((v.y - s.y) * s.pixels_down, 2))
          <= LEAST(v.width, s.width) * s.pixels_across / 2
      ELSE v.alone AND s.alone
    END AS of_this_face
  FROM sighting AS s
  JOIN judged AS v ON v.subject_id = s.subject_id
),
newest AS (
  SELECT *, MAX(IF(remoteness = 0, recorded_at, NULL)) OVER (PARTITION BY subject_id, face_id) AS own_at
  FROM said
  WHERE remoteness IS NOT NULL AND of_this_face
  QUALIFY ROW_NUMBER() OVER (PARTITION BY subject_id, face_id, remoteness ORDER BY recorded_at DESC, verdict_id) = 1
),
holds AS (
  SELECT *
  FROM newest
  WHERE remoteness = 0 OR own_at IS NULL OR recorded_at > own_at
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY subject_id, face_id
    ORDER BY IF(remoteness = 0 AND verdict = 'unsure', 3, remoteness)
  ) = 1
)
SELECT
  m.subject_id,
  m.face_id,
  IF(holds.verdict IN ('confirmed', 'rejected'), holds.verdict, 'open') AS state,
  holds.verdict,
  holds.given_by,
  holds.reason,
  holds.recorded_at,
  IF(holds.remoteness > 0, holds.sha256, NULL) AS carried_from
FROM facewarden_biometrics.match AS m
LEFT JOIN holds ON holds.subject_id = m.subject_id AND holds.face_id = m.face_id;
