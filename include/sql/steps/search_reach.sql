-- How much is there to compare? How many subjects need all faces, and from when on the others need them.
-- Use: steps.rows("search_reach", …), of include/matching/match.py
SELECT COUNTIF(since IS NULL) AS whole, MIN(since) AS since
FROM $templates;
