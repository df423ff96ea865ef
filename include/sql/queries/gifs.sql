-- Which stored pictures are GIFs? The first question of the old projects.
-- Use: rows(bq, "queries/gifs", {})
-- With download_media: query gifs.
SELECT file_path, img_file_name, post_url, post_date
FROM facewarden.image
WHERE file_path LIKE '%.gif'
ORDER BY post_url, img_file_name;
