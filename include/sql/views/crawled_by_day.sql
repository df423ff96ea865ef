-- What was crawled, by gallery and day? One row a platform, gallery and day (of Seoul) on which anything was read or
-- fetched.
--   posts        looked at that day, each once however often; of these, by what the day's last look found:
--                posts_published, posts_deleted, and posts_waiting, which will be read again (incomplete, blocked,
--                unreachable, unreadable). The rest is closed, adult, secret, moved or disallowed.
--   media        pictures and videos in posts, fetched or given up that day: stored and rejected add up to it.
--   images, videos, bytes   of the stored ones. A file counts once for each post that shows it; the lake has it once.
-- What was rejected and could be stored later moves to the day on which it was stored.
-- Its tables are partitioned by seen_at and fetched_at, by the month. A WHERE on day, which is Seoul's, is not promised
-- to leave a partition out: expect about 200 bytes for each row of media and 100 for each of post_outcome.
-- Use: SELECT * FROM facewarden.crawled_by_day WHERE day >= '2026-01-01' ORDER BY day DESC, gallery
CREATE OR REPLACE VIEW facewarden.crawled_by_day
OPTIONS (description = 'Posts looked at and media fetched, one row a gallery and day (of Seoul). [$digest]')
AS
WITH last_look AS (
  SELECT platform, gallery, DATE(seen_at, 'Asia/Seoul') AS day, status
  FROM facewarden.post_outcome
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY platform, gallery, post_no, DATE(seen_at, 'Asia/Seoul') ORDER BY seen_at DESC, run_key DESC
  ) = 1
),
looked AS (
  SELECT
    platform,
    gallery,
    day,
    COUNT(*) AS posts,
    COUNTIF(status = 'published') AS posts_published,
    COUNTIF(status = 'deleted') AS posts_deleted,
    COUNTIF(status IN ('incomplete', 'blocked', 'unreachable', 'unreadable')) AS posts_waiting
  FROM last_look
  GROUP BY platform, gallery, day
),
fetched AS (
  SELECT
    platform,
    gallery,
    DATE(fetched_at, 'Asia/Seoul') AS day,
    COUNT(*) AS media,
    COUNTIF(file_path IS NOT NULL) AS stored,
    COUNTIF(file_path IS NOT NULL AND kind = 'image') AS images,
    COUNTIF(file_path IS NOT NULL AND kind = 'video') AS videos,
    COUNTIF(file_path IS NULL) AS rejected,
    SUM(IF(file_path IS NOT NULL, size, 0)) AS bytes
  FROM facewarden.media
  GROUP BY platform, gallery, day
)
SELECT
  platform,
  gallery,
  day,
  IFNULL(looked.posts, 0) AS posts,
  IFNULL(looked.posts_published, 0) AS posts_published,
  IFNULL(looked.posts_deleted, 0) AS posts_deleted,
  IFNULL(looked.posts_waiting, 0) AS posts_waiting,
  IFNULL(fetched.media, 0) AS media,
  IFNULL(fetched.stored, 0) AS stored,
  IFNULL(fetched.images, 0) AS images,
  IFNULL(fetched.videos, 0) AS videos,
  IFNULL(fetched.rejected, 0) AS rejected,
  IFNULL(fetched.bytes, 0) AS bytes
FROM looked
FULL JOIN fetched USING (platform, gallery, day);
