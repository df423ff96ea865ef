-- Which pictures and videos of these posts are known, stored or rejected?
-- @post_nos is ARRAY<INT64>
-- Use: rows(bq, "queries/known_media", {"platform": "dcinside", "gallery": "demo", "post_nos": [1, 2]})
SELECT
  post_no, kind, ordinal, media_id, file_name, source_url, file_path, sha256, phash, phash_quality, type, size, rejected
FROM facewarden.media
WHERE platform = @platform AND gallery = @gallery AND post_no IN UNNEST(@post_nos)
ORDER BY post_no, kind, ordinal;
