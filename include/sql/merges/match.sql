-- Which faces are a live subject's? One batched query for all subjects; only matches that are not there yet.
--
-- A threshold follows from a stated false-match rate and from the population. Who stands beyond the engine's ceiling is
-- a stranger, or a face of the subject's that shows nothing of them; the subject's own faces, which may be half of a
-- gallery, are left out that way. Of the others the middle, and the spread of the far half, say where strangers end.
-- Squared distances are used because they are symmetric around that middle (they are the cosine); plain ones are skewed
-- towards the subject. A bell curve is no honest tail in a mixed population, so the engine's ceiling, measured on people
-- who look alike, is never exceeded, and an engine that has none matches nobody.
--
-- Use: match_faces(bq, run_key, None, log), of include/matching/match.py; a subject_id instead of None for one of them.
MERGE facewarden_biometrics.match AS T
USING (
  WITH
  ceiling AS (
    SELECT engine, @likely_ceilings[OFFSET(position)] AS likely, @possible_ceilings[OFFSET(position)] AS possible
    FROM UNNEST(@engines) AS engine WITH OFFSET AS position
  ),
  pair AS (
    SELECT
      template.subject_id, face.face_id, face.sha256, face.engine,
      facewarden_biometrics.face_distance(face.embedding, template.embedding) AS distance
    FROM facewarden_biometrics.face AS face
    JOIN facewarden_biometrics.subject_template AS template ON template.engine = face.engine
    WHERE ARRAY_LENGTH(face.embedding) > 0 AND (@subject_id IS NULL OR template.subject_id = @subject_id)
  ),
  stranger AS (
    SELECT pair.subject_id, pair.engine, pair.distance
    FROM pair
    JOIN ceiling ON ceiling.engine = pair.engine
    WHERE pair.distance > ceiling.possible
  ),
  searched AS (
    SELECT subject_id, engine, COUNT(*) AS faces FROM pair GROUP BY subject_id, engine
  ),
  population AS (
    SELECT
      subject_id, engine, COUNT(*) AS strangers,
      APPROX_QUANTILES(POW(distance, 2), 100)[OFFSET(50)] AS middle,
      APPROX_QUANTILES(POW(distance, 2), 100)[OFFSET(84)]
        - APPROX_QUANTILES(POW(distance, 2), 100)[OFFSET(50)] AS spread
    FROM stranger
    GROUP BY subject_id, engine
  ),
  expected AS (
    SELECT
      subject_id, engine,
      IF(strangers >= @least_population, SQRT(GREATEST(middle - @likely_spreads * spread, 0)), NULL) AS likely,
      IF(strangers >= @least_population, SQRT(GREATEST(middle - @possible_spreads * spread, 0)), NULL) AS possible
    FROM population
  ),
  threshold AS (
    SELECT
      searched.subject_id, searched.engine, searched.faces,
      LEAST(IFNULL(expected.likely, ceiling.likely), ceiling.likely) AS likely,
      LEAST(IFNULL(expected.possible, ceiling.possible), ceiling.possible) AS possible
    FROM searched
    LEFT JOIN expected ON expected.subject_id = searched.subject_id AND expected.engine = searched.engine
    JOIN ceiling ON ceiling.engine = searched.engine
  )
  SELECT
    pair.subject_id, pair.face_id, pair.sha256, pair.engine, pair.distance,
    IF(pair.distance <= threshold.likely, 'likely', 'possible') AS band,
    IF(pair.distance <= threshold.likely, threshold.likely, threshold.possible) AS threshold,
    IF(pair.distance <= threshold.likely, @likely_rate, @possible_rate) AS false_match_rate,
    threshold.faces * IF(pair.distance <= threshold.likely, @likely_rate, @possible_rate) AS expected_false_matches,
    threshold.faces AS population
  FROM pair
  JOIN threshold ON threshold.subject_id = pair.subject_id AND threshold.engine = pair.engine
  WHERE pair.distance <= GREATEST(threshold.likely, threshold.possible)
) AS S
ON T.subject_id = S.subject_id AND T.face_id = S.face_id
WHEN NOT MATCHED THEN
  INSERT (subject_id, face_id, sha256, engine, distance, band, threshold, false_match_rate,
          expected_false_matches, population, matched_at)
  VALUES (S.subject_id, S.face_id, S.sha256, S.engine, S.distance, S.band, S.threshold,
          S.false_match_rate, S.expected_false_matches, S.population, CURRENT_TIMESTAMP())
