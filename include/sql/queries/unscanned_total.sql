-- How many files has this engine not scanned yet, of what was stored from @since on? `untried` are those of them that it
-- never tried; `oldest` is when the first one was fetched. One row, at this moment (asked_at).
-- Use: rows(bq, "queries/unscanned_total", {"engine": "ENGINE", "since": datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)})
SELECT
  COUNT(DISTINCT media.sha256) AS files,
  COUNT(DISTINCT IF(scan.sha256 IS NULL, media.sha256, NULL)) AS untried,
  MIN(media.fetched_at) AS oldest,
  CURRENT_TIMESTAMP() AS asked_at
FROM facewarden.media AS media
LEFT JOIN facewarden_biometrics.scan AS scan ON scan.sha256 = media.sha256 AND scan.engine = @engine
WHERE
  media.fetched_at >= @since AND media.file_path IS NOT NULL AND media.sha256 IS NOT NULL
  AND (scan.sha256 IS NULL OR scan.outcome = 'error');
