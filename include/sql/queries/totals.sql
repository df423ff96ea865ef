-- How much has been looked at so far?
-- Used by the demo, and good as a first look: rows(bq, "queries/totals", {})
SELECT
  (SELECT COUNT(*) FROM facewarden.post) AS posts,
  (SELECT COUNT(*) FROM facewarden.media WHERE file_path IS NOT NULL) AS media,
  (SELECT COUNT(DISTINCT sha256) FROM facewarden_biometrics.scan) AS files_scanned,
  (SELECT COUNT(*) FROM facewarden_biometrics.face) AS faces,
  (SELECT COUNT(*) FROM facewarden_biometrics.match) AS matches
