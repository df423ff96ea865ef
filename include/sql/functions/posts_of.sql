-- In which posts is this subject to be seen, the best candidate first, and what is left to decide? See match_in_post.
-- The argument is not named subject_id: inside the body that would be the column, and every row would be given.
-- Use: SELECT post_url, state, expected_false_matches FROM facewarden_biometrics.posts_of('SUBJECT') ORDER BY rank
CREATE OR REPLACE TABLE FUNCTION facewarden_biometrics.posts_of(wanted STRING)
OPTIONS (description = 'Posts in which one subject is to be seen, ranked, with what was decided. [$digest]')
AS
SELECT
  subject_id,
  rank,
  state,
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
FROM facewarden_biometrics.match_in_post
WHERE subject_id = wanted;
