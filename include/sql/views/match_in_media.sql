-- Where is each match to be seen, and what did a person say of it? A row for every match and every picture or video that
-- shows the file it was found in: a face re-posted three times is three rows. A match stays when its face has expired
-- (then box is NULL), and when no post shows the file any more (then media_id is NULL).
-- superseded: a newer engine has seen the subject in the same file, so this row would show the same face twice. A
-- confirmed match stays until the newer engine's carry its verdict. Newer is whose scan of the file is newer.
-- Use: SELECT post_url, band, distance, state FROM facewarden_biometrics.match_in_media WHERE subject_id = @subject_id
CREATE OR REPLACE VIEW facewarden_biometrics.match_in_media
OPTIONS (description = 'Matches with their face, verdict, picture and post: one row a match and picture. [$digest]')
AS
WITH dated AS (
  SELECT
    m.*,
    said.state,
    said.verdict,
    said.given_by,
    said.reason,
    said.recorded_at,
    said.carried_from,
    m.engine = FIRST_VALUE(m.engine) OVER (
      PARTITION BY m.subject_id, m.sha256
      ORDER BY IFNULL(scan.scanned_at, TIMESTAMP '1970-01-01') DESC, m.matched_at DESC, m.engine
    ) AS newest
  FROM facewarden_biometrics.match_now AS m
  JOIN facewarden_biometrics.match_verdict AS said ON said.subject_id = m.subject_id AND said.face_id = m.face_id
  LEFT JOIN facewarden_biometrics.scan AS scan ON scan.sha256 = m.sha256 AND scan.engine = m.engine
),
sighting AS (
  SELECT
    *,
    NOT newest AND (
      state != 'confirmed' OR COUNTIF(newest AND state = 'confirmed') OVER (PARTITION BY subject_id, sha256) > 0
    ) AS superseded
  FROM dated
)
SELECT
  m.subject_id,
  m.band,
  m.distance,
  m.threshold,
  m.expected_false_matches,
  m.face_id,
  f.box,
  f.at_ms,
  COALESCE(m.track, f.track) AS track,
  f.score,
  m.sha256,
  m.engine,
  m.matched_at,
  p.media_id,
  p.file_name,
  p.file_path,
  p.fetched_at,
  p.post_url,
  post.title,
  post.posted_at,
  p.platform,
  p.gallery,
  p.post_no,
  m.state,
  m.verdict,
  m.given_by AS verdict_by,
  m.reason AS verdict_reason,
  m.recorded_at AS verdict_at,
  m.carried_from,
  m.superseded,
  IFNULL(m.faces, 1) AS faces,
  m.rate,
  m.rate_low,
  m.rate_high,
  m.false_match_rate,
  m.population,
  m.cohort,
  m.quality,
  m.warning,
  p.kind,
  post.status AS post_status
FROM sighting AS m
LEFT JOIN facewarden_biometrics.face AS f ON f.face_id = m.face_id
LEFT JOIN facewarden.media AS p ON p.sha256 = m.sha256
LEFT JOIN facewarden.post AS post
  ON post.platform = p.platform AND post.gallery = p.gallery AND post.post_no = p.post_no;
