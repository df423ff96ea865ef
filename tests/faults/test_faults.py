"""The short form of `make bench BENCH=faults`: killed workers, bad connections, broken files, and nothing is lost."""

import hashlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from google.cloud import storage

from include.media.image import Image
from include.media.pictures import decode
from replica.server import Replica, Server
from tests.conftest import BUCKET
from tests.crawl.mutations import whole_pages
from tests.faults.pages import read_malformed
from tests.faults.pipeline import crawl_galleries, download_media, find_faces
from tests.faults.rubbish import what_became
from tests.faults.rubbish_site import definition, rubbish_server
from tests.faults.snapshot import doubled
from tests.faults.stand_in import Airflow
from tests.faults.told import Told
from tests.faults.troubles import Seeded
from tests.faults.world import World
from tests.media.broken import spoiled, whole

Row = dict[str, Any]
SEED, KILLS, PAGES, FILES = 3, 10, 40, 42
# What an undisturbed run asks of the emulators, about.
REQUESTS = {
    "crawl_galleries/1/plan": 12,
    "crawl_galleries/1/crawl_batch-0": 60,
    "crawl_galleries/1/crawl_batch-1": 40,
    "crawl_galleries/1/publish": 54,
    "find_faces/1/plan": 3,
    "find_faces/1/scan_batch-0": 49,
    "find_faces/1/publish": 17,
    "find_faces/1/summarise": 1,
    "download_media/1/download": 40,
}
SCAN = "facewarden_biometrics.scan"
FACES_FOUND = "SELECT sha256, COUNT(*) FROM facewarden_biometrics.face GROUP BY sha256"
SECONDS = dict.fromkeys(REQUESTS, 1.0)


@pytest.fixture
def broken(photo: Callable[[str], bytes], tmp_path: Path) -> Iterator[tuple[Server, list[str]]]:
    """A site of broken files, and what was done to each."""
    picture: Image = decode(photo("astronaut.png"))[:320, 60:380].copy()
    files = list(spoiled(whole(picture, tmp_path), FILES, SEED))
    server = rubbish_server([data for _, data in files])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server, [name for name, _ in files]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def world(
    site: Replica, replica_root: Path, broken: tuple[Server, list[str]], tmp_path: Path, warehouse: None,
    clean_tables: None, gcs: storage.Client, bucket: str,
) -> World:  # fmt: skip
    """The tests' own project and bucket, empty."""
    for blob in list(gcs.list_blobs(bucket)):
        blob.delete()
    return World(BUCKET, tmp_path / "world", site, replica_root, ("singer",), definition(broken[0]))


@pytest.mark.slow
def test_killed_ten_times_and_badly_connected_it_finds_what_is_there_and_each_thing_once(
    world: World, broken: tuple[Server, list[str]], truth: Row, tmp_path: Path
) -> None:
    """The crawl, the scan and the download; the long form has the whole path."""
    troubles = Seeded(SEED, Told(requests=REQUESTS, seconds=SECONDS), KILLS, 0, 0, lambda: None)
    airflow = Airflow(world.environment, tmp_path / "tries", os.environ.__getitem__, troubles, seed=SEED)
    airflow.settle("crawl_galleries/1", partial(crawl_galleries, [*world.lists, f"{broken[0].address}/heap"]))
    airflow.settle("find_faces/1", find_faces)
    airflow.settle("download_media/1", download_media)
    told = airflow.told
    assert len(told.kills) == KILLS and sum(told.done.values()) > KILLS, told

    assert stored(world) == expected(truth), told
    assert what_became(world, broken[1]).unaccounted == [], told
    assert doubled(world) == [], told
    assert set(told.written.values()) == {1}, told
    assert told.left_behind == []
    contents = {sha256 for (sha256,) in table(world, "SELECT sha256 FROM facewarden.media WHERE file_path IS NOT NULL")}
    assert Counter(sha256 for (sha256,) in table(world, f"SELECT sha256 FROM {SCAN}")) == Counter(contents), told
    assert table(world, f"SELECT sha256, faces FROM {SCAN} WHERE faces > 0") == table(world, FACES_FOUND), told
    pictures = table(
        world, "SELECT DISTINCT sha256 FROM facewarden.media WHERE kind = 'image' AND file_path IS NOT NULL"
    )
    assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in downloaded(world)} == {it for (it,) in pictures}


def table(world: World, asked: str) -> set[tuple[Any, ...]]:
    return {tuple(row.values()) for row in world.bq.query(asked).result()}


def stored(world: World) -> set[tuple[Any, ...]]:
    """Post, kind and content of what is in the lake, of the replica."""
    asked = "SELECT post_no, kind, sha256 FROM facewarden.media WHERE platform = 'replica' AND sha256 IS NOT NULL"
    return table(world, asked)


def expected(truth: Row) -> set[tuple[Any, ...]]:
    posts = truth["galleries"]["singer"]["posts"].items()
    return {(int(number), media["kind"], media["sha256"]) for number, post in posts
            for media in post["media"] if media["status"] == "ok"}  # fmt: skip


def downloaded(world: World) -> list[Path]:
    return [it for it in world.downloads.rglob("*") if it.is_file() and not it.name.startswith("manifest.")]


def test_malformed_pages_each_have_a_status_and_what_nobody_understands_is_redacted(site: Replica, truth: Row) -> None:
    found = read_malformed(whole_pages(site, truth), PAGES, SEED)
    assert found.broke == []
    assert found.posts.total() == found.lists.total() == PAGES and found.redacted > 0
