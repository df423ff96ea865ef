-- What does an evidence page say, in rows? One row a subject, sighting and copy: each post that shows the file of the
-- sighting (copy is 'same'), and each that shows a near-duplicate of it by perceptual hash (copy is 'near', copy_bits of
-- 256 differ: a hint to look there, and no proof that it is the picture, or the face). Only of live subjects; of each
-- file only what the newest engine saw (superseded in match_in_media). Near-duplicates of what was rejected are left out.
-- rank: of a subject's sightings by fewest expected false matches, then by distance. candidate: the post in which the file
-- was first published; a page shows the sightings of one candidate together, since several pictures of one post are more
-- support for one candidate and no proofs of their own.
-- Comparing hashes is each sighting's file, of the first 400 of a subject, against every stored picture: ask for a few subjects. Of nearly all pairs two
-- numbers made beforehand (104 of the bits) say that they are too far apart, forty times quicker than the whole hash.
-- Use: SELECT rank, state, post_url, copy FROM facewarden_biometrics.evidence WHERE subject_id = @subject_id ORDER BY rank
CREATE OR REPLACE VIEW facewarden_biometrics.evidence
OPTIONS (description = 'What evidence pages say: one row a live subject, sighting and post that shows it. [$digest]')
AS
WITH shown AS (
  SELECT
    live.label,
    m.*,
    DENSE_RANK() OVER (
      PARTITION BY m.subject_id
      ORDER BY IFNULL(m.expected_false_matches, CAST('inf' AS FLOAT64)), m.distance, m.face_id
    ) AS rank,
    FIRST_VALUE(IFNULL(m.post_url, m.sha256)) OVER (
      PARTITION BY m.subject_id, m.sha256
      ORDER BY IFNULL(m.posted_at, TIMESTAMP '9999-01-01'), m.media_id
    ) AS candidate
  FROM facewarden_biometrics.match_in_media AS m
  JOIN facewarden_biometrics.live_subject AS live ON live.subject_id = m.subject_id
  WHERE NOT m.superseded
),
sighting AS (
  SELECT *
  FROM shown
  WHERE state != 'rejected' AND rank <= 400
  QUALIFY ROW_NUMBER() OVER (PARTITION BY subject_id, face_id ORDER BY media_id) = 1
),
look AS (
  SELECT
    sha256,
    MAX(phash) AS phash,
    MAX(SAFE_CAST(CONCAT('0x', SUBSTR(phash, 1, 13)) AS INT64)) AS head,
    MAX(SAFE_CAST(CONCAT('0x', SUBSTR(phash, 14, 13)) AS INT64)) AS middle
  FROM facewarden.media
  WHERE file_path IS NOT NULL AND phash_quality >= 50
  GROUP BY sha256
),
near AS (
  SELECT s.*, other.sha256 AS copy_sha256, facewarden.phash_distance(own.phash, other.phash) AS copy_bits
  FROM sighting AS s
  JOIN look AS own ON own.sha256 = s.sha256
  JOIN look AS other ON other.sha256 != own.sha256
  WHERE
    0 + BIT_COUNT(own.head ^ other.head) + BIT_COUNT(own.middle ^ other.middle) <= 31
    AND facewarden.phash_distance(own.phash, other.phash) <= 31
)
SELECT
  shown.* EXCEPT (media_id, file_name, fetched_at, post_url, title, posted_at, platform, gallery, post_no, post_status),
  IF(shown.media_id IS NULL, NULL, 'same') AS copy,
  0 AS copy_bits,
  shown.sha256 AS copy_sha256,
  shown.media_id,
  shown.file_name,
  shown.fetched_at AS seen_at,
  shown.post_url,
  shown.title,
  shown.posted_at,
  shown.post_status,
  shown.platform,
  shown.gallery,
  shown.post_no
FROM shown
UNION ALL
SELECT
  near.* EXCEPT (
    media_id, file_name, fetched_at, post_url, title, posted_at, platform, gallery, post_no, post_status, copy_sha256,
    copy_bits
  ),
  'near',
  near.copy_bits,
  near.copy_sha256,
  p.media_id,
  p.file_name,
  p.fetched_at,
  p.post_url,
  post.title,
  post.posted_at,
  post.status,
  p.platform,
  p.gallery,
  p.post_no
FROM near
JOIN facewarden.media AS p ON p.sha256 = near.copy_sha256
LEFT JOIN facewarden.post AS post
  ON post.platform = p.platform AND post.gallery = p.gallery AND post.post_no = p.post_no;
