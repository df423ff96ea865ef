-- Which files were posted more than once? One row a content (sha256) that is stored from two posts or more.
--   copies       pictures or videos that are this very file, by the post and place in it
--   posts, galleries, platforms    in how many different ones it stands
--   first_posted_at, last_posted_at    by the site's own clock; NULL where no page said
--   first_fetched_at, last_fetched_at  by ours
--   file_path    where the bytes are: once in the lake, whatever was posted
-- Only equal bytes count. What was scaled or saved anew is another file: queries/near_duplicates finds it by its look.
-- It reads the columns named here of all of media (partitioned by fetched_at): about 300 bytes a row.
-- Use: SELECT file_path, posts FROM facewarden.duplicates ORDER BY posts DESC LIMIT 20
CREATE OR REPLACE VIEW facewarden.duplicates
OPTIONS (description = 'Files that stand in more than one post, one row a content. [$digest]')
AS
SELECT
  sha256,
  MIN(kind) AS kind,
  MIN(type) AS type,
  MIN(size) AS size,
  COUNT(*) AS copies,
  COUNT(DISTINCT CONCAT(platform, '/', gallery, '/', CAST(post_no AS STRING))) AS posts,
  COUNT(DISTINCT CONCAT(platform, '/', gallery)) AS galleries,
  COUNT(DISTINCT platform) AS platforms,
  MIN(post_date) AS first_posted_at,
  MAX(post_date) AS last_posted_at,
  MIN(fetched_at) AS first_fetched_at,
  MAX(fetched_at) AS last_fetched_at,
  MIN(file_path) AS file_path
FROM facewarden.media
WHERE file_path IS NOT NULL AND sha256 IS NOT NULL
GROUP BY sha256
HAVING COUNT(DISTINCT CONCAT(platform, '/', gallery, '/', CAST(post_no AS STRING))) > 1;
