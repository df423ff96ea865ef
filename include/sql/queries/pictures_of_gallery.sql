-- Which pictures of this gallery are in the lake?
-- Use: rows(bq, "queries/pictures_of_gallery", {"platform": "dcinside", "gallery": "demo"})
-- With download_media: query pictures_of_gallery, and the same values as query_params.
SELECT media_id, file_path, file_name, post_url, post_date
FROM facewarden.media
WHERE platform = @platform AND gallery = @gallery AND kind = 'image' AND file_path IS NOT NULL
ORDER BY post_no, ordinal;
