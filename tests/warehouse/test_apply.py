"""prepare: applies what changed and nothing else; refuses what BigQuery cannot do before it changes anything."""

import dataclasses
import uuid
from typing import Any

import pytest
from google.api_core.exceptions import PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage
from google.cloud.bigquery import SchemaField

from include.warehouse.apply import RefusedChange, prepare
from include.warehouse.definitions import load_definitions
from include.warehouse.schemas import Partition, load_specs
from tests.conftest import MakeRun
from tests.warehouse.conftest import TOY, ToyBox


def test_the_first_time_everything_is_made_and_told(emulators: None, make_run: MakeRun) -> None:
    name = f"first-{uuid.uuid4().hex[:12]}"  # a project with nothing in it, not even a bucket
    nobody = AnonymousCredentials()
    bq, gcs = bigquery.Client(name, credentials=nobody), storage.Client(name, credentials=nobody)
    run = dataclasses.replace(make_run(bucket=name), bq=bq, gcs=gcs)
    lines = prepare(run)
    for address in [spec.address for spec in load_specs().values()] + [it.address for it in load_definitions()]:
        assert any(line.endswith(address) for line in lines), address
    assert gcs.lookup_bucket(name) is not None
    assert prepare(run) == []
    for dataset in ("facewarden", "facewarden_biometrics"):
        live = bq.get_dataset(dataset)
        assert int(live.max_time_travel_hours) == 48, "the least that BigQuery has"
        live.max_time_travel_hours = 168
        bq.update_dataset(live, ["max_time_travel_hours"])
    told = "what was removed can be read for 48 hours more, and no longer"
    assert prepare(run) == [f"facewarden: {told}", f"facewarden_biometrics: {told}"]
    assert prepare(run) == []


def test_a_table_is_made_as_the_files_say(toys: ToyBox) -> None:
    toys.apply()
    table = toys.table()
    assert [(column.name, column.mode) for column in table.schema] == [
        (column.name, column.mode) for column in TOY.fields
    ]
    assert (table.time_partitioning.field, table.time_partitioning.expiration_ms) == ("made_at", 10 * 86_400_000)
    assert (table.clustering_fields, table.labels, table.description) == (["colour"], {"stage": "toys"}, "toys")
    assert table.schema[0].description == "its name"


def test_the_second_time_nothing_is_done(toys: ToyBox) -> None:
    toys.apply()
    before = toys.state()
    assert toys.apply() == []
    assert toys.state() == before


def test_new_columns_are_added_and_rows_stay(toys: ToyBox) -> None:
    toys.apply()
    toys.query("INSERT INTO toys.toy (id, weight, made_at) VALUES ('a', 1, CURRENT_TIMESTAMP())")
    spec = toys.with_columns(price=SchemaField("price", "FLOAT"), tags=SchemaField("tags", "STRING", "REPEATED"))
    assert toys.apply(spec) == ["toys.toy: adds price; adds tags"]
    assert [column.name for column in toys.table().schema][-2:] == ["price", "tags"]
    assert toys.query("SELECT id, price FROM toys.toy") == [{"id": "a", "price": None}]
    assert toys.apply(spec) == []


def test_a_required_column_may_become_nullable(toys: ToyBox) -> None:
    toys.apply()
    spec = toys.with_columns(weight=SchemaField("weight", "INTEGER"))
    assert toys.apply(spec) == ["toys.toy: lets weight be NULL"]
    toys.query("INSERT INTO toys.toy (id, weight, made_at) VALUES ('a', NULL, CURRENT_TIMESTAMP())")
    assert toys.apply(spec) == []


def test_descriptions_labels_expiration_and_clustering_can_change(toys: ToyBox) -> None:
    toys.apply()
    spec = toys.with_columns(id=SchemaField("id", "STRING", "REQUIRED", description="another"))
    spec = dataclasses.replace(spec, description="new", labels={"a": "b"}, expiration=20, clustering=("id",))
    [line] = toys.apply(spec)
    for part in ("describes id", "describes the table", "labels", "expire after 20 days", "clusters"):
        assert part in line
    table = toys.table()
    assert (table.schema[0].description, table.clustering_fields) == ("another", ["id"])
    assert (table.labels, table.time_partitioning.expiration_ms) == ({"stage": "toys", "a": "b"}, 20 * 86_400_000)
    assert toys.apply(spec) == []


