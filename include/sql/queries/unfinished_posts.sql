-- Which posts of a gallery are to be tried again, wherever they stand on its list by now? Those that a block, a fault or a
-- video still being encoded kept from us; the ones not looked at for longest first.
-- Use: rows(bq, "queries/unfinished_posts", {"platform": "dcinside", "gallery": "demo", "most": 200})
SELECT post_no, post_url, posted_at
FROM facewarden.post
WHERE platform = @platform AND gallery = @gallery AND status IN ('blocked', 'unreachable', 'incomplete')
ORDER BY seen_at, post_no
LIMIT @most;
