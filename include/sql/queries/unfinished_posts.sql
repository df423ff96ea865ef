-- Which posts of a gallery are to be tried again, wherever they stand on its list by now? Those that a block, a fault or a
-- video still being encoded kept from us; the ones not looked at for longest first. Looks that came before @since are not
-- read, and a post last looked at before then is given up. So is one that failed @tries times since it was last published,
-- or since a run got on with it; a block is not its fault and does not count, nor does a run that never came to it. One of
-- so many files that it goes on in run after run does so four times @tries at most. Besides: posts that were read without a
-- kind of media that is asked for now.
-- @kinds is ARRAY<STRING>
-- Use: rows(bq, "queries/unfinished_posts", {"platform": "dcinside", "gallery": "demo", "since": datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC), "most": 200, "tries": 10, "kinds": ["image"]})
WITH outcome AS (
  SELECT
    post_no,
    status IN ('incomplete', 'unreachable', 'unreadable') AS failed,
    IFNULL(reason, '') AS reason,
    seen_at,
    MAX(IF(status = 'published', seen_at, NULL)) OVER (PARTITION BY post_no) AS published_at,
    MAX(IF(status = 'published' OR STARTS_WITH(reason, 'goes on: '), seen_at, NULL)) OVER (PARTITION BY post_no)
      AS got_on_at
  FROM facewarden.post_outcome
  -- What is to come was written by a clock that ran ahead.
  WHERE platform = @platform AND gallery = @gallery AND seen_at >= @since AND seen_at <= CURRENT_TIMESTAMP()
),
tried AS (
  SELECT
    post_no,
    COUNTIF(
      failed AND seen_at > IFNULL(got_on_at, TIMESTAMP '1970-01-01')
      AND reason NOT LIKE '%blocks us%' AND NOT STARTS_WITH(reason, 'not begun: ')
    ) AS times,
    COUNTIF(STARTS_WITH(reason, 'goes on: ') AND seen_at > IFNULL(published_at, TIMESTAMP '1970-01-01')) AS went_on
  FROM outcome
  GROUP BY post_no
)
SELECT post.post_no, post.post_url, post.posted_at
FROM facewarden.post AS post
LEFT JOIN tried ON tried.post_no = post.post_no
WHERE post.platform = @platform AND post.gallery = @gallery
  AND (
    (
      post.status IN ('blocked', 'unreachable', 'incomplete', 'unreadable') AND post.seen_at >= @since
      AND IFNULL(tried.times, 0) < @tries AND IFNULL(tried.went_on, 0) < 4 * @tries
    )
    OR (
      post.status = 'published'
      AND (SELECT COUNT(*) FROM UNNEST(@kinds) AS wanted WHERE wanted IN UNNEST(post.kinds)) < ARRAY_LENGTH(@kinds)
    )
  )
ORDER BY LEAST(post.seen_at, CURRENT_TIMESTAMP()), post.post_no
LIMIT @most;
