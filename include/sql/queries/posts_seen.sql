-- Which posts have been crawled, whatever came of it?
-- Used by the demo: rows(bq, "queries/posts_seen", {})
SELECT platform, gallery, post_no, status
FROM facewarden.post
ORDER BY platform, gallery, post_no
