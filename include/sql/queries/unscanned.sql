-- Which stored pictures and videos has this engine not scanned yet? One row a file, however many posts show it. A file
-- whose scan ended in an error is given again, with how often it was tried; one that was rejected, or shows no face, is
-- not.
-- Use: rows(bq, "queries/unscanned", {"engine": "ENGINE"})
SELECT
  media.sha256, MIN(media.file_path) AS file_path, MIN(media.type) AS type, MIN(media.size) AS size,
  IFNULL(MAX(scan.tries), 0) AS tries
FROM facewarden.media AS media
LEFT JOIN facewarden_biometrics.scan AS scan ON scan.sha256 = media.sha256 AND scan.engine = @engine
WHERE
  media.file_path IS NOT NULL AND media.sha256 IS NOT NULL AND (scan.sha256 IS NULL OR scan.outcome = 'error')
GROUP BY media.sha256
ORDER BY media.sha256;
