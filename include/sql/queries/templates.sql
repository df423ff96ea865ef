-- What does this engine search with? The template of every live subject, or of one.
-- Use: rows(bq, "queries/templates", {"engine": "ENGINE", "subject_id": None})
SELECT subject_id, engine, reference_count, embedding
FROM facewarden_biometrics.subject_template
WHERE engine = @engine AND (@subject_id IS NULL OR subject_id = @subject_id)
ORDER BY subject_id;
