-- What posts_of promises, whatever is in the tables. Each row is one promise: its name, and whether it held.
-- Use: run after prepare_warehouse, and with rows in match; every ok must be TRUE.
SELECT 'nothing for a subject that is not there' AS name, COUNT(*) = 0 AS ok
FROM facewarden_biometrics.posts_of('nobody has this subject_id')
UNION ALL
SELECT 'nothing for NULL', COUNT(*) = 0 FROM facewarden_biometrics.posts_of(CAST(NULL AS STRING));
