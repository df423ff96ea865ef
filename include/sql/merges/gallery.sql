-- Merges the galleries that a run read. What was seen later holds. What was listed without a gap grows by what touches
-- or overlaps it; of two stretches with a gap between them the later one is kept, whichever run is published first.
-- Use: publish(run, "gallery")
MERGE facewarden.gallery AS T
USING (
  SELECT * FROM $staging
  QUALIFY ROW_NUMBER() OVER (PARTITION BY $key ORDER BY seen_at DESC, covered_to DESC, status) = 1
) AS S
ON $same_key
WHEN MATCHED AND (
  S.seen_at > T.seen_at
  OR S.covered_from < T.covered_from
  OR S.covered_to > T.covered_to
  OR (T.covered_from IS NULL AND S.covered_from IS NOT NULL)
) THEN UPDATE SET
  list_url = IF(S.seen_at > T.seen_at, S.list_url, T.list_url),
  status = IF(S.seen_at > T.seen_at, S.status, T.status),
  covered_from = CASE
    WHEN S.covered_from IS NULL THEN T.covered_from
    WHEN T.covered_from IS NULL THEN S.covered_from
    WHEN S.covered_from <= T.covered_to AND T.covered_from <= S.covered_to THEN LEAST(S.covered_from, T.covered_from)
    WHEN S.covered_to > T.covered_to THEN S.covered_from
    ELSE T.covered_from
  END,
  covered_to = CASE
    WHEN S.covered_to IS NULL THEN T.covered_to
    WHEN T.covered_to IS NULL THEN S.covered_to
    ELSE GREATEST(S.covered_to, T.covered_to)
  END,
  seen_at = GREATEST(S.seen_at, T.seen_at)
WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values);
