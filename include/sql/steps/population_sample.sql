-- Whose faces stand for the population? Those drawn by the hash of the face_id, so that two runs draw the same. How many of
-- one person may stay, and what is learned from them, is counted outside of SQL, where nothing of it is kept.
-- Use: steps.write("population_sample", …), of include/matching/population.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
SELECT face_id, embedding, ROW_NUMBER() OVER (ORDER BY facewarden_biometrics.face_share(face_id), face_id) AS place
FROM facewarden_biometrics.face
WHERE engine = @engine AND ARRAY_LENGTH(embedding) = @dimensions AND facewarden_biometrics.face_share(face_id) < @share
QUALIFY place <= @most;
