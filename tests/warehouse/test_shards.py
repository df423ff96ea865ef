"""A shard: one file of exactly the table's columns, or an error that names the row."""

import datetime
import io
from typing import Any

import pyarrow.parquet as pq
import pytest
from google.cloud import storage

from include.warehouse.rows import Table
from include.warehouse.schemas import arrow_schema, load_specs
from include.warehouse.shards import write_shard
from tests.conftest import MakeRun
from tests.warehouse.conftest import Make

MOMENT = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)


def _read(gcs: storage.Client, address: str) -> Any:
    bucket, name = address.removeprefix("gs://").split("/", 1)
    return pq.read_table(io.BytesIO(gcs.bucket(bucket).blob(name).download_as_bytes()))


def test_a_shard_is_named_after_its_run_and_batch(
    gcs: storage.Client, bucket: str, make: Make, make_run: MakeRun
) -> None:
    address = write_shard(make_run("run_1"), Table[Any]("subject"), "0003", [make("subject")])
    assert address == f"gs://{bucket}/staging/subject/run_1/0003.parquet"
    assert _read(gcs, address).num_rows == 1


def test_a_task_that_runs_again_overwrites_its_own_shard(gcs: storage.Client, make: Make, make_run: MakeRun) -> None:
    first = write_shard(
        make_run("run_1"), Table[Any]("subject"), 7, [make("subject", label="a"), make("subject", label="b")]
    )
    again = write_shard(make_run("run_1"), Table[Any]("subject"), 7, [make("subject", label="c")])
    assert again == first
    assert _read(gcs, again)["label"].to_pylist() == ["c"]


def test_no_rows_make_an_empty_shard_with_the_columns(gcs: storage.Client, make_run: MakeRun) -> None:
    table = _read(gcs, write_shard(make_run("run_1"), Table[Any]("face"), 0, []))
    assert table.num_rows == 0
    assert table.schema.equals(arrow_schema(load_specs()["face"]))


def test_moments_of_any_zone_are_kept_as_the_same_moment(gcs: storage.Client, make: Make, make_run: MakeRun) -> None:
    seoul = datetime.timezone(datetime.timedelta(hours=9))
    row = make("subject", created_at=datetime.datetime(2024, 5, 1, 9, 0, tzinfo=seoul))
    table = _read(gcs, write_shard(make_run("run_1"), Table[Any]("subject"), 1, [row]))
    assert table["created_at"].to_pylist() == [MOMENT]


def test_text_from_a_page_is_kept_whatever_is_in_it(gcs: storage.Client, make: Make, make_run: MakeRun) -> None:
    odd = "얼굴 \x00 🙂 \u202e half a pair: \ud83d"
    table = _read(gcs, write_shard(make_run("run_1"), Table[Any]("subject"), 2, [make("subject", label=odd)]))
    assert table["label"].to_pylist() == [odd.replace("\ud83d", "?")]


WRONG = {
    "a missing value": ({"label": None}, "row 1 for subject: label must not be NULL"),
    "an unknown column": ({"nickname": "x"}, "row 1 for subject: no such column: nickname"),
    "a moment without a zone": ({"created_at": MOMENT.replace(tzinfo=None)}, "created_at has no time zone"),
    "another type": ({"label": 5}, "do not fit"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_a_row_that_does_not_fit_is_named_and_nothing_is_written(
    gcs: storage.Client, bucket: str, make: Make, change: Any, message: str, make_run: MakeRun
) -> None:
    with pytest.raises(ValueError, match=message):
        write_shard(make_run("never"), Table[Any]("subject"), 0, [make("subject"), make("subject") | change])
    assert list(gcs.list_blobs(bucket, prefix="staging/subject/never/")) == []


def test_a_null_within_a_vector_is_refused(make: Make, make_run: MakeRun) -> None:
    with pytest.raises(ValueError, match="embedding must not be NULL"):
        write_shard(make_run("never"), Table[Any]("face"), 0, [make("face", embedding=[1.0, None])])


def test_a_number_too_large_for_its_column_is_refused(make: Make, make_run: MakeRun) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        write_shard(make_run("never"), Table[Any]("post"), 0, [make("post", post_no=2**63)])


@pytest.mark.parametrize("run_key", ["", "../x", "Manual", "a/b", "a" * 61])
def test_a_run_key_cannot_lead_elsewhere(run_key: str, make_run: MakeRun) -> None:
    with pytest.raises(ValueError, match="cannot name a run"):
        write_shard(make_run(run_key), Table[Any]("subject"), 0, [])


@pytest.mark.parametrize("batch", ["", "../x", "a/b", "*"])
def test_a_batch_cannot_lead_elsewhere(batch: Any, make_run: MakeRun) -> None:
    with pytest.raises(ValueError, match="cannot name a batch"):
        write_shard(make_run("run_1"), Table[Any]("subject"), batch, [])
