-- Which stored pictures and videos has this engine not scanned yet? One row a file, however many posts show it; at most
-- @most, those that were never tried first. A file whose scan ended in an error is given again, with how often it was tried;
-- one that was rejected, or shows no face, is not. Of media the partitions from @since on are read (faces/scan_mark.py).
-- Use: rows(bq, "queries/unscanned", {"engine": "ENGINE", "since": datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC), "most": 99})
SELECT
  media.sha256, MIN(media.file_path) AS file_path, MIN(media.type) AS type, MIN(media.size) AS size,
  IFNULL(MAX(scan.tries), 0) AS tries
FROM facewarden.media AS media
LEFT JOIN facewarden_biometrics.scan AS scan ON scan.sha256 = media.sha256 AND scan.engine = @engine
WHERE
  media.fetched_at >= @since AND media.file_path IS NOT NULL AND media.sha256 IS NOT NULL
  AND (scan.sha256 IS NULL OR scan.outcome = 'error')
GROUP BY media.sha256
ORDER BY tries, media.sha256
LIMIT @most;
