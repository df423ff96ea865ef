"""The pages say what truth.json says, in the forms that the site's notes describe."""

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from lxml import html

from replica.server import Replica

Element = Any
SKIPPED = ("og-img", "written_dccon", "nstatic")


def _get(site: Replica, path: str, **options: Any) -> requests.Response:
    return requests.get(urljoin(site.address, path), timeout=10, allow_redirects=False, **options)


def _page(site: Replica, path: str, **options: Any) -> Element:
    response = _get(site, path, **options)
    assert response.status_code == 200, path
    # What a browser does with bytes that are no UTF-8 and with NUL, which lxml takes for the end.
    return html.fromstring(response.content.decode("utf-8", "replace").replace("\0", ""))


def _open(truth: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((key, one) for key, one in truth["galleries"].items() if one["state"] == "open")


def _rows(page: Element, gallery: dict[str, Any]) -> list[int]:
    """The post numbers of a list page, by the rules of the site's notes."""
    numbers = []
    for row in page.cssselect("table.gall_list tbody tr.ub-content.us-post[data-no]"):
        number = row.cssselect("td.gall_num")[0].text.strip()
        href = row.cssselect("td.gall_tit > a:first-child")[0].get("href")
        if number.isdigit() and _leads_to(gallery, href, number):
            assert number == row.get("data-no")
            numbers.append(int(number))
    return numbers


def _leads_to(gallery: dict[str, Any], href: str, number: str) -> bool:
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    view = urlsplit(gallery["list"]).path.replace("lists", "view").strip("/")
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    by_query = parts.path.strip("/") == view and (asked.get("id"), asked.get("no")) == (gallery["id"], number)
    here = not parts.netloc or parts.netloc == "site.test"
    return here and (by_query or parts.path == f"{gallery['short']}/{number}")


def test_all_list_pages_together_hold_exactly_the_posts(site: Replica, truth: dict[str, Any]) -> None:
    for _, gallery in _open(truth):
        paths = [f"{gallery['list']}&page={number + 1}" for number in range(gallery["pages"] + 1)]
        pages = [_rows(_page(site, path, headers={"Host": "site.test"}), gallery) for path in paths]
        assert {no for page in pages for no in page} == set(map(int, gallery["posts"]))
        assert pages[-1] == [] or gallery["posts"].keys() >= {str(no) for no in pages[-1]}


def test_a_post_stands_on_two_list_pages(site: Replica, truth: dict[str, Any]) -> None:
    demo = truth["galleries"]["demo"]
    first, second = (_rows(_page(site, f"{demo['list']}&page={page}"), demo) for page in (1, 2))
    assert len(first) == 50 and set(first) & set(second)


@pytest.mark.parametrize("size", [30, 100])
def test_lists_come_in_other_sizes(site: Replica, truth: dict[str, Any], size: int) -> None:
    travel = truth["galleries"]["travel"]
    assert len(_rows(_page(site, f"{travel['list']}&list_num={size}"), travel)) == min(size, len(travel["posts"]))


def test_recommended_lists_hold_only_recommended_posts(site: Replica, truth: dict[str, Any]) -> None:
    gallery = truth["galleries"]["travel"]
    rows = _rows(_page(site, f"{gallery['list']}&exception_mode=recommend&list_num=100"), gallery)
    assert rows == gallery["recommended"]
    assert all(gallery["posts"][str(no)]["icon"] not in ("pic", "txt", "movie") for no in rows)


def test_rows_that_are_no_posts_are_there_to_be_skipped(site: Replica, truth: dict[str, Any]) -> None:
    page = _page(site, truth["galleries"]["demo"]["list"])
    assert {cell.text for cell in page.cssselect("td.gall_num")} >= {"공지", "설문", "AD"}
    schemes = {urlsplit(link.get("href")).scheme for link in page.cssselect("td.gall_tit > a")}
    assert schemes >= {"javascript", "http", "https", "file", ""}


def _candidates(page: Element) -> Iterator[str]:
    """Addresses of pictures, in order; one that stands twice comes once."""
    seen = set()
    for one in page.cssselect(".writing_view_box img, .writing_view_box video"):
        address = next(
            (one.get(name) for name in ("data-gif", "data-original", "data-src", "src") if one.get(name)), ""
        ).strip()
        described = f"{address} {one.get('class', '')}"
        if "viewimage.php" in address and address not in seen and not any(name in described for name in SKIPPED):
            seen.add(address)
            yield address


def _fetched(site: Replica, address: str, referer: str) -> tuple[str, bytes]:
    response = requests.get(address, headers={"Referer": referer}, timeout=10, allow_redirects=False)
    return ("redirected", b"") if response.is_redirect else ("file", response.content)


def _media(site: Replica, url: str) -> list[tuple[str, str]]:
    """Kind and sha256 of a post's media, read from its pages by the rules of the site's notes."""
    page, referer = _page(site, url), urljoin(site.address, url)
    host = urlsplit(site.address).netloc
    found: list[tuple[str, str]] = []
    for one in _candidates(page):
        if urlsplit(urljoin(referer, one)).netloc == host:
            what, data = _fetched(site, urljoin(referer, one), referer)
            found.append(("image", hashlib.sha256(data).hexdigest() if what == "file" else ""))
    for link in page.cssselect("div.appending_file_box ul.appending_file li a[href]"):
        address, name = link.get("href"), link.text.lower()
        if urlsplit(address).netloc == host and not name.endswith((".pdf", ".zip")):
            digest = hashlib.sha256(_fetched(site, address, referer)[1]).hexdigest()
            if digest not in [seen for _, seen in found]:
                found.append(("video" if name.endswith(".mp4") else "image", digest))
    return found


def test_every_picture_of_every_post_is_where_the_truth_says(site: Replica, truth: dict[str, Any]) -> None:
    for _, gallery in _open(truth):
        for post in gallery["posts"].values():
            if post["status"] == "published":
                kinds = [(one["kind"], one["sha256"], one["where"]) for one in post["media"]]
                expected = [(kind, sha256) for kind, sha256, where in kinds if (kind, where) != ("video", "body")]
                assert _media(site, post["url"]) == expected, post["url"]
    assert not [path for path in site.control.log()["paths"] if path.startswith("/_trap")]


def test_titles_and_times_survive_the_page(site: Replica, truth: dict[str, Any]) -> None:
    posts = [post for key in ("demo", "bodies", "broken") for post in truth["galleries"][key]["posts"].values()]
    for post in posts:
        if post["status"] == "published":
            page = _page(site, post["url"])
            assert page.cssselect(".gallview_head .title_subject")[0].text == post["title"]
            assert page.cssselect(".gallview_head .gall_date")[0].get("title") == post["posted_at"]


def _frames(site: Replica, url: str) -> dict[str, str]:
    """The player pages of a post's videos, by number; one that stands twice comes once."""
    frames = (frame.get("src") for frame in _page(site, url).cssselect("iframe[id^=movieIcon]"))
    return {frame.partition("no=")[2]: urljoin(site.address, frame) for frame in frames}


def test_videos_are_named_by_their_player_page(site: Replica, truth: dict[str, Any]) -> None:
    styles = set()
    for _, gallery in _open(truth):
        for post in gallery["posts"].values():
            films = {str(one["movie_no"]): one for one in post["media"] if "movie_no" in one}
            frames = _frames(site, post["url"]) if films else {}
            assert list(frames) == list(films)
            for number, one in films.items():
                styles.add((one["player"], _source_is_right(site, post, frames[number], one)))
    assert styles == {("source", True), ("hidden", True), ("button", False), ("encoding", False)}


def _source_is_right(site: Replica, post: dict[str, Any], player: str, one: dict[str, Any]) -> bool:
    """Whether a player page names a source; it has to be the file."""
    page = html.fromstring(_get(site, player, headers={"Referer": site.address + post["url"]}).content)
    sources = [source.get("src", "") for source in page.cssselect("video.dc_mv > source")]
    sources += [box.get("value", "") for box in page.cssselect("input[type=hidden]")]
    assert bool(page.cssselect(".btn_down")) == (one["player"] in ("source", "button"))
    for source in sources:
        data = _get(site, source, headers={"Referer": site.address}).content
        assert hashlib.sha256(data).hexdigest() == one["sha256"] and data[4:8] == b"ftyp"
    return bool(sources)


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        ("deleted", "/derror/deleted/"),
        ("adult", "/error/adult"),
        ("secret", "mini_pwcheck"),
        ("moved", "location.href"),
        ("unreadable", "maintenance"),
    ],
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


