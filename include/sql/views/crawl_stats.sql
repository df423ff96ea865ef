-- What did each crawl run do, and what did it spend its time on? One row a run and platform. Seconds of a phase are added
-- up over all threads of all batches, and those of whole over all batches; share_waiting is the part of the phases that
-- was spent on waiting for the pace or after a block. A rejected file counts each time a run meets it.
-- Use: SELECT * FROM facewarden.crawl_stats ORDER BY started DESC
CREATE OR REPLACE VIEW facewarden.crawl_stats
OPTIONS (description = 'What a crawl run did and spent, one row a run and platform. [$digest]')
AS
WITH total AS (
  SELECT
    run_key,
    platform,
    name,
    SUM(value) AS value,
    -- A batch is counted when it ends: it began so many seconds earlier.
    MIN(TIMESTAMP_SUB(counted_at, INTERVAL IF(name = 'seconds.whole', CAST(value * 1000000 AS INT64), 0) MICROSECOND))
      AS started,
    MAX(counted_at) AS ended
  FROM facewarden.crawl_count
  WHERE platform != '*'
  GROUP BY run_key, platform, name
),
-- What was done once for all platforms of a run: the rows of each say so.
whole_run AS (
  SELECT run_key, SUM(value) AS seconds_load, MAX(counted_at) AS ended
  FROM facewarden.crawl_count
  WHERE platform = '*' AND name = 'seconds.load'
  GROUP BY run_key
)
SELECT
  total.run_key,
  total.platform,
  MIN(total.started) AS started,
  MAX(IFNULL(whole_run.ended, total.ended)) AS ended,
  CAST(SUM(IF(STARTS_WITH(name, 'posts.'), value, 0)) AS INT64) AS posts,
  CAST(SUM(IF(name = 'posts.published', value, 0)) AS INT64) AS posts_published,
  IFNULL(
    ARRAY_AGG(
      IF(STARTS_WITH(name, 'posts.'), STRUCT(SUBSTR(name, 7) AS status, CAST(value AS INT64) AS posts), NULL)
      IGNORE NULLS ORDER BY value DESC, name
    ),
    []
  ) AS posts_by_status,
  CAST(SUM(IF(name IN ('media.image', 'media.video'), value, 0)) AS INT64) AS media,
  CAST(SUM(IF(name = 'media.bytes', value, 0)) AS INT64) AS bytes,
  CAST(SUM(IF(name = 'objects.new', value, 0)) AS INT64) AS objects_new,
  CAST(SUM(IF(STARTS_WITH(name, 'rejected.'), value, 0)) AS INT64) AS rejected,
  IFNULL(
    ARRAY_AGG(
      IF(STARTS_WITH(name, 'rejected.'), STRUCT(SUBSTR(name, 10) AS reason, CAST(value AS INT64) AS files), NULL)
      IGNORE NULLS ORDER BY value DESC, name
    ),
    []
  ) AS rejects,
  CAST(SUM(IF(name = 'requests', value, 0)) AS INT64) AS requests,
  CAST(SUM(IF(name = 'retries', value, 0)) AS INT64) AS retries,
  CAST(SUM(IF(name = 'blocks', value, 0)) AS INT64) AS blocks,
  CAST(SUM(IF(name = 'bytes.fetched', value, 0)) AS INT64) AS bytes_fetched,
  SUM(IF(name = 'seconds.network', value, 0)) AS seconds_network,
  SUM(IF(name = 'seconds.parse', value, 0)) AS seconds_parse,
  SUM(IF(name = 'seconds.wait', value, 0)) AS seconds_wait,
  SUM(IF(name = 'seconds.backoff', value, 0)) AS seconds_backoff,
  SUM(IF(name = 'seconds.upload', value, 0)) AS seconds_upload,
  IFNULL(MAX(whole_run.seconds_load), 0) AS seconds_load,
  SUM(IF(name = 'seconds.whole', value, 0)) AS seconds_whole,
  SAFE_DIVIDE(
    SUM(IF(name IN ('seconds.wait', 'seconds.backoff'), value, 0)),
    SUM(IF(STARTS_WITH(name, 'seconds.') AND name != 'seconds.whole', value, 0))
  ) AS share_waiting
FROM total
LEFT JOIN whole_run ON whole_run.run_key = total.run_key
GROUP BY total.run_key, total.platform;
