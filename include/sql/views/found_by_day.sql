-- What did the scan find, by gallery and day? One row an engine, platform, gallery and day of scanning (of Seoul).
--   files        different files scanned; one that stands in two galleries counts in both, so do not add galleries up
--   videos       of these, videos and animations
--   with_faces, without_faces, rejected, errors    what came of them: they add up to files
--   in_part      of the first two: files of which not all was looked at (scan_rejects says why)
--   faces, tracks    faces found, and how many people's stretches in view the faces of videos make
-- platform and gallery are NULL for a file that no post shows any more. A day in the past changes when a file is posted
-- again in another gallery. Scans expire after 730 days.
-- It reads scan (partitioned by scanned_at) and three columns of media, and no face: about 150 bytes a row.
-- Use: SELECT * FROM facewarden_biometrics.found_by_day WHERE day >= '2026-01-01' ORDER BY day DESC, gallery
CREATE OR REPLACE VIEW facewarden_biometrics.found_by_day
OPTIONS (description = 'Files scanned and faces found, one row an engine, gallery and day (of Seoul). [$digest]')
AS
WITH place AS (
  SELECT DISTINCT sha256, platform, gallery
  FROM facewarden.media
  WHERE sha256 IS NOT NULL
)
SELECT
  scan.engine,
  place.platform,
  place.gallery,
  DATE(scan.scanned_at, 'Asia/Seoul') AS day,
  COUNT(*) AS files,
  COUNTIF(scan.duration_ms IS NOT NULL) AS videos,
  COUNTIF(scan.outcome = 'faces') AS with_faces,
  COUNTIF(scan.outcome = 'no_face') AS without_faces,
  COUNTIF(scan.outcome = 'rejected') AS rejected,
  COUNTIF(scan.outcome = 'error') AS errors,
  COUNTIF(scan.outcome IN ('faces', 'no_face') AND scan.reason IS NOT NULL) AS in_part,
  SUM(scan.faces) AS faces,
  SUM(IFNULL(scan.tracks, 0)) AS tracks
FROM facewarden_biometrics.scan AS scan
LEFT JOIN place ON place.sha256 = scan.sha256
GROUP BY scan.engine, place.platform, place.gallery, day;
