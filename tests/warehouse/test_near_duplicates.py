"""Which stored pictures look like a given one."""

from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import bigquery

from include.warehouse.sql import rows
from tests.warehouse.conftest import Insert, Make

HASH = "60bb9c4189bcc2c1cb23c0b9a3ea3418bf0bceb36cd9591ee3e42e36fc9889e5"


def differing(bits: int) -> str:
    """A hash that differs from HASH in so many bits, spread over all of it."""
    places = sum(1 << (bit * 5 % 256) for bit in range(bits))
    return f"{int(HASH, 16) ^ places:064x}"


@pytest.fixture
def stored(clean_tables: None, insert: Insert, make: Make) -> Any:
    """Puts pictures into the lake: file and more by media_id."""

    def put(**pictures: Any) -> None:
        good = {"file_path": "gs://b/o", "phash_quality": 90}
        rows = [{**good, "media_id": name, "sha256": name, **columns} for name, columns in pictures.items()]
        insert("media", [make("media", **row) for row in rows])

    return put


def near(bq: bigquery.Client, sha256: str = "wanted", distance: int = 31) -> Any:
    found = rows(bq, "queries/near_duplicates", {"sha256": sha256, "distance": distance})
    return [(row["media_id"], row["distance"]) for row in found]


def test_pictures_are_found_up_to_the_distance_and_nearest_first(
    bq: bigquery.Client, stored: Callable[..., Any]
) -> None:
    stored(
        wanted={"phash": HASH},
        far={"phash": differing(32)},
        near={"phash": differing(31)},
        nearer={"phash": differing(3)},
        same_file_elsewhere={"phash": HASH, "sha256": "wanted"},
    )
    assert near(bq) == [("same_file_elsewhere", 0), ("wanted", 0), ("nearer", 3), ("near", 31)]
    assert near(bq, distance=2) == [("same_file_elsewhere", 0), ("wanted", 0)]


def test_what_shows_little_is_near_to_nothing(bq: bigquery.Client, stored: Callable[..., Any]) -> None:
    stored(
        wanted={"phash": HASH, "phash_quality": 50},
        plain={"phash": HASH, "phash_quality": 49},
        unhashed={"phash": None, "phash_quality": None},
        rejected={"phash": HASH, "file_path": None},
    )
    assert near(bq) == [("wanted", 0)]
    assert near(bq, sha256="plain") == near(bq, sha256="unhashed") == near(bq, sha256="unknown") == []


def test_a_row_is_whole(bq: bigquery.Client, stored: Callable[..., Any]) -> None:
    stored(wanted={"phash": HASH, "post_url": "https://example.com/7"})
    (row,) = rows(bq, "queries/near_duplicates", {"sha256": "wanted", "distance": 0})
    assert (row["post_url"], row["phash"], row["phash_quality"]) == ("https://example.com/7", HASH, 90)