def test_a_gallery_of_which_nothing_can_be_seen_says_so_on_every_page(site: Replica, truth: dict[str, Any]) -> None:
    marks = {"adult": "/error/adult", "unreadable": "maintenance"}
    assert {one["status"] for one in truth["shut"].values()} == set(marks)
    for one in truth["shut"].values():
        for path in (one["list"], one["list"].replace("/lists/", "/view/") + "&no=1"):
            assert marks[one["status"]] in _get(site, path).text


def test_a_gallery_asked_for_as_another_kind_sends_to_the_right_list(site: Replica, truth: dict[str, Any]) -> None:
    for _, gallery in _open(truth):
        for path in (gallery["wrong"], gallery["wrong"].replace("/lists/", "/view/") + "&no=1"):
            answer = _get(site, path)
            lists = [one["list"] for one in truth["galleries"].values() if one["id"] == gallery["id"]]
            assert answer.status_code == 200
            assert any(f'location.replace("{path}")' in answer.text for path in lists)


def test_the_slash_before_the_question_mark_may_be_absent(site: Replica, truth: dict[str, Any]) -> None:
    travel = truth["galleries"]["travel"]
    without, with_slash = (_page(site, path) for path in (travel["list"].replace("/?", "?"), travel["list"]))
    assert _rows(without, travel) == _rows(with_slash, travel) != []


def test_short_and_mobile_addresses_lead_to_the_post_and_the_list(site: Replica, truth: dict[str, Any]) -> None:
    for _, gallery in _open(truth):
        no = next(iter(gallery["posts"]))
        if gallery["id"] == "replica_twin":
            continue  # the mobile site's /board/ cannot tell
        for start in (gallery["short"], gallery["mobile"]):
            for path, goal in ((start, gallery["list"]), (f"{start}/{no}", gallery["posts"][no]["url"])):
                answer = _get(site, path)
                assert (answer.status_code, answer.headers["Location"]) == (302, goal), path


def test_galleries_of_one_id_and_two_kinds_share_nothing(site: Replica, truth: dict[str, Any]) -> None:
    one, two = (truth["galleries"][key] for key in ("twin_minor", "twin_mini"))
    shared = set(one["posts"]) & set(two["posts"])
    assert one["id"] == two["id"] and shared
    for no in shared:
        titles = [
            _page(site, gallery["posts"][no]["url"]).cssselect(".title_subject")[0].text for gallery in (one, two)
        ]
        assert titles == [gallery["posts"][no]["title"] for gallery in (one, two)] and titles[0] != titles[1]


def test_a_closed_gallery_is_an_alert(site: Replica, truth: dict[str, Any]) -> None:
    assert 'alert("해당 마이너 갤러리는' in _get(site, truth["galleries"]["closed"]["list"]).content.decode("utf-8")
