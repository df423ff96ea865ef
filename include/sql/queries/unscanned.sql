-- Which stored pictures and videos has this engine not scanned yet? One row a file, however many posts show it. A file whose scan
-- ended in an error is given again; one that was rejected, or shows no face, is not.
-- Use: rows(bq, "queries/unscanned", {"engine": "ENGINE"})
SELECT media.sha256, MIN(media.file_path) AS file_path, MIN(media.type) AS type, MIN(media.size) AS size
FROM facewarden.media AS media
LEFT JOIN facewarden_biometrics.scan AS scan
  ON scan.sha256 = media.sha256 AND scan.engine = @engine AND scan.outcome != 'error'
WHERE media.file_path IS NOT NULL AND media.sha256 IS NOT NULL AND scan.sha256 IS NULL
GROUP BY media.sha256
ORDER BY media.sha256;
