-- How near must a face be? For each subject, engine and cohort: how alike strangers of this cohort are to this very template
-- (with the subject's own faces cut off as in include/matching/strangers.py), and the limit that follows from the stated
-- false-match rate. Those of the cohorts that the subject does not belong to have a shorter tail, the more so the less
-- they look like the subject: how much shorter is told by the twenty most alike of them. The rate is made smaller where it
-- would bring more than @most_false_matches strangers among as many faces as there were when the population was measured:
-- so it stays until that is measured anew. A cohort of which nothing is known takes the engine's measured ceilings.
-- Who was searched for on the same basis keeps those limits. `compared` is how many of all `faces` are new to the subject.
-- warning is a code of include/matching/warning_texts.py.
-- Use: steps.write("search_probes", …), of include/matching/match.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
WITH there AS (
  SELECT engine, TIMESTAMP_TRUNC(detected_at, DAY) AS day, COUNT(*) AS faces
  FROM facewarden_biometrics.face
  WHERE reason IS NULL
  GROUP BY engine, day
),
searched AS (
  SELECT
    template.subject_id, template.engine, CAST(SUM(there.faces) AS INT64) AS faces,
    CAST(SUM(IF(template.since IS NULL OR there.day >= template.since, there.faces, 0)) AS INT64) AS compared
  FROM (SELECT DISTINCT subject_id, engine, since FROM $templates) AS template
  JOIN there ON there.engine = template.engine
  GROUP BY template.subject_id, template.engine
),
kept AS (
  SELECT template.subject_id, template.engine, known.cohort, known.mean, known.spread, known.stretch
  FROM $templates AS template CROSS JOIN UNNEST(template.limits) AS known
  WHERE known.cohort = template.cohort
),
first_mean AS (
  SELECT subject_id, engine, cohort, AVG(likeness) + 0.055 * ANY_VALUE(spread) AS mean
  FROM $strangers AS compared
  WHERE likeness <= mean + 2 * spread
  GROUP BY subject_id, engine, cohort
),
first AS (
  SELECT
    subject_id, engine, cohort, ANY_VALUE(first_mean.mean) AS mean,
    SQRT(AVG(POW(compared.likeness - first_mean.mean, 2))) AS spread
  FROM $strangers AS compared
  JOIN first_mean USING (subject_id, engine, cohort)
  WHERE compared.likeness < first_mean.mean
  GROUP BY subject_id, engine, cohort
),
second_mean AS (
  SELECT
    subject_id, engine, cohort, COUNT(*) AS faces, AVG(compared.likeness) + 0.055 * ANY_VALUE(first.spread) AS mean
  FROM $strangers AS compared
  JOIN first USING (subject_id, engine, cohort)
  WHERE compared.likeness <= first.mean + 2 * first.spread
  GROUP BY subject_id, engine, cohort
),
stranger AS (
  SELECT
    subject_id, engine, cohort, ANY_VALUE(second_mean.mean) AS mean, ANY_VALUE(second_mean.faces) AS faces,
    SQRT(AVG(POW(compared.likeness - second_mean.mean, 2))) AS spread
  FROM $strangers AS compared
  JOIN second_mean USING (subject_id, engine, cohort)
  WHERE compared.likeness < second_mean.mean
  GROUP BY subject_id, engine, cohort
),
measured AS (
  SELECT
    probe.subject_id, probe.engine, probe.cohort, probe.pairs, probe.people, probe.own, probe.tail, probe.since,
    probe.probe, searched.faces, searched.compared, kept.stretch AS kept_stretch,
    -- A few faces say little: the cohort's own mean and spread count as twenty more.
    IFNULL(kept.mean, (IFNULL(stranger.faces * stranger.mean, 0) + 20 * probe.mean) / (IFNULL(stranger.faces, 0) + 20)) AS mean,
    IFNULL(
      kept.spread,
      SQRT((IFNULL(stranger.faces * POW(stranger.spread, 2), 0) + 20 * POW(probe.spread, 2)) / (IFNULL(stranger.faces, 0) + 20))
    ) AS spread,
    LEAST(@false_match_rate, @most_false_matches / GREATEST(probe.all_faces, 1)) AS rate
  FROM $templates AS probe
  JOIN searched ON searched.subject_id = probe.subject_id AND searched.engine = probe.engine
  LEFT JOIN kept
    ON kept.subject_id = probe.subject_id AND kept.engine = probe.engine AND kept.cohort = probe.cohort
  LEFT JOIN stranger
    ON stranger.subject_id = probe.subject_id AND stranger.engine = probe.engine AND stranger.cohort = probe.cohort
),
elsewhere AS (
  -- Strangers in the cohorts to which the subject does not belong: few of the subject's own faces lie there, and those
  -- that are too near to be strangers' are left out below.
  SELECT
    measured.subject_id, measured.engine, (compared.likeness - measured.mean) / measured.spread AS spreads
  FROM $strangers AS compared
  JOIN measured
    ON measured.subject_id = compared.subject_id AND measured.engine = compared.engine AND measured.cohort = compared.cohort
  WHERE NOT measured.own
),
ranked AS (
  SELECT
    subject_id, engine, spreads, COUNT(*) OVER (PARTITION BY subject_id, engine) AS faces,
    ROW_NUMBER() OVER (PARTITION BY subject_id, engine ORDER BY spreads DESC) AS place
  FROM elsewhere
  WHERE spreads < @same_spreads
),
reach AS (
  SELECT subject_id, engine, spreads, @least_pairs / faces AS rate
  FROM ranked
  WHERE place = @least_pairs AND faces >= 20 * @least_pairs
),
fitted AS (
  SELECT
    measured.* EXCEPT (kept_stretch),
    CASE
      WHEN measured.kept_stretch IS NOT NULL THEN measured.kept_stretch
      WHEN measured.own OR reach.spreads IS NULL THEN 1
      ELSE LEAST(GREATEST(reach.spreads / facewarden_biometrics.stranger_spreads(reach.rate, measured.tail), 0.7), 1.1)
    END AS stretch
  FROM measured
  LEFT JOIN reach ON reach.subject_id = measured.subject_id AND reach.engine = measured.engine
),
stretched AS (
  SELECT
    measured.* EXCEPT (tail),
    ARRAY(
      SELECT STRUCT(step.rate AS rate, step.spreads * measured.stretch AS spreads, step.pairs AS pairs)
      FROM UNNEST(measured.tail) AS step
    ) AS tail
  FROM fitted AS measured
)
SELECT
  *,
  facewarden_biometrics.stranger_spreads(rate, tail) AS least,
  CASE
    WHEN pairs = 0 THEN 'few_people'
    WHEN rate * pairs < 20 THEN 'extrapolated'
  END AS warning
FROM stretched
WHERE ARRAY_LENGTH(tail) > 0 AND facewarden_biometrics.stranger_spreads(rate, tail) IS NOT NULL;
