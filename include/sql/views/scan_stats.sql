-- What did each scan run do, and what could it not look at? One row a run and engine. `seconds` are those of the work on
-- the files, of all threads together; `faces` and `embedded` are what was kept, as long as it has not expired.
-- No embedding is read: a face that has none says why.
-- Use: SELECT started, files, faces, rejected, reasons FROM facewarden_biometrics.scan_stats ORDER BY started DESC
CREATE OR REPLACE VIEW facewarden_biometrics.scan_stats
OPTIONS (description = 'What scan runs came to: files, outcomes, faces, reasons. One row a run and engine. [$digest]')
AS
WITH why AS (
  SELECT run_key, engine, reason, COUNT(*) AS files
  FROM facewarden_biometrics.scan
  WHERE reason IS NOT NULL
  GROUP BY run_key, engine, reason
),
reasons AS (
  SELECT
    run_key, engine, ARRAY_AGG(STRUCT(why.reason AS reason, why.files AS files) ORDER BY why.files DESC, why.reason LIMIT 20) AS reasons
  FROM why
  GROUP BY run_key, engine
),
embedded AS (
  SELECT scan.run_key, scan.engine, COUNT(*) AS embedded
  FROM facewarden_biometrics.face AS face
  JOIN facewarden_biometrics.scan AS scan ON scan.sha256 = face.sha256 AND scan.engine = face.engine
  WHERE face.reason IS NULL
  GROUP BY scan.run_key, scan.engine
),
total AS (
  SELECT
    run_key,
    engine,
    MIN(scanned_at) AS started,
    MAX(scanned_at) AS ended,
    COUNT(*) AS files,
    COUNTIF(duration_ms IS NOT NULL) AS videos,
    COUNTIF(outcome = 'faces') AS with_faces,
    COUNTIF(outcome = 'no_face') AS without_faces,
    COUNTIF(outcome = 'rejected') AS rejected,
    COUNTIF(outcome = 'error') AS errors,
    SUM(faces) AS faces,
    IFNULL(SUM(tracks), 0) AS tracks,
    IFNULL(SUM(frames), 0) AS frames,
    IFNULL(SUM(frames * width * height), 0) / 1e6 AS megapixels,
    IFNULL(SUM(seconds), 0) AS seconds
  FROM facewarden_biometrics.scan
  WHERE run_key IS NOT NULL
  GROUP BY run_key, engine
)
SELECT
  total.run_key, total.engine, total.started, total.ended, total.files, total.videos, total.with_faces,
  total.without_faces, total.rejected, total.errors, total.faces, IFNULL(embedded.embedded, 0) AS embedded, total.tracks,
  total.frames, total.megapixels, total.seconds, IFNULL(reasons.reasons, []) AS reasons
FROM total
LEFT JOIN reasons ON reasons.run_key = total.run_key AND reasons.engine = total.engine
LEFT JOIN embedded ON embedded.run_key = total.run_key AND embedded.engine = total.engine;
