-- Between which moments were all posts of a gallery listed, without a gap, and when was its list last looked at? One row,
-- or none before the first crawl; without a stretch before the first full one. A moment to come was written by a clock that
-- ran ahead, and does not count.
-- Use: rows(bq, "queries/galleries_covered", {"platform": "dcinside", "gallery": "demo"})
SELECT
  IF(covered_to <= CURRENT_TIMESTAMP(), covered_from, NULL) AS covered_from,
  IF(covered_from IS NOT NULL AND covered_to <= CURRENT_TIMESTAMP(), covered_to, NULL) AS covered_to,
  LEAST(seen_at, CURRENT_TIMESTAMP()) AS seen_at
FROM facewarden.gallery
WHERE platform = @platform AND gallery = @gallery;
