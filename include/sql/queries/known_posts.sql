-- Which posts of a gallery are known and need not be fetched again? Those that were there when last seen.
-- Use: rows(bq, "queries/known_posts", {"platform": "dcinside", "gallery": "demo"})
SELECT post_no
FROM facewarden.post
WHERE platform = @platform AND gallery = @gallery AND status = 'published'
ORDER BY post_no;
