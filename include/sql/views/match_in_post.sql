-- In which posts is each subject to be seen, and what is left to decide? One row a subject and post, ranked.
-- A post is one candidate however many of its pictures resemble the subject: they add support (sightings, files), but
-- no proof of their own, or one look-alike with eight photographs would be eight. So its distance and its expected false
-- matches are those of its best sighting that was not rejected, and are never multiplied.
-- state: confirmed if any sighting is, open if any is, rejected when all are. Only while the subject's consent holds.
-- rank: by fewest expected false matches, then by distance; what is rejected comes last.
-- Use: SELECT post_url, state FROM facewarden_biometrics.match_in_post WHERE subject_id = @subject_id ORDER BY rank
CREATE OR REPLACE VIEW facewarden_biometrics.match_in_post
OPTIONS (description = 'Posts in which live subjects are to be seen, ranked, with what was decided. [$digest]')
AS
WITH sighting AS (
  SELECT
    m.*,
    m.state != 'rejected' OR COUNTIF(m.state != 'rejected') OVER (
      PARTITION BY m.subject_id, m.platform, m.gallery, m.post_no
    ) = 0 AS counts
  FROM facewarden_biometrics.match_in_media AS m
  JOIN facewarden_biometrics.live_subject AS live ON live.subject_id = m.subject_id
  WHERE NOT m.superseded AND m.media_id IS NOT NULL
),
candidate AS (
  SELECT
    subject_id,
    platform,
    gallery,
    post_no,
    MAX(post_url) AS post_url,
    MAX(title) AS title,
    MAX(posted_at) AS posted_at,
    MAX(post_status) AS post_status,
    MIN(fetched_at) AS first_seen_at,
    COUNT(DISTINCT face_id) AS sightings,
    COUNT(DISTINCT sha256) AS files,
    COUNT(DISTINCT IF(state = 'open', face_id, NULL)) AS still_open,
    COUNT(DISTINCT IF(state = 'confirmed', face_id, NULL)) AS confirmed,
    COUNT(DISTINCT IF(state = 'rejected', face_id, NULL)) AS rejected,
    IF(COUNTIF(counts AND band = 'likely') > 0, 'likely', 'possible') AS band,
    MIN(IF(counts, distance, NULL)) AS distance,
    MIN(IF(counts, expected_false_matches, NULL)) AS expected_false_matches,
    MAX(warning) AS warning
  FROM sighting
  GROUP BY subject_id, platform, gallery, post_no
)
SELECT
  subject_id,
  ROW_NUMBER() OVER (
    PARTITION BY subject_id
    ORDER BY
      IF(confirmed + still_open > 0, 0, 1), IFNULL(expected_false_matches, CAST('inf' AS FLOAT64)), distance, platform,
      gallery, post_no
  ) AS rank,
  CASE WHEN confirmed > 0 THEN 'confirmed' WHEN still_open > 0 THEN 'open' ELSE 'rejected' END AS state,
  band,
  distance,
  expected_false_matches,
  sightings,
  files,
  still_open,
  confirmed,
  rejected,
  post_url,
  title,
  posted_at,
  first_seen_at,
  post_status,
  platform,
  gallery,
  post_no,
  warning
FROM candidate;
