-- Which posts of a gallery are known and need not be fetched again? Those that were there when last seen, with nothing
-- left out of the kinds that are asked for.
-- Use: rows(bq, "queries/known_posts", {"platform": "dcinside", "gallery": "demo", "kinds": ["image", "video"]})
SELECT post_no
FROM facewarden.post
WHERE platform = @platform AND gallery = @gallery AND status = 'published'
  AND (SELECT COUNT(*) FROM UNNEST(@kinds) AS wanted WHERE wanted IN UNNEST(kinds)) = ARRAY_LENGTH(@kinds)
ORDER BY post_no;
