-- In which stored files is this subject to be seen, as a folder a band? A row a match and post, for a subject whose
-- consent holds.
-- Restricted: it joins live_subject, and gives no embedding, no name and nothing of a consent.
-- Use: rows(bq, "queries/pictures_of_subject", {"subject_id": "…"})
-- With download_media: query pictures_of_subject, query_params {"subject_id": "…"}.
SELECT shown.file_path, shown.file_name, shown.band AS label, shown.distance, shown.post_url, shown.posted_at
FROM facewarden_biometrics.match_in_media AS shown
JOIN facewarden_biometrics.live_subject AS subject ON subject.subject_id = shown.subject_id
WHERE shown.subject_id = @subject_id AND shown.file_path IS NOT NULL
ORDER BY shown.distance, shown.face_id, shown.media_id;
