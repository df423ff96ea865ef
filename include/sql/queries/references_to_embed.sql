-- Which photographs of live subjects has this engine not embedded yet? All of them, when a new engine has come.
-- Use: rows(bq, "queries/references_to_embed", {"engine": "ENGINE"})
SELECT reference.subject_id, reference.sha256, MIN(reference.file_path) AS file_path
FROM facewarden_biometrics.reference AS reference
JOIN facewarden_biometrics.live_subject AS subject ON subject.subject_id = reference.subject_id
GROUP BY reference.subject_id, reference.sha256
HAVING COUNTIF(reference.engine = @engine) = 0
ORDER BY reference.subject_id, reference.sha256;
