-- What could not be looked at, or not be used, once it was in the lake? One row an engine, what and reason.
--   what         file: never to be scanned. error: a file that the next run tries again. part: a video of which not all
--                was looked at. face: a face that was found and has no embedding, so that nobody can be found by it.
--   reason       why; N stands for any number, so that what differs only in a size or a second is one row
--   times        how many files, or faces
--   first_at, last_at    when
--   sha256, example    the file that was last, to look at (make show MEDIA=…), and its very reason
-- Faces expire after 180 days and scans after 730, and so do their reasons.
-- It reads scan (partitioned by scanned_at) and four columns of face (by detected_at), never an embedding.
-- Use: SELECT * FROM facewarden_biometrics.scan_rejects WHERE engine = 'ENGINE' ORDER BY times DESC
CREATE OR REPLACE VIEW facewarden_biometrics.scan_rejects
OPTIONS (description = 'Files and faces that the scan could not use, by engine and reason. [$digest]')
AS
WITH lacking AS (
  SELECT
    engine,
    CASE outcome WHEN 'rejected' THEN 'file' WHEN 'error' THEN 'error' ELSE 'part' END AS what,
    IFNULL(reason, 'no reason given') AS why,
    scanned_at AS seen_at,
    sha256
  FROM facewarden_biometrics.scan
  WHERE outcome IN ('rejected', 'error') OR reason IS NOT NULL
  UNION ALL
  SELECT engine, 'face' AS what, reason AS why, detected_at AS seen_at, sha256
  FROM facewarden_biometrics.face
  WHERE reason IS NOT NULL
),
alike AS (
  SELECT engine, what, REGEXP_REPLACE(why, r'[0-9]+([.][0-9]+)?', 'N') AS reason, why, seen_at, sha256
  FROM lacking
)
SELECT
  engine,
  what,
  reason,
  COUNT(*) AS times,
  MIN(seen_at) AS first_at,
  MAX(seen_at) AS last_at,
  ARRAY_AGG(sha256 ORDER BY seen_at DESC, sha256 LIMIT 1)[OFFSET(0)] AS sha256,
  ARRAY_AGG(why ORDER BY seen_at DESC, sha256 LIMIT 1)[OFFSET(0)] AS example
FROM alike
GROUP BY engine, what, reason;
