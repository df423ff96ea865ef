-- GOOGLE ONLY: is the vector index there?
-- Used by prepare_warehouse: rows(bq, "google/indexes", {})
SELECT index_name, index_status, coverage_percentage
FROM facewarden_biometrics.INFORMATION_SCHEMA.VECTOR_INDEXES
WHERE index_name = 'face_embedding';
