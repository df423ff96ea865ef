"""The pages say what truth.json says, in the forms that the site's notes describe."""

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from lxml import html

from include.demo.server import Replica

Element = Any
SKIPPED = ("og-img", "written_dccon", "nstatic")


def _get(site: Replica, path: str, **options: Any) -> requests.Response:
    return requests.get(urljoin(site.address, path), timeout=10, allow_redirects=False, **options)


def _page(site: Replica, path: str) -> Element:
    response = _get(site, path)
    assert response.status_code == 200, path
    return html.fromstring(response.content.decode("utf-8"))


def _open(truth: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((key, one) for key, one in truth["galleries"].items() if one["state"] == "open")


def _rows(page: Element) -> list[int]:
    """The post numbers of a list page, by the rules of the site's notes."""
    numbers = []
    for row in page.cssselect("table.gall_list tbody tr.ub-content.us-post[data-no][data-type]"):
        parts = urlsplit(row.cssselect("td.gall_tit > a")[0].get("href"))
        if row.cssselect("td.gall_num")[0].text.isdigit() and not parts.scheme and not parts.netloc:
            numbers.append(int(row.get("data-no")))
            assert parse_qs(parts.query)["no"] == [row.get("data-no")]
    return numbers


def test_all_list_pages_together_hold_exactly_the_posts(site: Replica, truth: dict[str, Any]) -> None:
    for _, gallery in _open(truth):
        pages = [_rows(_page(site, f"{gallery['list']}&page={number + 1}")) for number in range(gallery["pages"] + 1)]
        assert {no for page in pages for no in page} == set(map(int, gallery["posts"]))
        assert pages[-1] == [] or gallery["posts"].keys() >= {str(no) for no in pages[-1]}


def test_a_post_stands_on_two_list_pages(site: Replica, truth: dict[str, Any]) -> None:
    first, second = (_rows(_page(site, f"{truth['galleries']['demo']['list']}&page={page}")) for page in (1, 2))
    assert len(first) == 50 and set(first) & set(second)


@pytest.mark.parametrize("size", [30, 100])
def test_lists_come_in_other_sizes(site: Replica, truth: dict[str, Any], size: int) -> None:
    rows = _rows(_page(site, f"{truth['galleries']['travel']['list']}&list_num={size}"))
    assert len(rows) == min(size, len(truth["galleries"]["travel"]["posts"]))


def test_recommended_lists_hold_only_recommended_posts(site: Replica, truth: dict[str, Any]) -> None:
    gallery = truth["galleries"]["travel"]
    rows = _rows(_page(site, f"{gallery['list']}&exception_mode=recommend&list_num=100"))
    assert rows and all(gallery["posts"][str(no)]["icon"] not in ("pic", "txt", "movie") for no in rows)


def test_rows_that_are_no_posts_are_there_to_be_skipped(site: Replica, truth: dict[str, Any]) -> None:
    page = _page(site, truth["galleries"]["demo"]["list"])
    assert {cell.text for cell in page.cssselect("td.gall_num")} >= {"공지", "설문", "AD"}
    schemes = {urlsplit(link.get("href")).scheme for link in page.cssselect("td.gall_tit > a")}
    assert schemes >= {"javascript", "http", "https", "file", ""}


def _candidates(page: Element) -> Iterator[str]:
    for one in page.cssselect(".writing_view_box img, .writing_view_box video"):
        address = next(
            (one.get(name) for name in ("data-gif", "data-original", "data-src", "src") if one.get(name)), ""
        )
        described = f"{address} {one.get('class', '')}"
        if "viewimage.php" in address and not any(name in described for name in SKIPPED):
            yield address


def _fetched(site: Replica, address: str, referer: str) -> tuple[str, bytes]:
    response = requests.get(address, headers={"Referer": referer}, timeout=10, allow_redirects=False)
    return ("redirected", b"") if response.is_redirect else ("file", response.content)


def _media(site: Replica, url: str) -> list[tuple[str, str]]:
    """Kind and sha256 of a post's media, read from its pages by the rules of the site's notes."""
    page, referer = _page(site, url), urljoin(site.address, url)
    host = urlsplit(site.address).netloc
    pictures = [urljoin(referer, one) for one in _candidates(page)]
    boxes = [one.get("href") for one in page.cssselect("div.appending_file_box ul.appending_file li a[href]")]
    names = [one.text for one in page.cssselect("div.appending_file_box ul.appending_file li a[href]")]
    wanted = [one for one in pictures if urlsplit(one).netloc == host]
    wanted += [
        one for one, name in zip(boxes, names, strict=True)
        if urlsplit(one).netloc == host and not name.lower().endswith((".pdf", ".zip"))
    ]  # fmt: skip
    found: list[tuple[str, str]] = []
    for address in wanted:
        what, data = _fetched(site, address, referer)
        one = ("image", hashlib.sha256(data).hexdigest() if what == "file" else "")
        if one not in found:
            found.append(one)
    return found


def test_every_picture_of_every_post_is_where_the_truth_says(site: Replica, truth: dict[str, Any]) -> None:
    for _, gallery in _open(truth):
        for post in gallery["posts"].values():
            if post["status"] == "published":
                expected = [("image", one["sha256"]) for one in post["media"] if one["kind"] == "image"]
                assert _media(site, post["url"]) == expected, post["url"]
    assert not [path for path in site.control.log()["paths"] if path.startswith("/_trap")]


def test_titles_and_times_survive_the_page(site: Replica, truth: dict[str, Any]) -> None:
    for post in truth["galleries"]["demo"]["posts"].values():
        if post["status"] == "published":
            page = _page(site, post["url"])
            assert page.cssselect(".gallview_head .title_subject")[0].text == post["title"]
            assert page.cssselect(".gallview_head .gall_date")[0].get("title") == post["posted_at"]


def test_videos_are_named_by_their_player_page(site: Replica, truth: dict[str, Any]) -> None:
    styles = set()
    for _, gallery in _open(truth):
        for post in gallery["posts"].values():
            for one in (one for one in post["media"] if one["kind"] == "video"):
                frame = _page(site, post["url"]).cssselect("iframe[id^=movieIcon]")[0].get("src")
                player = _get(site, urljoin(site.address, frame), headers={"Referer": site.address + post["url"]})
                page = html.fromstring(player.content)
                sources = [source.get("src", "") for source in page.cssselect("video.dc_mv > source")]
                sources += [box.get("value", "") for box in page.cssselect("input[type=hidden]")]
                styles.add((bool(page.cssselect("video")), bool(sources), frame.partition("board")[0][:2]))
                assert bool(sources) == (one["status"] == "ok")
                for source in sources:
                    data = _get(site, source, headers={"Referer": site.address}).content
                    assert hashlib.sha256(data).hexdigest() == one["sha256"] and data[4:8] == b"ftyp"
    assert len(styles) >= 4


@pytest.mark.parametrize(
    ("status", "mark"),
    [("deleted", "/derror/deleted/"), ("adult", "/error/adult"), ("secret", "mini_pwcheck")],
)
def test_posts_that_cannot_be_read_say_so_in_the_site_s_way(
    site: Replica, truth: dict[str, Any], status: str, mark: str
) -> None:
    posts = [post for _, gallery in _open(truth) for post in gallery["posts"].values() if post["status"] == status]
    answers = [_get(site, post["url"]) for post in posts]
    assert any(answer.status_code == 200 and mark in answer.text for answer in answers)
    assert not any("writing_view_box" in answer.text for answer in answers)
    if status == "deleted":
        assert {answer.status_code for answer in answers} == {200, 404}


def test_a_gallery_asked_for_as_another_kind_sends_to_the_right_list(site: Replica, truth: dict[str, Any]) -> None:
    gallery = truth["galleries"]["tea"]
    answer = _get(site, f"/mgallery/board/lists/?id={gallery['id']}")
    assert answer.status_code == 200 and f'location.replace("{gallery["list"]}")' in answer.text


def test_the_slash_before_the_question_mark_may_be_absent(site: Replica, truth: dict[str, Any]) -> None:
    path = truth["galleries"]["travel"]["list"]
    assert _rows(_page(site, path.replace("/?", "?"))) == _rows(_page(site, path))


def test_short_addresses_lead_to_the_post(site: Replica, truth: dict[str, Any]) -> None:
    for key, prefix in (("travel", ""), ("demo", "/m"), ("tea", "/mini"), ("actor", "/person")):
        gallery = truth["galleries"][key]
        no = next(iter(gallery["posts"]))
        answer = _get(site, f"{prefix}/{gallery['id']}/{no}")
        assert answer.status_code == 302 and answer.headers["Location"] == gallery["posts"][no]["url"]


def test_a_closed_gallery_is_an_alert(site: Replica, truth: dict[str, Any]) -> None:
    assert 'alert("해당 마이너 갤러리는' in _get(site, truth["galleries"]["closed"]["list"]).content.decode("utf-8")
