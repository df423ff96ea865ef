-- How fresh is what we know of each gallery? One row a gallery, also one of which only single posts were read (then
-- status and looked_at are NULL).
--   status       what its list was when it was last looked at: open, closed, gone, blocked, …
--   looked_at, hours_ago    when that was, and how long ago
--   covered_from, covered_to    between these every post was listed; NULL before the first full crawl
--   newest_post_at    when the newest post that we know was published
--   posts, posts_published     how many we know; how many of them are wholly there
--   posts_waiting     how many will be read again, and of these: incomplete, blocked, unreachable, unreadable
-- A gallery that is looked at every day and has no newer post may be quiet, or its list may have changed its looks: see
-- rejects. It reads post and gallery whole (neither is partitioned), in short columns.
-- Use: SELECT gallery, hours_ago, posts_waiting FROM facewarden.gallery_freshness ORDER BY hours_ago DESC
CREATE OR REPLACE VIEW facewarden.gallery_freshness
OPTIONS (description = 'When each gallery was last looked at, what is covered and what waits. [$digest]')
AS
WITH known AS (
  SELECT
    platform,
    gallery,
    MAX(posted_at) AS newest_post_at,
    COUNT(*) AS posts,
    COUNTIF(status = 'published') AS posts_published,
    COUNTIF(status = 'incomplete') AS incomplete,
    COUNTIF(status = 'blocked') AS blocked,
    COUNTIF(status = 'unreachable') AS unreachable,
    COUNTIF(status = 'unreadable') AS unreadable
  FROM facewarden.post
  GROUP BY platform, gallery
)
SELECT
  platform,
  gallery,
  place.status,
  place.seen_at AS looked_at,
  TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), place.seen_at, HOUR) AS hours_ago,
  place.covered_from,
  place.covered_to,
  known.newest_post_at,
  IFNULL(known.posts, 0) AS posts,
  IFNULL(known.posts_published, 0) AS posts_published,
  IFNULL(known.incomplete + known.blocked + known.unreachable + known.unreadable, 0) AS posts_waiting,
  IFNULL(known.incomplete, 0) AS incomplete,
  IFNULL(known.blocked, 0) AS blocked,
  IFNULL(known.unreachable, 0) AS unreachable,
  IFNULL(known.unreadable, 0) AS unreadable
FROM facewarden.gallery AS place
FULL JOIN known USING (platform, gallery);
