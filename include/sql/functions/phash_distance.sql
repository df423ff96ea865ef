-- In how many of their 256 bits do two perceptual hashes differ? NULL when there is nothing to compare: one is NULL, or
-- not 64 hex digits. Up to 31 usually means the same picture, of good quality (see media.phash_quality) on both sides.
-- Never a proof: that takes a look. In parts, because 16 hex digits are too many for an INT64.
-- The 0 is for the emulator, which would add up bits in numbers of eight bits.
-- Use: SELECT facewarden.phash_distance(a.phash, b.phash)
CREATE OR REPLACE FUNCTION facewarden.phash_distance(a STRING, b STRING)
RETURNS INT64
OPTIONS (description = 'How many bits of two perceptual hashes differ; NULL when they cannot be compared. [$digest]')
AS (
  IF(
    LENGTH(a) = 64 AND LENGTH(b) = 64,
    0
    + BIT_COUNT(SAFE_CAST(CONCAT('0x', SUBSTR(a, 1, 13)) AS INT64) ^ SAFE_CAST(CONCAT('0x', SUBSTR(b, 1, 13)) AS INT64))
    + BIT_COUNT(SAFE_CAST(CONCAT('0x', SUBSTR(a, 14, 13)) AS INT64) ^ SAFE_CAST(CONCAT('0x', SUBSTR(b, 14, 13)) AS INT64))
    + BIT_COUNT(SAFE_CAST(CONCAT('0x', SUBSTR(a, 27, 13)) AS INT64) ^ SAFE_CAST(CONCAT('0x', SUBSTR(b, 27, 13)) AS INT64))
    + BIT_COUNT(SAFE_CAST(CONCAT('0x', SUBSTR(a, 40, 13)) AS INT64) ^ SAFE_CAST(CONCAT('0x', SUBSTR(b, 40, 13)) AS INT64))
    + BIT_COUNT(SAFE_CAST(CONCAT('0x', SUBSTR(a, 53, 12)) AS INT64) ^ SAFE_CAST(CONCAT('0x', SUBSTR(b, 53, 12)) AS INT64)),
    NULL
  )
);
