-- Which pictures and videos of these posts are known, stored or rejected? None of them was fetched before @since, so older
-- months need not be read.
-- @post_nos is ARRAY<INT64>
-- Use: rows(bq, "queries/known_media", {"platform": "dcinside", "gallery": "demo", "since": BEGINNING, "post_nos": [1, 2]})
SELECT
  post_no, kind, ordinal, media_id, file_name, source_url, file_path, sha256, phash, phash_quality, type, size, rejected
FROM facewarden.media
WHERE fetched_at >= @since
  AND kind IN ('image', 'video')  -- the first of what the table is clustered by
  AND platform = @platform AND gallery = @gallery AND post_no IN UNNEST(@post_nos)
ORDER BY post_no, kind, ordinal;
