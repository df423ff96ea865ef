-- GOOGLE ONLY: the vector index behind similar_faces, where FACEWARDEN_SEARCH is `vector_index`. It needs 5,000 faces and
-- 10 MB at least, one length of vector in the whole table, and an edition that has indexes (not Standard); Google keeps it
-- up to date by itself. It is worth its price above about ten million faces. `engine` is stored in it, to be filtered by.
-- Used by prepare_warehouse, which makes it once: include/warehouse/definitions.py
CREATE VECTOR INDEX IF NOT EXISTS face_embedding
ON facewarden_biometrics.face(embedding)
STORING (engine, face_id, sha256, at_ms, track)
OPTIONS (index_type = 'IVF', distance_type = 'EUCLIDEAN');
