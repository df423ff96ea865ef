-- What phash_distance promises. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse; every ok must be TRUE.
WITH example AS (
  SELECT
    REPEAT('0', 64) AS zeros,
    REPEAT('f', 64) AS ones,
    '60bb9c4189bcc2c1cb23c0b9a3ea3418bf0bceb36cd9591ee3e42e36fc9889e5' AS one_hash,
    'f8f247118072f721e1fe97e20ceff82559800c57e6d4bb12be1c00d34b0b6f9e' AS other_hash
)
SELECT 'a hash is at 0 from itself' AS name, facewarden.phash_distance(one_hash, one_hash) = 0 AS ok FROM example
UNION ALL SELECT 'opposite hashes are at 256', facewarden.phash_distance(zeros, ones) = 256 FROM example
UNION ALL SELECT 'counts the bits that differ', facewarden.phash_distance(one_hash, other_hash) = 132 FROM example
UNION ALL SELECT 'is the same both ways round', facewarden.phash_distance(other_hash, one_hash) = 132 FROM example
UNION ALL
SELECT 'every digit counts once', LOGICAL_AND(facewarden.phash_distance(zeros, CONCAT(REPEAT('0', place), '8', REPEAT('0', 63 - place))) = 1)
FROM example CROSS JOIN UNNEST(GENERATE_ARRAY(0, 63)) AS place
UNION ALL SELECT 'large and small digits are the same', facewarden.phash_distance(UPPER(one_hash), one_hash) = 0 FROM example
UNION ALL SELECT 'NULL for a NULL on the left', facewarden.phash_distance(NULL, one_hash) IS NULL FROM example
UNION ALL SELECT 'NULL for a NULL on the right', facewarden.phash_distance(one_hash, NULL) IS NULL FROM example
UNION ALL SELECT 'NULL for two lengths', facewarden.phash_distance(one_hash, 'ff') IS NULL FROM example
UNION ALL SELECT 'NULL, not 0, for two that are no hashes', facewarden.phash_distance('', '') IS NULL FROM example
UNION ALL
SELECT 'NULL, and no error, for what is no number', facewarden.phash_distance(zeros, CONCAT(REPEAT('0', 63), 'z')) IS NULL FROM example;
