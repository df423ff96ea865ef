-- Where is each match to be seen? A row for every match and every picture or video that shows the file it was found in:
-- a face re-posted three times is three rows. A match stays when its face has expired (then box is NULL), and when no
-- post shows the file any more (then media_id is NULL).
-- Use: SELECT post_url, band, distance FROM facewarden_biometrics.match_in_media WHERE subject_id = @subject_id
CREATE OR REPLACE VIEW facewarden_biometrics.match_in_media
OPTIONS (description = 'Matches with their face, picture and post: one row a match and picture. [$digest]')
AS
SELECT
  m.subject_id,
  m.band,
  m.distance,
  m.threshold,
  m.expected_false_matches,
  m.face_id,
  f.box,
  f.at_ms,
  f.track,
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
  p.post_no
FROM facewarden_biometrics.match AS m
LEFT JOIN facewarden_biometrics.face AS f ON f.face_id = m.face_id
LEFT JOIN facewarden.media AS p ON p.sha256 = m.sha256
LEFT JOIN facewarden.post AS post
  ON post.platform = p.platform AND post.gallery = p.gallery AND post.post_no = p.post_no;
