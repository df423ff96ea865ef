"""queries/nearest_faces: the ten nearest, exactly; whether a sample bounds the search or not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from google.cloud import bigquery

from include.warehouse.sql import rows
from tests.warehouse.conftest import Insert, Make

ENGINE = "an engine"
DIMENSIONS = 8


def _named(number: int, sampled: Any) -> Any:
    """A face_id; every second one is drawn for the bound, where that is wanted."""
    return f"{number:04d}{'00' if sampled and number % 2 else 'ff'}"


@pytest.fixture
def faces(clean_tables: None, insert: Insert, make: Make) -> Any:
    """Inserts sixty faces of the engine, and some that cannot be compared; what was inserted, by name."""

    def put(sampled: Any) -> Any:
        random = np.random.default_rng(3)
        known = {_named(number, sampled): random.normal(size=DIMENSIONS) for number in range(60)}
        known["9000ff"] = known[_named(0, sampled)]  # as near as another: the order is by name
        others = [
            make("face", face_id="no-embedding-00", engine=ENGINE, embedding=[]),
            make("face", face_id="shorter-00", engine=ENGINE, embedding=[0.0]),
            make("face", face_id="elsewhere-00", engine="another", embedding=[0.0] * DIMENSIONS),
        ]
        own = [make("face", face_id=name, engine=ENGINE, embedding=list(each)) for name, each in known.items()]
        insert("face", [*own[:30], *others, *own[30:]])
        return known

    return put


def _probes(embeddings: Any) -> Any:
    given = [
        bigquery.StructQueryParameter(
            None,
            bigquery.ScalarQueryParameter("probe", "STRING", str(number)),
            bigquery.ArrayQueryParameter("embedding", "FLOAT64", list(each)),
        )
        for number, each in enumerate(embeddings)
    ]
    return bigquery.ArrayQueryParameter("probes", "STRUCT", given)


@pytest.mark.parametrize("sampled", [True, False], ids=["bound", "too few for a bound"])
@pytest.mark.parametrize("count", [1, 7])
def test_they_are_the_ten_nearest(bq: bigquery.Client, faces: Callable[..., Any], count: int, sampled: Any) -> None:
    known = faces(sampled)
    probes = np.random.default_rng(4).normal(size=(count, DIMENSIONS))
    found = rows(bq, "queries/nearest_faces", {"probes": _probes(probes), "engine": ENGINE})
    assert [row["probe"] for row in found] == [str(number) for number in range(count)]
    for row, probe in zip(found, probes, strict=True):
        distances = {name: float(np.linalg.norm(each - probe)) for name, each in known.items()}
        nearest = sorted(distances, key=lambda name: (round(distances[name], 12), name))[:10]
        assert [face["face_id"] for face in row["nearest"]] == nearest
        assert [face["distance"] for face in row["nearest"]] == pytest.approx([distances[name] for name in nearest])


def test_a_probe_that_compares_with_nothing_has_no_row(bq: bigquery.Client, faces: Callable[..., Any]) -> None:
    known = faces(True)
    probes = [*list(known.values())[:5], [1.0, 2.0], [2.0]]
    found = rows(bq, "queries/nearest_faces", {"probes": _probes(probes), "engine": ENGINE})
    assert [row["probe"] for row in found] == ["0", "1", "2", "3", "4", "6"]
    assert [face["face_id"] for face in found[-1]["nearest"]] == ["shorter-00"]
