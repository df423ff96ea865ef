-- Which faces are a live subject's? One batched query for all subjects; only matches that are not there yet.
--
-- A threshold follows from a stated false-match rate and from the population: nearly every crawled face is a
-- stranger to the subject, so the middle of the distances and the spread of their far half describe strangers
-- whatever the subject's own faces do at the near end. Squared distances are used because they are symmetric
-- around that middle (they are the cosine); plain ones are skewed towards the subject. A bell curve is still no honest
-- tail in a mixed population, so the engine's ceiling, measured on people who look alike, is never exceeded.
--
-- Used by match_subjects: CALL through include/matching/match.py with @subject_id NULL for everybody.
MERGE facewarden_biometrics.match AS old
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
  population AS (
    SELECT
      subject_id, engine, COUNT(*) AS faces,
      APPROX_QUANTILES(POW(distance, 2), 100)[OFFSET(50)] AS middle,
      APPROX_QUANTILES(POW(distance, 2), 100)[OFFSET(84)]
        - APPROX_QUANTILES(POW(distance, 2), 100)[OFFSET(50)] AS spread
    FROM pair
    GROUP BY subject_id, engine
  ),
  expected AS (
    SELECT
      subject_id, engine, faces,
      IF(faces >= @least_population, SQRT(GREATEST(middle - @likely_spreads * spread, 0)), NULL) AS likely,
      IF(faces >= @least_population, SQRT(GREATEST(middle - @possible_spreads * spread, 0)), NULL) AS possible
    FROM population
  ),
  threshold AS (
    SELECT
      expected.subject_id, expected.engine, expected.faces,
      COALESCE(LEAST(expected.likely, ceiling.likely), expected.likely, ceiling.likely) AS likely,
      COALESCE(LEAST(expected.possible, ceiling.possible), expected.possible, ceiling.possible) AS possible
    FROM expected
    LEFT JOIN ceiling ON ceiling.engine = expected.engine
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
) AS new
ON old.subject_id = new.subject_id AND old.face_id = new.face_id
WHEN NOT MATCHED THEN
  INSERT (subject_id, face_id, sha256, engine, distance, band, threshold, false_match_rate,
          expected_false_matches, population, matched_at)
  VALUES (new.subject_id, new.face_id, new.sha256, new.engine, new.distance, new.band, new.threshold,
          new.false_match_rate, new.expected_false_matches, new.population, CURRENT_TIMESTAMP())
