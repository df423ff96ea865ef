-- Which videos are in the lake, and from which posts? Only stored files: what was rejected is in facewarden.media.
-- Use: SELECT videofile_name, post_url FROM facewarden.video WHERE post_date >= TIMESTAMP '2024-01-01'
CREATE OR REPLACE VIEW facewarden.video
OPTIONS (description = 'Stored videos: file name, post, date, address in the lake. [$digest]')
AS
SELECT file_name AS videofile_name, post_url, post_date, file_path
FROM facewarden.media
WHERE kind = 'video' AND file_path IS NOT NULL;
