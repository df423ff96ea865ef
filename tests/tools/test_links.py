"""A link opens its one object, for reading, until its hour. What it opens can do nothing."""

import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from google.cloud import storage

from tests.conftest import STATE
from tests.tools.test_front import Front
from tools.local import links
from tools.local.environment import BUCKET, write_env
from tools.local.state import State
from tools.open_object import NoObject, where_it_opens
from tools.runs.api import NotUp

PAGE = "<!doctype html><script>document.title = 'ran'</script>증거"
HOUR = 3600


@dataclass(frozen=True)
class Stored:
    """An object, and links to it."""

    front: Front
    bucket: str
    name: str

    @property
    def address(self) -> str:
        return f"gs://{self.bucket}/{self.name}"

    def path(self, seconds: int = HOUR, name: str = "") -> str:
        until = int(time.time()) + seconds
        return links.link("", STATE.secrets()["links"], self.bucket, name or self.name, until)


@pytest.fixture
def page(gcs: storage.Client, bucket: str) -> Iterator[Stored]:
    blob = gcs.bucket(bucket).blob(f"evidence/{uuid.uuid4().hex} 1%?#.html")
    blob.upload_from_string(PAGE, content_type="text/html; charset=utf-8")
    yield Stored(Front("STORAGE_EMULATOR_HOST"), bucket, blob.name)
    blob.delete()


def test_a_link_opens_its_object_and_lets_nothing_in_it_run_or_be_kept(page: Stored) -> None:
    answer = page.front.ask(page.path())
    assert (answer.status, answer.body.decode()) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    assert "allow-scripts" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not [name for name in answer.headers if name.startswith(("access-control-", "x-goog-", "etag"))]


def test_a_part_can_be_asked_for(page: Stored) -> None:
    answer = page.front.ask(page.path(), Range="bytes=2-8")
    assert (answer.status, answer.body) == (206, b"doctype")


def test_a_link_holds_no_token_and_opens_nothing_else(page: Stored, gcs: storage.Client) -> None:
    other = gcs.bucket(page.bucket).blob(f"{page.name}.other")
    other.upload_from_string(b"other")
    path = page.path()
    later = path.replace("/open/", "/open/1", 1)
    tries = [
        f"{path}.other",
        path.replace("/evidence/", "/evidence/../evidence/"),
        path.replace("/evidence/", "//evidence/"),
        later,
        path.replace(".", ".0", 1),
        path.replace("/open/", "/storage/v1/", 1),
        "/open/",
        "/open/1.2/3/4",
        f"/open/9999999999.%C3%A9/{page.bucket}/a",
    ]
    assert not [token for token in STATE.secrets().values() if token in path]
    assert {page.front.ask(path).status for path in tries} == {404}
    assert page.front.ask(page.path(name=other.name)).body == b"other"
    other.delete()


def test_a_link_runs_out(page: Stored) -> None:
    assert page.front.ask(page.path(seconds=-2)).status == 410
    assert page.front.ask(page.path(seconds=60)).status == 200


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_a_link_only_reads(page: Stored, gcs: storage.Client, method: str) -> None:
    assert page.front.ask(page.path(), method, "changed").status == 404
    assert gcs.bucket(page.bucket).blob(page.name).download_as_text() == PAGE


def test_a_link_leads_from_anywhere_but_no_page_takes_it_into_itself(page: Stored) -> None:
    clicked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    shown = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    framed = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    fetched = {"Origin": "http://127.0.0.1:8080"}
    assert page.front.ask(page.path(), **clicked).status == 200
    assert [page.front.ask(page.path(), **headers).status for headers in (shown, framed, fetched)] == [404, 404, 403]
    assert page.front.ask(page.path(), Host="rebound.evil.test").status == 403


def test_the_verb_prints_a_link_that_works_and_its_hour(page: Stored) -> None:
    link, hour = where_it_opens(page.address, STATE).splitlines()
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}" in os.environ["STORAGE_EMULATOR_HOST"]
    assert page.front.ask(parts.path).body.decode() == PAGE
    assert hour.startswith("(until ")


def test_the_verb_says_that_nothing_lies_there(page: Stored) -> None:
    for address in (f"{page.address}x", f"gs://{page.bucket}", page.name, "https://storage.googleapis.com/a/b"):
        with pytest.raises(NoObject):
            where_it_opens(address, STATE)


def test_without_an_emulator_the_verb_names_googles_console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    address = where_it_opens("gs://theirs/evidence/a b.html", State(tmp_path))
    assert address == "https://storage.cloud.google.com/theirs/evidence/a%20b.html"
    with pytest.raises(NotUp):
        where_it_opens(f"gs://{BUCKET}/evidence/a.html", State(tmp_path))


def test_a_system_that_died_is_named(tmp_path: Path) -> None:
    state = State(tmp_path)
    write_env(state, {"PATH": "", "STORAGE_EMULATOR_HOST": "http://127.0.0.1:9/x"})
    with pytest.raises(NotUp, match="does not answer"):
        where_it_opens("gs://a/b", state)
