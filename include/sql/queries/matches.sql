-- Where are the subjects to be seen, nearest first? Of one subject, or of all when @subject_id is NULL.
-- Use: rows(bq, "queries/matches", {"subject_id": None})
SELECT
  subject_id,
  band,
  distance,
  threshold,
  expected_false_matches,
  face_id,
  box,
  at_ms,
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
  post_no
FROM facewarden_biometrics.match_in_media
WHERE @subject_id IS NULL OR subject_id = @subject_id
ORDER BY subject_id, distance, face_id, media_id;
