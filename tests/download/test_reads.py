"""A typed SELECT names tables and views of what was published, and nothing else, however it is written."""

import pytest

from include.core.errors import Mistake
from include.download.reads import reads
from include.warehouse.definitions import Definition, load_definitions
from include.warehouse.sql import FOLDER

ROUTINES = {"phash_distance"}
B = "facewarden_biometrics"
HOSTILE = [
    # By its name, in every spelling.
    f"SELECT * FROM {B}.face",
    f"SELECT * FROM {B.upper()}.face",
    f"SELECT * FROM `{B}`.`face`",
    f"SELECT * FROM `{B}.face`",
    f"SELECT * FROM `p-1.{B}.face`",
    f"SELECT * FROM `p-1`.`{B}.face`",
    f"SELECT * FROM p-1.{B}.face",
    f"SELECT * FROM /* facewarden.image */ {B} /* */ . -- x\n face",
    r"SELECT * FROM `facewarden\x5fbiometrics`.face",
    r"SELECT * FROM `facewarden\u005fbiometrics`.face",
    r"SELECT * FROM `facewarden\U0000005fbiometrics.face`",
    r"SELECT * FROM `facewarden\137biometrics`.face",
    "SELECT * FROM facewarden_biometric\u017f.face",
    "SELECT * FROM `facewarden_biometric\u017f`.face",
    f"SELECT * FROM\u00a0{B}.face",
    f"SELECT * FROM '{B}'.'face'",
    f'SELECT * FROM "{B}".face',
    f"SELECT * FROM facewarden.{B}.face",
    f"SELECT * FROM a.b.{B}.face",
    # Wildcards, decorators, other moments.
    f"SELECT * FROM `{B}.fac*`",
    f"SELECT * FROM {B}.fac*",
    f"SELECT * FROM {B}.*",
    "SELECT * FROM `facewarden*`",
    "SELECT * FROM `facewarden.medi*`",
    "SELECT * FROM `facewarden.image$20240101`",
    "SELECT * FROM `facewarden.image@-1`",
    "SELECT * FROM facewarden.media FOR SYSTEM_TIME AS OF TIMESTAMP '2024-01-01'",
    # Where else a table may stand.
    f"SELECT file_path FROM image, {B}.face",
    f"SELECT file_path FROM image JOIN {B}.face ON TRUE",
    f"SELECT file_path FROM image LEFT OUTER JOIN {B}.face USING (file_path)",
    f"SELECT file_path FROM image NATURAL JOIN {B}.face",
    f"SELECT file_path FROM image ASOF JOIN {B}.face ON TRUE",
    f"SELECT file_path FROM image STRAIGHT_JOIN {B}.face",
    f"SELECT file_path FROM image CROSS APPLY {B}.face",
    f"SELECT file_path FROM image AS i JOIN image AS j ON LEFT(i.file_path, 1) = 'g', {B}.face",
    f"SELECT file_path FROM (image JOIN {B}.face ON TRUE)",
    f"SELECT file_path FROM ((({B}.face)))",
    f"SELECT file_path FROM image UNION ALL SELECT x FROM {B}.face",
    f"(SELECT file_path FROM image) UNION ALL (SELECT x FROM {B}.face)",
    f"SELECT file_path FROM image UNION ALL TABLE {B}.face",
    f"SELECT file_path FROM image WHERE EXISTS (SELECT 1 FROM {B}.face)",
    f"SELECT file_path FROM image WHERE file_path IN (SELECT label FROM {B}.subject)",
    f"SELECT ARRAY(SELECT face_id FROM {B}.face)[OFFSET(0)] AS file_path",
    f"SELECT (SELECT ANY_VALUE(label) FROM {B}.subject) AS file_path",
    f"SELECT file_path, TO_JSON_STRING((SELECT AS STRUCT f.* FROM {B}.face AS f LIMIT 1)) FROM image",
    f"SELECT ERROR((SELECT STRING_AGG(label) FROM {B}.subject)) AS file_path",
    f"SELECT u FROM UNNEST((SELECT embedding FROM {B}.face LIMIT 1)) AS u",
    f"SELECT u FROM UNNEST([1]) AS u WITH OFFSET AS o, {B}.face",
    "SELECT EXTRACT(read_text('/etc/passwd') FROM post_date) AS file_path FROM media",
    f"SELECT EXTRACT(SELECT label FROM {B}.subject) AS file_path",
    f"SELECT EXTRACT(YEAR FROM (SELECT MAX(recorded_at) FROM {B}.consent)) AS file_path",
    f"SELECT EXTRACT(YEAR FROM posted_at FROM {B}.consent) AS file_path FROM post",
    f"SELECT file_path FROM image QUALIFY ROW_NUMBER() OVER (ORDER BY (SELECT label FROM {B}.subject)) = 1",
    f"SELECT file_path FROM image LIMIT (SELECT COUNT(*) FROM {B}.face)",
    f"FROM {B}.face",
    f"FROM {B}.face |> SELECT label",
    f"SELECT file_path FROM image |> CROSS JOIN {B}.face",
    f"TABLE {B}.face",
    f"SELECT * FROM (TABLE {B}.face)",
    f"SELECT * FROM (FROM {B}.face)",
    f"SELECT COUNT(TABLE {B}.face) AS file_path",
    f"SELECT * FROM image PIVOT(COUNT(*) FOR x IN (SELECT label FROM {B}.subject))",
    f"SELECT * FROM image TABLESAMPLE SYSTEM (10 PERCENT), {B}.face",
    f"SELECT file_path FROM image GROUP , {B}.face",
    f"SELECT file_path FROM image ORDER , {B}.face",
    f"SELECT WHERE file_path, '{B}.face' AS file_path",
    f"SELECT file_path FROM image WHERE TRUE, {B}.face",
    f"SELECT file_path FROM image GROUP BY ALL, {B}.face",
    f"SELECT file_path FROM image JOIN post ON , {B}.face",
    f"SELECT file_path FROM image CLUSTER BY {B}.face",
    # Names that WITH gives reach as far as they do, and no farther.
    f"WITH face AS (SELECT * FROM {B}.face) SELECT * FROM face",
    f"WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM {B}.face) SELECT * FROM r",
    f"WITH image AS (SELECT 1) SELECT * FROM image JOIN {B}.face ON TRUE",
    "WITH `/data/face.parquet` AS (SELECT 1) SELECT * FROM `/data/face.parquet`",
    "SELECT (SELECT 1 FROM (WITH `face.parquet` AS (SELECT 1) SELECT 1)), * FROM `face.parquet`",
    f"WITH {B}.face AS (SELECT 1) SELECT * FROM {B}.face",
    # Calls: of table functions, of routines, of what reaches outside.
    f"SELECT * FROM {B}.faces_of('x')",
    r"SELECT * FROM `facewarden\x5fbiometrics`.faces_of('x')",
    f"SELECT * FROM {B}.matches_of('x')",
    f"SELECT * FROM `{B}.similar_faces`('x', 1, 1)",
    f"SELECT {B}.face_share('x') AS file_path",
    f"SELECT `{B}`.`face_share`('x') AS file_path",
    f"SELECT SAFE.{B}.face_share('x') AS file_path",
    f"SELECT (1).({B}.face_share)() AS file_path",
    f"SELECT * FROM VECTOR_SEARCH(TABLE {B}.face, 'embedding', (SELECT 1))",
    f"SELECT * FROM ML.PREDICT(MODEL {B}.m, TABLE image)",
    f"SELECT * FROM APPENDS(TABLE {B}.face, NULL, NULL)",
    f"SELECT * FROM EXTERNAL_QUERY('us.default', 'SELECT * FROM {B}.face')",
    f"SELECT * FROM query('SELECT * FROM {B}.face')",
    f"SELECT * FROM query_table('{B}.face')",
    "SELECT * FROM read_parquet('/data/p/facewarden_biometrics/face/*.parquet')",
    "SELECT * FROM `read_text`('/etc/passwd')",
    "SELECT getenv('HOME') AS file_path",
    "SELECT AI.GENERATE('x') AS file_path",
    "SELECT 'query'('x') AS file_path",
    "SELECT * FROM GRAPH_TABLE(g MATCH (n) RETURN n.x)",
    # What tells of others: of the servers' own tables, of the answers to other queries.
    "SELECT * FROM INFORMATION_SCHEMA.TABLES",
    f"SELECT * FROM {B}.INFORMATION_SCHEMA.COLUMNS",
    f"SELECT * FROM `{B}.INFORMATION_SCHEMA.COLUMNS`",
    "SELECT query AS file_path FROM `region-us`.INFORMATION_SCHEMA.JOBS",
    f"SELECT * FROM {B}.__TABLES__",
    "SELECT * FROM emulator.main.jobs",
    "SELECT * FROM emulator._results.some_job",
    "SELECT * FROM `__ducklake_metadata_p-1`.main.ducklake_file_column_stats",
    "SELECT * FROM _SESSION.x",
    "SELECT @@project_id AS file_path",
    # More than one statement, and other ones.
    f"CREATE TEMP FUNCTION f() AS ((SELECT ANY_VALUE(label) FROM {B}.subject)); SELECT f() AS file_path",
    f"EXECUTE IMMEDIATE 'SELECT * FROM {B}.face'",
    f"SELECT '' AS file_path; SELECT * FROM {B}.face",
    f"EXPORT DATA OPTIONS (uri = 'gs://x/*') AS SELECT * FROM {B}.face",
    f"DECLARE x STRING DEFAULT (SELECT label FROM {B}.subject); SELECT x AS file_path",
    f"SELECT (x).read_text({B}.face) AS file_path FROM image",
    "SELECT x[0].getenv('HOME') AS file_path FROM image",
    "GRAPH g MATCH (n) RETURN n.x",
    # Texts and comments that readers end in different places.
    f"SELECT 'a''b' AS file_path FROM {B}.face",
    "SELECT * FROM `image``x`",
    f"SELECT '''a' AS file_path FROM {B}.face --'''",
    f"SELECT '\\'' AS file_path FROM {B}.face WHERE '' = '",
    f"SELECT r'\\' AS file_path, ' FROM {B}.face",
    f"SELECT 1 /* /* */ AS file_path FROM {B}.face --*/",
    f"SELECT 1 AS file_path --\r FROM {B}.face\n FROM {B}.face",
    f"SELECT $$ ' $$ AS file_path FROM {B}.face WHERE '' = '",
    "SELECT {{ 1 }} AS file_path",
    f"SELECT x AS file_path FROM image AT {B}.face",
    f"SELECT a {B}.face FROM image",
    "(" * 5000,
]


