-- Where are the subjects to be seen, nearest first? Of one subject, or of all when @subject_id is NULL; only of those whose
-- consent holds.
-- Use: rows(bq, "queries/matches", {"subject_id": None})
SELECT *
FROM facewarden_biometrics.match_in_media
WHERE (@subject_id IS NULL OR subject_id = @subject_id)
  AND subject_id IN (SELECT subject_id FROM facewarden_biometrics.live_subject)
ORDER BY subject_id, distance, face_id, media_id;
