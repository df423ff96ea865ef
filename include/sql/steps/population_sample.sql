-- Whose faces stand for the population? A sample drawn by the hash of the face_id, so that two runs draw the same. Of one
-- person at most @most_a_person faces: half of a gallery may be one woman, and what all faces share must not be her face.
-- Who lies within @link of one another counts as one person; `worth` is one divided by how many there are of them.
-- Use: steps.write("population_sample", …), of include/matching/population.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH drawn AS (
  SELECT face_id, embedding, ROW_NUMBER() OVER (ORDER BY facewarden_biometrics.face_share(face_id), face_id) AS place
  FROM facewarden_biometrics.face
  WHERE engine = @engine AND ARRAY_LENGTH(embedding) = @dimensions AND facewarden_biometrics.face_share(face_id) < @share
  QUALIFY place <= @most
),
link AS (
  SELECT a.place AS face, b.place AS other
  FROM drawn AS a
  JOIN drawn AS b ON b.place < a.place
  WHERE EUCLIDEAN_DISTANCE(a.embedding, b.embedding) <= @link
),
earlier AS (SELECT face AS place, COUNT(*) AS faces FROM link GROUP BY face),
later AS (SELECT other AS place, COUNT(*) AS faces FROM link GROUP BY other)
SELECT
  drawn.place, drawn.face_id,
  1 / (1 + LEAST(IFNULL(earlier.faces, 0) + IFNULL(later.faces, 0), @most_a_person - 1)) AS worth,
  drawn.embedding
FROM drawn
LEFT JOIN earlier ON earlier.place = drawn.place
LEFT JOIN later ON later.place = drawn.place
WHERE IFNULL(earlier.faces, 0) < @most_a_person;
