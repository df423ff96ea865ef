"""The corpus to measure with: as many posts and pictures as asked for, the same every time, served like the replica."""

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import html

from replica.corpus import build
from replica.server import Replica

POSTS, IMAGES = 8, 20


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    assert build(folder, POSTS, IMAGES)
    return folder


@pytest.fixture
def corpus(root: Path) -> Iterator[Replica]:
    server = Replica(root)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def facts(root: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((root / "truth.json").read_text())
    return read


def test_every_picture_is_shown_once_and_is_of_a_real_size(corpus: Replica, facts: dict[str, Any]) -> None:
    listing = html.fromstring(requests.get(corpus.address + facts["list"], timeout=10).content)
    links = [link.get("href") for link in listing.cssselect("table.gall_list tr.us-post td.gall_tit > a:first-child")]
    assert len(links) == POSTS
    found = []
    for link in links:
        page = html.fromstring(requests.get(corpus.address + link, timeout=10).content)
        for one in page.cssselect(".write_div img"):
            address = one.get("data-original") or one.get("data-src") or one.get("src")
            data = requests.get(address, headers={"Referer": corpus.address}, timeout=10).content  # type: ignore[arg-type]
            assert 40_000 < len(data) < 120_000 and data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")
            found.append(hashlib.sha256(data).hexdigest())
    assert sorted(found) == facts["sha256"] and len(set(found)) == IMAGES == facts["shown"]


def test_the_same_numbers_give_the_same_corpus(root: Path, tmp_path: Path) -> None:
    assert build(tmp_path, POSTS, IMAGES)
    assert (tmp_path / "world.json").read_bytes() == (root / "world.json").read_bytes()
    assert not build(root, POSTS, IMAGES)
    assert build(tmp_path, POSTS, IMAGES, seed=8)
    assert (tmp_path / "world.json").read_bytes() != (root / "world.json").read_bytes()


def test_posts_share_pictures_where_there_are_more_of_them(tmp_path: Path) -> None:
    build(tmp_path, 30, 5)
    facts = json.loads((tmp_path / "truth.json").read_text())
    assert (facts["shown"], len(facts["sha256"])) == (30, 5)
