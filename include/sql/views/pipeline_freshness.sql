-- How far is each stage behind the one before it? One row for the crawl; one an engine for the scan, and for the match.
--   stage        crawl, scan or match
--   engine       NULL for the crawl, and for a stage that has never run
--   last_at      when the stage last did something; NULL for never
--   waiting      how much is there for it to do
--   waiting_for  of what: posts to read again; files to scan (never scanned by this engine, or in error); subjects to
--                search for (their consent holds, they have photographs of this engine, and faces or photographs came
--                after their last search)
-- An engine that is no longer in use stays for as long as its rows, ever further behind: its last_at tells. Moments are
-- those of the work, not of its publication: what was scanned while a search ran may count as searched until the
-- next scan; search.faces has how many faces there really were.
-- It reads sha256 and file_path of all of media (partitioned by fetched_at), and short columns of post, scan (by
-- scanned_at), search (by searched_at) and reference, never an embedding: about 250 bytes for each row of media.
-- Use: SELECT * FROM facewarden_biometrics.pipeline_freshness ORDER BY stage, engine
CREATE OR REPLACE VIEW facewarden_biometrics.pipeline_freshness
OPTIONS (description = 'When each stage last ran and how much waits for it, by engine. [$digest]')
AS
WITH stored AS (
  SELECT DISTINCT sha256
  FROM facewarden.media
  WHERE file_path IS NOT NULL AND sha256 IS NOT NULL
),
scanned AS (
  SELECT
    scan.engine,
    MAX(scan.scanned_at) AS last_at,
    MAX(IF(scan.faces > 0, scan.scanned_at, NULL)) AS last_face_at,
    COUNTIF(stored.sha256 IS NOT NULL AND scan.outcome != 'error') AS settled
  FROM facewarden_biometrics.scan AS scan
  LEFT JOIN stored ON stored.sha256 = scan.sha256
  GROUP BY scan.engine
),
searchable AS (
  SELECT reference.engine, reference.subject_id, MAX(reference.enrolled_at) AS last_reference_at
  FROM facewarden_biometrics.reference AS reference
  JOIN facewarden_biometrics.live_subject AS live ON live.subject_id = reference.subject_id
  GROUP BY reference.engine, reference.subject_id
),
last_search AS (
  SELECT engine, subject_id, MAX(searched_at) AS searched_at
  FROM facewarden_biometrics.search
  GROUP BY engine, subject_id
),
behind AS (
  SELECT
    searchable.engine,
    last_search.searched_at IS NULL
      OR last_search.searched_at < searchable.last_reference_at
      OR last_search.searched_at < IFNULL(scanned.last_face_at, last_search.searched_at) AS waits
  FROM searchable
  LEFT JOIN last_search
    ON last_search.engine = searchable.engine AND last_search.subject_id = searchable.subject_id
  LEFT JOIN scanned ON scanned.engine = searchable.engine
),
matching AS (
  SELECT engine, MAX(last_at) AS last_at, SUM(waiting) AS waiting
  FROM (
    SELECT engine, searched_at AS last_at, 0 AS waiting FROM last_search
    UNION ALL
    SELECT engine, CAST(NULL AS TIMESTAMP) AS last_at, IF(waits, 1, 0) AS waiting FROM behind
  )
  GROUP BY engine
)
SELECT
  'crawl' AS stage,
  CAST(NULL AS STRING) AS engine,
  (SELECT MAX(seen_at) FROM facewarden.gallery) AS last_at,
  COUNT(*) AS waiting,
  'posts to read again' AS waiting_for
FROM facewarden.post
WHERE status IN ('incomplete', 'blocked', 'unreachable', 'unreadable')
UNION ALL
SELECT 'scan', engine, last_at, (SELECT COUNT(*) FROM stored) - settled, 'files to scan'
FROM scanned
UNION ALL
SELECT 'scan', NULL, NULL, (SELECT COUNT(*) FROM stored), 'files to scan'
FROM (SELECT COUNT(*) AS engines FROM scanned)
WHERE engines = 0
UNION ALL
SELECT 'match', engine, last_at, waiting, 'subjects to search for'
FROM matching
UNION ALL
SELECT 'match', NULL, NULL, 0, 'subjects to search for'
FROM (SELECT COUNT(*) AS engines FROM matching)
WHERE engines = 0;