def test_another_order_of_columns_is_no_change(toys: ToyBox) -> None:
    toys.apply()
    assert toys.apply(dataclasses.replace(toys.spec, fields=TOY.fields[::-1])) == []


REFUSED = {
    "another type": {"colour": SchemaField("colour", "INTEGER")},
    "a dropped column": {"colour": None},
    "a renamed column": {"colour": SchemaField("color", "STRING")},
    "NULLABLE to REQUIRED": {"colour": SchemaField("colour", "STRING", "REQUIRED")},
    "one to many": {"colour": SchemaField("colour", "STRING", "REPEATED")},
    "many to one": {"vector": SchemaField("vector", "FLOAT")},
    "a new REQUIRED column": {"price": SchemaField("price", "FLOAT", "REQUIRED")},
    "a nested column dropped": {"box": SchemaField("box", "RECORD", fields=[SchemaField("x", "FLOAT")])},
}


@pytest.mark.parametrize("columns", REFUSED.values(), ids=REFUSED)
def test_what_bigquery_cannot_do_is_refused_and_changes_nothing(toys: ToyBox, columns: Any) -> None:
    toys.apply()
    before = toys.state()
    allowed_too = {"zebra": SchemaField("zebra", "STRING")}
    toys.definitions = toys.view("SELECT id FROM toys.toy", "one")
    with pytest.raises(RefusedChange, match=rf"\.toy: {next(iter(columns))}") as refusal:
        toys.apply(toys.with_columns(**columns, **allowed_too))
    assert "Nothing was changed" in str(refusal.value)
    assert toys.state() == before


@pytest.mark.parametrize("partition", [None, Partition("made_at", "MONTH")])
def test_another_partitioning_is_refused(toys: ToyBox, partition: Any) -> None:
    toys.apply()
    before = toys.state()
    with pytest.raises(RefusedChange, match="partitioning cannot change"):
        toys.apply(dataclasses.replace(toys.spec, partition=partition, expiration=None))
    assert toys.state() == before


def test_all_refusals_are_told_at_once(toys: ToyBox) -> None:
    toys.apply()
    with pytest.raises(RefusedChange) as refusal:
        toys.apply(toys.with_columns(colour=None, weight=SchemaField("weight", "STRING")))
    assert len(refusal.value.reasons) == 2


def test_a_view_in_the_place_of_a_table_is_refused(toys: ToyBox) -> None:
    toys.apply()
    toys.query("DROP TABLE toys.toy")
    toys.query("CREATE VIEW toys.toy AS SELECT 1 AS id")
    with pytest.raises(RefusedChange, match="already, as a VIEW"):
        toys.apply()


def test_a_change_that_a_server_ignores_is_an_error(toys: ToyBox) -> None:
    """The emulator does not add nested columns (BigQuery does), and does not say so."""
    toys.apply()
    bigger = SchemaField("box", "RECORD", fields=[*TOY.fields[3].fields, SchemaField("z", "FLOAT")])
    with pytest.raises(RuntimeError, match=r"adds box\.z"):
        toys.apply(toys.with_columns(box=bigger))


def test_only_a_changed_text_is_created_again(toys: ToyBox) -> None:
    toys.apply()
    toys.definitions = toys.view("SELECT id FROM toys.toy", "one")
    assert toys.apply() == ["creates view toys.v"]
    assert toys.apply() == []
    toys.definitions = toys.view("SELECT id, weight FROM toys.toy", "two")
    assert toys.apply() == ["creates view toys.v"]
    assert [column.name for column in toys.table("v").schema] == ["id", "weight"]


def test_two_that_prepare_at_once_do_no_harm(toys: ToyBox) -> None:
    """Both plan while nothing is there; the second finds each thing made by the first."""
    plans = [toys.plan(), toys.plan()]
    for step in plans[0] + plans[1]:
        step.do()
    assert toys.apply() == []


def test_a_table_that_another_changed_in_between_is_not_overwritten(toys: ToyBox) -> None:
    toys.apply()
    [stale] = toys.plan(toys.with_columns(mine=SchemaField("mine", "STRING")))
    toys.apply(toys.with_columns(theirs=SchemaField("theirs", "STRING")))
    with pytest.raises(PreconditionFailed):
        stale.do()
    assert toys.table().schema[-1].name == "theirs"
