-- Merges what a search was and came to: one row a subject and engine, also when nothing was near enough, or nothing could
-- be searched at all. A run that is tried again is the same search, whatever it found left to compare by then.
-- What it compared on which basis is told to the next search: see steps/search_templates.sql.
-- warning is a code of include/matching/warning_texts.py.
-- Use: match_faces(run, Search()), of include/matching/match.py
MERGE facewarden_biometrics.search AS T
USING (
  SELECT
    template.subject_id, template.engine, template.reference_count,
    IFNULL(probe.faces, 0) AS faces, IFNULL(probe.rate, 0) AS rate, IFNULL(probe.rate * probe.faces, 0) AS expected,
    IFNULL(known.sightings, 0) AS accepted, IFNULL(probe.compared, 0) AS compared, probe.limits,
    asked.basis, asked.searched_to,
    CASE
      WHEN probe.subject_id IS NULL AND searched.engine IS NULL THEN 'no_faces'
      WHEN probe.subject_id IS NULL THEN 'no_ceiling'
      ELSE probe.warning
    END AS warning
  FROM facewarden_biometrics.subject_template AS template
  LEFT JOIN (
    SELECT subject_id, engine, ANY_VALUE(basis) AS basis, ANY_VALUE(searched_to) AS searched_to
    FROM $templates
    GROUP BY subject_id, engine
  ) AS asked ON asked.subject_id = template.subject_id AND asked.engine = template.engine
  LEFT JOIN (
    SELECT
      subject_id, engine, ANY_VALUE(faces) AS faces, ANY_VALUE(compared) AS compared, ANY_VALUE(rate) AS rate,
      MAX(warning) AS warning,
      ARRAY_AGG(STRUCT(cohort AS cohort, mean AS mean, spread AS spread, stretch AS stretch) ORDER BY cohort) AS limits
    FROM $probes
    GROUP BY subject_id, engine
  ) AS probe ON probe.subject_id = template.subject_id AND probe.engine = template.engine
  LEFT JOIN (
    SELECT subject_id, engine, COUNT(*) AS sightings FROM facewarden_biometrics.match GROUP BY subject_id, engine
  ) AS known ON known.subject_id = template.subject_id AND known.engine = template.engine
  LEFT JOIN (
    SELECT DISTINCT engine FROM facewarden_biometrics.face WHERE reason IS NULL
  ) AS searched ON searched.engine = template.engine
  WHERE @subject_id IS NULL OR template.subject_id = @subject_id
) AS S
ON T.run_key = @run_key AND T.subject_id = S.subject_id AND T.engine = S.engine
  AND T.searched_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 40 DAY)
WHEN NOT MATCHED THEN
  INSERT (
    run_key, subject_id, engine, reference_count, faces, false_match_rate, rate, expected_false_matches, accepted, warning,
    searched_at, basis, searched_to, compared, limits
  )
  VALUES (
    @run_key, S.subject_id, S.engine, S.reference_count, S.faces, @false_match_rate, S.rate, S.expected, S.accepted,
    S.warning, CURRENT_TIMESTAMP(), S.basis, S.searched_to, S.compared, S.limits
  );
