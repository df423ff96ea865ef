-- What is there to show of a subject? The rows of the page: what is open first, then what is confirmed, then the rest;
-- each by rank, with the posts of the file itself before those of near-duplicates.
-- Used by the evidence page: rows(bq, "queries/evidence", {"subject_id": "…"})
SELECT *
FROM facewarden_biometrics.evidence
WHERE subject_id = @subject_id
ORDER BY
  CASE state WHEN 'open' THEN 0 WHEN 'confirmed' THEN 1 ELSE 2 END, rank, copy_bits, IFNULL(posted_at, seen_at),
  media_id;
