-- What could not be taken from the site, and why? One row a platform, gallery, what and reason, as things stand now.
--   what         media: a picture or video that is not in the lake. post: a post that is not published, or not wholly.
--   reason       why; of a post its status, with the crawl's own words behind it. N stands for any number, so that what
--                differs only in a size or a count is one row.
--   times        how many files, or posts
--   first_seen_at, last_seen_at    when
--   post_url, example    the post that was seen last, to look at, and its very reason
-- A deleted post is here too: that is no fault, but it is not to be had either. What the scan could not use of what is in
-- the lake is in the view scan_rejects, of the restricted dataset.
-- It reads post_outcome (partitioned by seen_at) and media (by fetched_at) whole, in a few short columns.
-- Use: SELECT * FROM facewarden.rejects WHERE what = 'media' ORDER BY times DESC
CREATE OR REPLACE VIEW facewarden.rejects
OPTIONS (description = 'Media and posts that could not be taken, by gallery and reason. [$digest]')
AS
WITH newest AS (
  SELECT platform, gallery, post_no, status, reason
  FROM facewarden.post_outcome
  QUALIFY ROW_NUMBER() OVER (PARTITION BY platform, gallery, post_no ORDER BY seen_at DESC, run_key DESC) = 1
),
lacking AS (
  SELECT platform, gallery, 'media' AS what, rejected AS why, fetched_at AS seen_at, post_url
  FROM facewarden.media
  WHERE file_path IS NULL
  UNION ALL
  SELECT
    post.platform, post.gallery, 'post' AS what,
    CONCAT(post.status, IFNULL(CONCAT(': ', newest.reason), '')) AS why,
    post.seen_at, post.post_url
  FROM facewarden.post AS post
  LEFT JOIN newest
    ON newest.platform = post.platform AND newest.gallery = post.gallery AND newest.post_no = post.post_no
    AND newest.status = post.status
  WHERE post.status != 'published'
),
alike AS (
  SELECT
    platform, gallery, what, REGEXP_REPLACE(why, r'[0-9]+([.][0-9]+)?', 'N') AS reason, why, seen_at, post_url
  FROM lacking
)
SELECT
  platform,
  gallery,
  what,
  reason,
  COUNT(*) AS times,
  MIN(seen_at) AS first_seen_at,
  MAX(seen_at) AS last_seen_at,
  ARRAY_AGG(post_url ORDER BY seen_at DESC, post_url LIMIT 1)[OFFSET(0)] AS post_url,
  ARRAY_AGG(why ORDER BY seen_at DESC, post_url LIMIT 1)[OFFSET(0)] AS example
FROM alike
GROUP BY platform, gallery, what, reason;
