-- Which stored pictures look like this file, nearest first? The file itself is among them, at 0, wherever it was posted.
-- @distance is how many of 256 bits may differ; 31 is usual for PDQ. Pictures with little to see (quality below 50) are
-- left out on both sides: their hashes come near to one another by chance. A near one is a hint, and no proof.
-- Use: rows(bq, "queries/near_duplicates", {"sha256": "…", "distance": 31})
WITH given AS (
  SELECT ANY_VALUE(phash) AS phash
  FROM facewarden.media
  WHERE sha256 = @sha256 AND phash_quality >= 50
),
measured AS (
  SELECT m.*, facewarden.phash_distance(m.phash, given.phash) AS distance
  FROM facewarden.media AS m
  CROSS JOIN given
  WHERE m.file_path IS NOT NULL AND m.phash_quality >= 50
)
SELECT *
FROM measured
WHERE distance <= CAST(@distance AS INT64)
ORDER BY distance, media_id;
