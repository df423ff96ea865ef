-- Between which moments were all posts of a gallery listed, without a gap? One row, or none before the first full crawl.
-- Use: rows(bq, "queries/galleries_covered", {"platform": "dcinside", "gallery": "demo"})
SELECT covered_from, covered_to
FROM facewarden.gallery
WHERE platform = @platform AND gallery = @gallery AND covered_from IS NOT NULL AND covered_to IS NOT NULL;
