-- Merges the galleries that a run read. What was seen later holds. What was listed without a gap grows by what touches
-- or overlaps it; of two stretches with a gap between them the later one is kept, whichever run is published first.
-- The warehouse's clock decides: a moment to come is taken for now, and what was once written with one holds no longer.
-- A stretch that reaches into what is to come ends now; one that only begins there, or was written so earlier, is none.
-- Use: publish(run, "gallery")
MERGE facewarden.gallery AS T
USING (
  SELECT
    * REPLACE (
      LEAST(seen_at, CURRENT_TIMESTAMP()) AS seen_at,
      IF(covered_from < CURRENT_TIMESTAMP(), covered_from, NULL) AS covered_from,
      IF(covered_from < CURRENT_TIMESTAMP(), LEAST(covered_to, CURRENT_TIMESTAMP()), NULL) AS covered_to
    )
  FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY seen_at DESC, covered_to DESC, status) = 1
) AS S
ON $same_key
WHEN MATCHED AND (
  S.seen_at > T.seen_at
  OR T.seen_at > CURRENT_TIMESTAMP()
  OR S.covered_from < T.covered_from
  OR S.covered_to > T.covered_to
  OR T.covered_to > CURRENT_TIMESTAMP()
  OR (T.covered_from IS NULL AND S.covered_from IS NOT NULL)
) THEN UPDATE SET
  list_url = IF(S.seen_at > T.seen_at OR T.seen_at > CURRENT_TIMESTAMP(), S.list_url, T.list_url),
  status = IF(S.seen_at > T.seen_at OR T.seen_at > CURRENT_TIMESTAMP(), S.status, T.status),
  covered_from = CASE
    WHEN T.covered_from IS NULL OR T.covered_to > CURRENT_TIMESTAMP() THEN S.covered_from
    WHEN S.covered_from IS NULL THEN T.covered_from
    WHEN S.covered_from <= T.covered_to AND T.covered_from <= S.covered_to THEN LEAST(S.covered_from, T.covered_from)
    WHEN S.covered_to > T.covered_to THEN S.covered_from
    ELSE T.covered_from
  END,
  covered_to = CASE
    WHEN T.covered_to IS NULL OR T.covered_to > CURRENT_TIMESTAMP() THEN S.covered_to
    WHEN S.covered_to IS NULL THEN T.covered_to
    ELSE GREATEST(S.covered_to, T.covered_to)
  END,
  seen_at = IF(T.seen_at > CURRENT_TIMESTAMP(), S.seen_at, GREATEST(S.seen_at, T.seen_at))
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
