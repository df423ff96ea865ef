-- What is known of these posts of a gallery? Nothing need be fetched of a settled one unless the list shows something
-- else than `listed`: it was there with nothing left out of the kinds that are asked for, or there is nothing to have.
-- @post_nos is ARRAY<INT64>
-- @kinds is ARRAY<STRING>
-- Use: rows(bq, "queries/known_posts", {"platform": "dcinside", "gallery": "demo", "post_nos": [1, 2], "kinds": ["image"]})
SELECT
  post_no,
  listed,
  status,
  status IN ('deleted', 'adult', 'secret', 'moved', 'disallowed') OR (
    status = 'published'
    AND (SELECT COUNT(*) FROM UNNEST(@kinds) AS wanted WHERE wanted IN UNNEST(kinds)) = ARRAY_LENGTH(@kinds)
  ) AS settled
FROM facewarden.post
WHERE platform = @platform AND gallery = @gallery AND post_no IN UNNEST(@post_nos)
ORDER BY post_no;
