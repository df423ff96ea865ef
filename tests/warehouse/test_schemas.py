"""The files of bq_schemas: complete, consistent, and the same columns for BigQuery and for Parquet."""

import json
import re
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from include.crawl.statuses import ListStatus, PostStatus
from include.warehouse.schemas import FOLDER, arrow_schema, load_datasets, load_specs

SPECS = load_specs()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "bq_schemas"))


def test_every_table_of_the_design_is_there() -> None:
    assert set(SPECS) >= {"gallery", "post", "post_outcome", "media", "crawl_count"}
    assert set(SPECS) >= {"scan", "face", "subject", "consent", "reference", "population", "match", "search", "verdict"}
    assert set(SPECS) >= {"calibration"}
    assert {spec.dataset for spec in SPECS.values()} == set(load_datasets())


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_column_says_what_it_holds(spec: Any) -> None:
    columns = [*spec.fields, *(child for column in spec.fields for child in column.fields)]
    assert all(10 <= len(column.description or "") <= 1024 for column in columns)
    assert spec.description
    assert spec.labels


@pytest.mark.parametrize("name", ["face", "scan"])
def test_what_is_seen_of_bystanders_expires(name: str) -> None:
    assert SPECS[name].partition.type == "DAY"
    assert SPECS[name].expiration > 0


@pytest.mark.parametrize(("table", "statuses"), [("post", PostStatus), ("gallery", ListStatus)])
def test_a_status_is_described_by_all_of_its_words(table: str, statuses: type[StrEnum]) -> None:
    [column] = [column for column in SPECS[table].fields if column.name == "status"]
    assert {*statuses} <= {*re.findall(r"\w+", column.description or "")}


def test_a_scan_outlives_its_faces() -> None:
    """Else an expired picture would count as unscanned, and its bystanders would be back the next day."""
    assert SPECS["scan"].expiration > SPECS["face"].expiration


def test_vectors_are_arrays_that_bigquery_can_index() -> None:
    for name in ("face", "reference"):
        [embedding] = [column for column in SPECS[name].fields if column.name == "embedding"]
        assert (embedding.field_type, embedding.mode) == ("FLOAT", "REPEATED")


def test_an_arrow_schema_has_the_same_columns() -> None:
    schema = arrow_schema(SPECS["face"])
    assert tuple(schema.names) == SPECS["face"].columns
    assert schema.field("embedding").type.value_type == pa.float64()
    assert not schema.field("embedding").type.value_field.nullable
    assert (schema.field("face_id").nullable, schema.field("score").nullable) == (False, True)
    assert schema.field("detected_at").type == pa.timestamp("us", tz="UTC")
    assert [child.name for child in schema.field("box").type] == ["x", "y", "width", "height"]


def test_a_file_without_a_manifest_entry_is_an_error(copy: Path) -> None:
    (copy / "stray.json").write_text("[]")
    with pytest.raises(ValueError, match="stray"):
        load_specs(copy)


WRONG = {
    'key = ["media_id"]': ('key = ["nothing"]', "no column nothing"),
    'key = ["consent_id"]': ('key = ["phash"]', "no column phash"),
    'clustering = ["kind", "platform", "gallery", "sha256"]': (
        'clustering = ["kind", "platform", "gallery", "sha256", "type"]',
        "more than 4",
    ),
    'partition = { field = "detected_at", type = "DAY" }': ("", "expires by partition and has none"),
}


@pytest.mark.parametrize(("old", "new", "message"), [(old, *new) for old, new in WRONG.items()])
def test_a_contradiction_in_the_manifest_is_named(copy: Path, old: Any, new: Any, message: str) -> None:
    manifest = copy / "tables.toml"
    assert old in manifest.read_text()
    manifest.write_text(manifest.read_text().replace(old, new))
    with pytest.raises(ValueError, match=message):
        load_specs(copy)


def test_a_key_that_may_be_null_is_an_error(copy: Path) -> None:
    columns = json.loads((copy / "subject.json").read_text())
    columns[0]["mode"] = "NULLABLE"
    (copy / "subject.json").write_text(json.dumps(columns))
    with pytest.raises(ValueError, match="may be NULL in subject_id"):
        load_specs(copy)
