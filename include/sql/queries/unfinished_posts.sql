-- Which posts of a gallery are to be tried again, wherever they stand on its list by now? Those that a block, a fault or a
-- video still being encoded kept from us; the ones not looked at for longest first. One that failed @tries times since it
-- was last published is given up; a block is not its fault and does not count. Besides: those that were read without a
-- kind of media that is asked for now.
-- @kinds is ARRAY<STRING>
-- Use: rows(bq, "queries/unfinished_posts", {"platform": "dcinside", "gallery": "demo", "most": 200, "tries": 10, "kinds": ["image"]})
WITH outcome AS (
  SELECT
    post_no,
    status,
    reason,
    seen_at,
    MAX(IF(status = 'published', seen_at, NULL)) OVER (PARTITION BY post_no) AS published_at
  FROM facewarden.post_outcome
  WHERE platform = @platform AND gallery = @gallery
),
failed AS (
  SELECT post_no, COUNT(*) AS times
  FROM outcome
  WHERE status IN ('incomplete', 'unreachable', 'unreadable') AND (published_at IS NULL OR seen_at > published_at)
    AND IFNULL(reason, '') NOT LIKE '%blocks us%'
  GROUP BY post_no
)
SELECT post.post_no, post.post_url, post.posted_at
FROM facewarden.post AS post
LEFT JOIN failed ON failed.post_no = post.post_no
WHERE post.platform = @platform AND post.gallery = @gallery
  AND (
    (post.status IN ('blocked', 'unreachable', 'incomplete', 'unreadable') AND IFNULL(failed.times, 0) < @tries)
    OR (
      post.status = 'published'
      AND (SELECT COUNT(*) FROM UNNEST(@kinds) AS wanted WHERE wanted IN UNNEST(post.kinds)) < ARRAY_LENGTH(@kinds)
    )
  )
ORDER BY post.seen_at, post.post_no
LIMIT @most;
