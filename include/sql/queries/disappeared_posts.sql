-- Which posts have disappeared since @since? Those that a crawl saw on the site and a later one found deleted.
-- deleted_at is when that was found first, so it happened between published_at (when it was last seen) and then.
-- Use: rows(bq, "queries/disappeared_posts", {"since": datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)})
WITH sight AS (
  SELECT
    platform,
    gallery,
    post_no,
    status,
    seen_at,
    MAX(IF(status IN ('published', 'incomplete'), seen_at, NULL)) OVER (PARTITION BY platform, gallery, post_no)
      AS published_at
  FROM facewarden.post_outcome
),
gone AS (
  SELECT platform, gallery, post_no, published_at, MIN(seen_at) AS deleted_at
  FROM sight
  WHERE status = 'deleted' AND seen_at > published_at
  GROUP BY platform, gallery, post_no, published_at
)
SELECT
  gone.platform, gone.gallery, gone.post_no, post.post_url, post.title, post.posted_at, gone.published_at, gone.deleted_at
FROM gone
LEFT JOIN facewarden.post AS post
  ON post.platform = gone.platform AND post.gallery = gone.gallery AND post.post_no = gone.post_no
WHERE gone.deleted_at >= @since
ORDER BY gone.deleted_at, gone.platform, gone.gallery, gone.post_no;
