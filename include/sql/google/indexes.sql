-- GOOGLE ONLY: is the vector index there, and are there faces enough to make it?
-- Used by prepare_warehouse: rows(bq, "google/indexes", {})
SELECT
  (
    SELECT COUNT(*) FROM facewarden_biometrics.INFORMATION_SCHEMA.VECTOR_INDEXES WHERE index_name = 'face_embedding'
  ) AS indexes,
  (SELECT COUNT(*) FROM facewarden_biometrics.face) AS faces;
