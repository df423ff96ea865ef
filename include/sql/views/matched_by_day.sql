-- What was matched, by gallery and day? One row a platform, gallery, day of the search (of Seoul) and band; it says how
-- many subjects, and not which.
--   sightings    different sightings: a face in a picture or a track in a video that resembles a subject. One in a file
--                that stands in two galleries counts in both, so do not add galleries up.
--   posts        different posts that show one of them
--   subjects     how many different subjects they resemble
-- platform and gallery are NULL (and posts is 0) for a file that no post shows any more. These are proposals, before a
-- person looked, and what people rejected is still counted: the queries of docs/sql.md ask for verdicts.
-- It reads match (partitioned by matched_at), which is small, and four columns of media: about 150 bytes a row.
-- Use: SELECT * FROM facewarden_biometrics.matched_by_day WHERE day >= '2026-01-01' ORDER BY day DESC, gallery
CREATE OR REPLACE VIEW facewarden_biometrics.matched_by_day
OPTIONS (description = 'Sightings, posts and number of subjects, one row a gallery, day (of Seoul) and band. [$digest]')
AS
WITH place AS (
  SELECT DISTINCT sha256, platform, gallery, post_no
  FROM facewarden.media
  WHERE sha256 IS NOT NULL
)
SELECT
  place.platform,
  place.gallery,
  DATE(sighting.matched_at, 'Asia/Seoul') AS day,
  sighting.band,
  COUNT(DISTINCT CONCAT(sighting.subject_id, '/', sighting.face_id)) AS sightings,
  COUNT(DISTINCT place.post_no) AS posts,
  COUNT(DISTINCT sighting.subject_id) AS subjects
FROM facewarden_biometrics.match_now AS sighting
LEFT JOIN place ON place.sha256 = sighting.sha256
GROUP BY place.platform, place.gallery, day, sighting.band;
