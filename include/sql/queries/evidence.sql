-- What is there to show of subjects? The rows of their cases: of each subject what is open first, then what is confirmed,
-- then the rest; each by rank, with the posts of the file itself before those of near-duplicates.
-- Of a subject at most @most_sightings that are open or confirmed and as many that were rejected, of a sighting at most
-- @most_copies posts of a kind. What is left out is counted: all_open, all_confirmed, all_rejected; all_copies of the kind.
-- @subject_ids is ARRAY<STRING>
-- Used by include/matching/case.py: rows(bq, "queries/evidence", {"subject_ids": ["…"], "most_sightings": 9, "most_copies": 9})
WITH counted AS (
  SELECT
    *,
    DENSE_RANK() OVER (PARTITION BY subject_id, state = 'rejected' ORDER BY IF(state = 'open', 0, 1), rank) AS place,
    ROW_NUMBER() OVER (
      PARTITION BY subject_id, face_id, copy
      ORDER BY copy_bits, IFNULL(posted_at, seen_at), media_id
    ) AS place_of_copy,
    COUNT(*) OVER (PARTITION BY subject_id, face_id, copy) AS all_copies,
    COUNT(DISTINCT IF(state = 'open', face_id, NULL)) OVER (PARTITION BY subject_id) AS all_open,
    COUNT(DISTINCT IF(state = 'confirmed', face_id, NULL)) OVER (PARTITION BY subject_id) AS all_confirmed,
    COUNT(DISTINCT IF(state = 'rejected', face_id, NULL)) OVER (PARTITION BY subject_id) AS all_rejected
  FROM facewarden_biometrics.evidence
  WHERE subject_id IN UNNEST(@subject_ids)
)
SELECT * EXCEPT (place, place_of_copy)
FROM counted
WHERE place <= @most_sightings AND place_of_copy <= @most_copies
ORDER BY
  subject_id, CASE state WHEN 'open' THEN 0 WHEN 'confirmed' THEN 1 ELSE 2 END, rank, copy_bits,
  IFNULL(posted_at, seen_at), media_id;
