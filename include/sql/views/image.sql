-- Which pictures are in the lake, and from which posts? Only stored files: what was rejected is in facewarden.media.
-- Use: SELECT img_file_name, post_url FROM facewarden.image WHERE post_date >= TIMESTAMP '2024-01-01'
CREATE OR REPLACE VIEW facewarden.image
OPTIONS (description = 'Stored pictures: file name, post, date, address in the lake. [$digest]')
AS
SELECT file_name AS img_file_name, post_url, post_date, file_path
FROM facewarden.media
WHERE kind = 'image' AND file_path IS NOT NULL;
