-- Whom has this very enrolment made already? A live subject with the same label, consent and photographs: a form that was
-- sent twice. The oldest of them, where an older version let several in.
-- @photos are the SHA-256 of the photographs, sorted, each once, with a space between them.
-- Used by include/matching/enrol.py: rows(bq, "queries/same_enrolment", {"label": "…", "given_by": "…", "basis": "…", "valid_until": …, "photos": "…"})
WITH shown AS (
  SELECT subject_id, STRING_AGG(DISTINCT sha256, ' ' ORDER BY sha256) AS photos, MIN(enrolled_at) AS enrolled_at
  FROM facewarden_biometrics.reference
  GROUP BY subject_id
)
SELECT live.subject_id
FROM facewarden_biometrics.live_subject AS live
JOIN shown ON shown.subject_id = live.subject_id
WHERE
  live.label = @label AND live.given_by = @given_by AND live.basis = @basis AND live.valid_until = @valid_until
  AND shown.photos = @photos
ORDER BY shown.enrolled_at, live.subject_id
LIMIT 1;
