"""Made-up rows of many days for tests/bench/history.py."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud import bigquery

from include.faces.models.manifest import load_manifest
from tests.matching.crowd import empty, enrolled, load, unit

ENGINE = next(iter(load_manifest().engines))
DIMENSIONS = 128
SUBJECTS = 3
FACES_LIVE, SCANS_LIVE = 180, 730
_FILES = """INSERT INTO facewarden.media (
  media_id, platform, gallery, post_no, kind, ordinal, post_url, file_name, sha256, file_path, type, size, fetched_at
)
SELECT
  id, 'p', 'g', number, 'image', 1, CONCAT('https://p/', id), id, id, CONCAT('gs://none/sha256/', id, '.jpg'),
  'image/jpeg', 500000, TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL DIV(number, {files}) DAY)
FROM (
  SELECT number, TO_HEX(SHA256(CONCAT('{prefix}', CAST(number AS STRING)))) AS id
  FROM UNNEST(GENERATE_ARRAY({first}, {last})) AS number
)"""
_SCANS = """INSERT INTO facewarden_biometrics.scan (sha256, engine, outcome, faces, scanned_at, tries)
SELECT sha256, '{engine}', 'faces', 1, fetched_at, 1 FROM facewarden.media
WHERE fetched_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {days} DAY)"""
_A_DAY = "".join(
    f"UPDATE {table} SET {column} = TIMESTAMP_SUB({column}, INTERVAL 2 DAY) WHERE TRUE;"
    for table, column in (
        ("facewarden.media", "fetched_at"), ("facewarden_biometrics.scan", "scanned_at"),
        ("facewarden_biometrics.face", "detected_at"), ("facewarden_biometrics.population", "measured_at"),
        ("facewarden_biometrics.search", "searched_at"), ("facewarden_biometrics.search", "searched_to"),
    )
)  # fmt: skip


class History:
    """A warehouse in which so many files came every day, and three faces in two of them."""

    def __init__(self, bq: bigquery.Client, files: int) -> None:
        self._bq, self._files = bq, files
        self._random = np.random.default_rng(7)

    def fill(self, days: int) -> None:
        """All tables emptied, and so many days put into them."""
        empty(self._bq)
        self._ask(_FILES.format(files=self._files, prefix="", first=0, last=days * self._files - 1))
        self._ask(_SCANS.format(engine=ENGINE, days=SCANS_LIVE))
        self._faces(range(min(days, FACES_LIVE)), f"of-{days}-")
        for number in range(SUBJECTS):
            load(self._bq, enrolled(f"subject-{number}", self._vectors(3), ENGINE))

    def a_day_passes(self) -> None:
        """Two, so that none of the day before counts as new."""
        self._ask(_A_DAY)

    def add_a_day(self) -> None:
        self._ask(_FILES.format(files=self._files, prefix="new", first=0, last=self._files - 1))
        self._faces([0], "new-")

    def count(self, media: datetime | None = None) -> dict[str, int]:
        """Rows by table; of media from a moment on."""
        since = f"WHERE fetched_at >= TIMESTAMP '{media.isoformat()}'" if media else ""
        statement = f"""SELECT (SELECT COUNT(*) FROM facewarden.media {since}) AS media,
          (SELECT COUNT(*) FROM facewarden_biometrics.face) AS face,
          (SELECT COUNT(*) FROM facewarden_biometrics.scan) AS scan"""
        return dict(next(iter(self._bq.query(statement).result())))

    def _ask(self, statement: str) -> None:
        self._bq.query(statement).result()

    def _vectors(self, count: int) -> npt.NDArray[np.float64]:
        return unit(self._random.normal(size=(count, DIMENSIONS)))

    def _faces(self, ages: Sequence[int], prefix: str) -> None:
        """Those of days that lie so far back."""
        a_day = self._files * 3 // 2
        now, count = datetime.now(UTC), a_day * len(ages)
        moments = [now - timedelta(days=age) for age in ages for _ in range(a_day)]
        ends = np.arange(0, count * DIMENSIONS + 1, DIMENSIONS, dtype=np.int32)
        names = [f"{prefix}{number}" for number in range(count)]
        table = pa.table({
            "face_id": names, "sha256": names, "engine": [ENGINE] * count, "at_ms": pa.array(np.zeros(count, np.int64)),
            "embedding": pa.ListArray.from_arrays(ends, pa.array(self._vectors(count).ravel())),
            "detected_at": pa.array(moments, pa.timestamp("us", "UTC")),
        })  # fmt: skip
        pq.write_table(table, file := io.BytesIO())
        file.seek(0)
        schema = [it for it in self._bq.get_table(_FACE).schema if it.name in table.column_names]
        config = bigquery.LoadJobConfig(source_format="PARQUET", schema=schema, write_disposition="WRITE_APPEND")
        self._bq.load_table_from_file(file, _FACE, job_config=config).result()


_FACE = "facewarden_biometrics.face"
