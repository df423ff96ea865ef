-- How sure is each match by now? The matches as they were found, but for what depends on how many faces were searched:
-- band, expected_false_matches and population are those of the subject's newest search by the same engine. Distance, limit
-- and rate stay as they were found. So a search has to rewrite no row of an earlier one.
-- As found is also what was searched for last more than 60 days ago, and what an older version found without a rate.
-- Use: SELECT face_id, band, expected_false_matches FROM facewarden_biometrics.match_now WHERE subject_id = @subject_id
CREATE OR REPLACE VIEW facewarden_biometrics.match_now
OPTIONS (description = 'Matches, with band and expected false matches as of the newest search. [$digest]')
AS
WITH newest AS (
  SELECT subject_id, engine, faces
  FROM facewarden_biometrics.search
  WHERE searched_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 60 DAY)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY subject_id, engine ORDER BY searched_at DESC, run_key DESC) = 1
),
dated AS (
  SELECT m.*, IF(m.rate IS NULL, NULL, newest.faces) AS searched
  FROM facewarden_biometrics.match AS m
  LEFT JOIN newest ON newest.subject_id = m.subject_id AND newest.engine = m.engine
)
SELECT
  * EXCEPT (searched) REPLACE (
    IF(searched IS NULL, band, facewarden_biometrics.match_band(rate_high, searched, quality)) AS band,
    IFNULL(rate * searched, expected_false_matches) AS expected_false_matches,
    IFNULL(searched, population) AS population
  )
FROM dated;
