-- What faces_of promises, whatever is in the tables. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse, and with rows in media and face; every ok must be TRUE.
SELECT 'nothing for a post that is not there' AS name, COUNT(*) = 0 AS ok
FROM facewarden_biometrics.faces_of('https://example.invalid/no-such-post')
UNION ALL
SELECT 'nothing for NULL', COUNT(*) = 0 FROM facewarden_biometrics.faces_of(CAST(NULL AS STRING));
