-- Which pairs of the sample are one person's for certain? Where the search for more of them begins.
-- Use: steps.write("population_linked", …), of include/matching/population.py
CREATE OR REPLACE TABLE $target
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))
AS
SELECT face, other FROM $pairs WHERE linked;
