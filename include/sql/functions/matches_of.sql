-- Where is this subject to be seen? A row for every match and every picture that shows it (see match_in_media); none for
-- a subject whose consent does not hold.
-- The argument is not named subject_id: inside the body that would be the column, and every row would be given.
-- Use: SELECT post_url, band, distance, state FROM facewarden_biometrics.matches_of('SUBJECT') ORDER BY distance
CREATE OR REPLACE TABLE FUNCTION facewarden_biometrics.matches_of(wanted STRING)
OPTIONS (description = 'Matches of one subject with their face, verdict, picture and post. [$digest]')
AS
SELECT
  subject_id,
  band,
  distance,
  threshold,
  expected_false_matches,
  face_id,
  box,
  at_ms,
  track,
  score,
  sha256,
  engine,
  matched_at,
  media_id,
  file_name,
  file_path,
  fetched_at,
  post_url,
  title,
  posted_at,
  platform,
  gallery,
  post_no,
  state,
  verdict,
  verdict_by,
  verdict_reason,
  verdict_at,
  carried_from,
  superseded,
  faces,
  rate,
  rate_low,
  rate_high,
  false_match_rate,
  population,
  cohort,
  quality,
  warning,
  kind,
  post_status
FROM facewarden_biometrics.match_in_media
WHERE subject_id = wanted AND subject_id IN (SELECT subject_id FROM facewarden_biometrics.live_subject);
