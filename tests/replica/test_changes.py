"""What changes on the site while it is looked at."""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from lxml import html

from replica.server import Replica
from replica.truth import gallery_truth
from replica.world import load

Row = dict[str, Any]


def _text(site: Replica, path: str, **headers: str) -> str:
    return requests.get(urljoin(site.address, path), headers=headers, timeout=10).text


def _numbers(site: Replica, gallery: Row) -> list[str]:
    rows = html.fromstring(_text(site, gallery["list"])).cssselect("table.gall_list tr.us-post")
    numbers = [row.cssselect(".gall_num")[0].text.strip() for row in rows]
    return [no for no in numbers if no in gallery["posts"]]


def _some(gallery: Row, kind: str) -> tuple[str, Row]:
    return next((no, post) for no, post in gallery["posts"].items() if post["kind"] == kind)


def test_an_edited_post_shows_its_new_title_and_picture_everywhere(
    site: Replica, truth: Row, replica_root: Path
) -> None:
    gallery = truth["galleries"]["market"]
    no, post = _some(gallery, "text")
    file = next(file for file in load(replica_root).files.values() if file.type == "image/webp")
    _, neighbour = _some(gallery, "image")
    for one in (post, neighbour):
        _text(site, one["url"])  # what was made before must not be shown again
    edit = {"title": "고친 제목", "picture": file.sha256, "icon": "pic"}
    site.control.change({"edit": {"market": {no: edit}}})
    page = _text(site, post["url"])
    for shown in (page, _text(site, gallery["list"]), _text(site, neighbour["url"])):
        assert "고친 제목" in shown
    now = gallery_truth(site.gallery("market"), load(replica_root).files)["posts"][no]
    assert (now["title"], now["icon"], len(now["media"])) == ("고친 제목", "pic", 1)
    (picture,) = html.fromstring(page).cssselect(".write_div img")
    data = requests.get(picture.get("data-original"), headers={"Referer": site.address}, timeout=10).content  # type: ignore[arg-type]
    assert hashlib.sha256(data).hexdigest() == file.sha256 == now["media"][0]["sha256"]
    site.control.change({"reset": True})
    assert "고친 제목" not in _text(site, post["url"]) + _text(site, gallery["list"])


def test_edits_of_one_post_add_up(site: Replica, truth: Row, replica_root: Path) -> None:
    no, _ = _some(truth["galleries"]["market"], "image")
    pictures = [file.sha256 for file in load(replica_root).files.values() if file.type == "image/png"][:2]
    for one in pictures:
        site.control.change({"edit": {"market": {no: {"picture": one}}}})
    now = gallery_truth(site.gallery("market"), load(replica_root).files)["posts"][no]
    assert [one["sha256"] for one in now["media"] if one["where"] == "body"][-2:] == pictures


def test_a_post_that_is_deleted_later_leaves_the_list_and_says_so(site: Replica, truth: Row) -> None:
    no, post = _some(truth["galleries"]["market"], "image")
    assert no in _numbers(site, truth["galleries"]["market"])
    site.control.change({"delete": {"market": [int(no)]}})
    assert no not in _numbers(site, truth["galleries"]["market"])
    assert "/derror/deleted/" in _text(site, post["url"])


def test_a_post_may_become_secret(site: Replica, truth: Row) -> None:
    no, post = _some(truth["galleries"]["tea"], "image")
    site.control.change({"secret": {"tea": [int(no)]}})
    assert "mini_pwcheck" in _text(site, post["url"]) and no in _numbers(site, truth["galleries"]["tea"])


def test_a_list_shifts_while_it_is_read(site: Replica, truth: Row) -> None:
    gallery = truth["galleries"]["lists"]
    posts = list(gallery["posts"])
    site.control.change({"withhold": {"lists": 5}, "shift": {"lists": {"every": 2, "posts": 3}}})
    newest = [posts.index(_numbers(site, gallery)[0]) for _ in range(6)]
    assert newest == [5, 5, 2, 2, 0, 0]


@pytest.mark.parametrize("wish", ["all", "one"])
def test_a_video_becomes_ready(site: Replica, truth: Row, wish: str) -> None:
    posts = truth["galleries"]["clips"]["posts"].values()
    waiting = [one for post in posts for one in post["media"] if one["status"] == "encoding"]
    assert len(waiting) >= 2
    site.control.change({"encoded": "all" if wish == "all" else [waiting[0]["movie_no"]]})
    ready = 0
    for one in waiting:
        page = _text(site, f"/board/movie/movie_view?no={one['movie_no']}", Referer=site.address)
        for source in html.fromstring(page).cssselect("source"):
            data = requests.get(source.get("src", ""), headers={"Referer": site.address}, timeout=10).content
            assert hashlib.sha256(data).hexdigest() == one["later"]["sha256"]
            ready += 1
    assert ready == (len(waiting) if wish == "all" else 1)


def test_the_rules_for_robots_can_be_others(site: Replica) -> None:
    before = _text(site, "/robots.txt")
    site.control.change({"robots": ["User-agent: *", "Disallow: /mini"]})
    assert _text(site, "/robots.txt") == "User-agent: *\nDisallow: /mini"
    site.control.change({"robots": None})
    assert _text(site, "/robots.txt") == before


@pytest.mark.parametrize(
    "wish",
    [
        {"edit": {"nowhere": {"1": {}}}},
        {"edit": {"demo": {"1": {"title": "x"}}}},
        {"edit": {"market": {"NO": {"state": "on fire"}}}},
        {"edit": {"market": {"NO": {"picture": "../../etc/passwd"}}}},
        {"edit": {"market": {"NO": {"colour": "red"}}}},
        {"delete": {"market": [1]}},
        {"shift": {"nowhere": {}}},
        {"withhold": {"demo": -1}},
    ],
)
def test_a_change_of_what_is_not_there_is_refused_and_nothing_is_changed(site: Replica, truth: Row, wish: Row) -> None:
    no, _ = _some(truth["galleries"]["market"], "text")
    whole = {"fault": "403", **_filled(wish, no)}
    answer = requests.post(f"{site.address}/_control", json=whole, timeout=10)
    assert answer.status_code == 400 and "error" in answer.json()
    assert requests.get(f"{site.address}/robots.txt", timeout=10).status_code == 200
    assert site.control.changes.version == 0


def _filled(wish: Any, no: str) -> Any:
    if not isinstance(wish, dict):
        return wish
    return {no if key == "NO" else key: _filled(value, no) for key, value in wish.items()}
