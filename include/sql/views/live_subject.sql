-- Who may be searched for at this moment? Subjects whose newest consent event is "given" and has not run out.
-- Of two events at one moment the withdrawal holds.
-- Use: SELECT subject_id, valid_until FROM facewarden_biometrics.live_subject
CREATE OR REPLACE VIEW facewarden_biometrics.live_subject
OPTIONS (description = 'Subjects whose consent holds now, with that consent. [$digest]')
AS
WITH newest AS (
  SELECT subject_id, consent_id, event, given_by, basis, valid_until, recorded_at
  FROM facewarden_biometrics.consent
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY subject_id
    ORDER BY recorded_at DESC, IF(event = 'given', 1, 0), valid_until
  ) = 1
)
SELECT
  subject.subject_id,
  subject.label,
  newest.consent_id,
  newest.given_by,
  newest.basis,
  newest.valid_until,
  newest.recorded_at
FROM facewarden_biometrics.subject AS subject
JOIN newest ON newest.subject_id = subject.subject_id
WHERE newest.event = 'given' AND newest.valid_until > CURRENT_TIMESTAMP();