@pytest.mark.parametrize("sql", HOSTILE, ids=lambda it: it[:60].encode("ascii", "replace").decode())
def test_what_reaches_for_anything_else_is_refused(sql: str) -> None:
    with pytest.raises(Mistake, match=r"(?i)nothing was run"):
        reads(sql, "p-1", ROUTINES)


TAKEN: dict[str, tuple[set[str], set[str]]] = {
    "SELECT file_path FROM image WHERE file_path LIKE '%.gif'": ({"image"}, set()),
    "SELECT file_path FROM facewarden.image AS i;": ({"image"}, set()),
    "SELECT file_path FROM `p-1.facewarden.image` i -- facewarden_biometrics": ({"image"}, set()),
    "SELECT file_path FROM `p-1`.`facewarden`.`image`": ({"image"}, set()),
    "SELECT 'facewarden_biometrics.face' AS file_path": (set(), set()),
    "SELECT m.*, r'\\d+' AS `경로 1` FROM media AS m, UNNEST([1, 2]) AS n WITH OFFSET AS o": ({"media"}, set()),
    "SELECT file_path FROM media m JOIN post p ON m.post_no = p.post_no AND LEFT(m.gallery, 1) = 'a', gallery AS g": (
        {"media", "post", "gallery"},
        set(),
    ),
    "SELECT file_path FROM (media LEFT JOIN post USING (platform, gallery, post_no))": ({"media", "post"}, set()),
    "WITH a AS (SELECT * FROM image), b AS (SELECT * FROM a) SELECT file_path FROM b UNION ALL SELECT '' FROM a": (
        {"image"},
        set(),
    ),
    "SELECT (SELECT COUNT(*) FROM (WITH post AS (SELECT 1) SELECT * FROM post)) AS n, file_path FROM post": (
        {"post"},
        set(),
    ),
    "SELECT EXTRACT(WEEK(MONDAY) FROM m.post_date) AS label, file_path FROM media m WHERE a IS NOT DISTINCT FROM m.b": (
        {"media"},
        set(),
    ),
    "SELECT facewarden.phash_distance(a.phash, @b) d, `p-1.facewarden.phash_distance`(phash, '') FROM media a": (
        {"media"},
        {"phash_distance"},
    ),
    "SELECT ARRAY_AGG(file_path ORDER BY post_date DESC LIMIT 1)[SAFE_OFFSET(0)] AS file_path, SAFE.SUBSTR(gallery, 1)"
    " FROM media GROUP BY ALL HAVING COUNT(*) > 1": ({"media"}, set()),
    "SELECT * EXCEPT (kind) REPLACE (LOWER(gallery) AS gallery), CASE WHEN size > 1.5e3 THEN 'a' ELSE NET.HOST(url) END"
    " FROM media QUALIFY ROW_NUMBER() OVER (PARTITION BY sha256 ORDER BY fetched_at) = 1 ORDER BY 1 LIMIT 10": (
        {"media"},
        set(),
    ),
}


@pytest.mark.parametrize(("sql", "named"), TAKEN.items(), ids=[sql[:60] for sql in TAKEN])
def test_a_plain_select_is_taken_with_all_that_it_names(sql: str, named: tuple[set[str], set[str]]) -> None:
    found = reads(sql, "p-1", ROUTINES)
    assert (set(found.tables), set(found.routines)) == named


OURS = [it for it in load_definitions() if it.address.startswith("facewarden.")]


@pytest.mark.parametrize("it", OURS, ids=lambda it: it.address)
def test_our_own_views_of_what_was_published_name_nothing_else(it: Definition) -> None:
    assert it.kind in ("VIEW", "FUNCTION") and B not in it.statement
    if it.kind == "VIEW":
        assert reads(it.statement.split("\nAS\n", 1)[1], "p-1", ROUTINES).tables


@pytest.mark.parametrize("name", ["gifs", "pictures_of_gallery"])
def test_queries_with_a_name_can_be_typed_as_they_stand(name: str) -> None:
    assert reads((FOLDER / "queries" / f"{name}.sql").read_text("utf-8"), "p-1", ROUTINES).tables
