"""List pages: as long as real ones, with all their options, and rows of every kind."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin

import pytest
import requests
from lxml import html

from replica.server import Replica

Element = Any


@pytest.fixture
def page(site: Replica) -> Callable[[str], Element]:
    def fetched(path: str) -> Element:
        return html.fromstring(requests.get(urljoin(site.address, path), timeout=10).content.decode("utf-8"))

    return fetched


def _listed(page: Element) -> list[str]:
    """The numbers of the rows that have one and show how often their post was read: posts, and none else here."""
    rows = page.cssselect("table.gall_list tr.us-post")
    read = [row for row in rows if row.cssselect(".gall_count")[0].text != "-"]
    return [row.get("data-no") for row in read]


def test_pages_are_as_long_as_real_ones(site: Replica, truth: dict[str, Any]) -> None:
    opened = [gallery for gallery in truth["galleries"].values() if gallery["state"] == "open"]
    for gallery in opened:
        for size in (30, 100):
            answer = requests.get(f"{site.address}{gallery['list']}&list_num={size}", timeout=10)
            assert 100_000 <= len(answer.content) <= 220_000, gallery["list"]
        for post in gallery["posts"].values():
            if post["status"] == "published" and post["kind"] != "page_deep":
                length = len(requests.get(site.address + post["url"], timeout=10).content)
                assert 60_000 <= length <= 122_000, (post["url"], length)


def test_long_pages_hold_rows_and_pictures_that_are_none(page: Callable[[str], Element], truth: dict[str, Any]) -> None:
    listing = page(truth["galleries"]["market"]["list"])
    assert listing.cssselect("table.recom_list tr.ub-content.us-post[data-no]")
    assert "us-post" in "".join(code.text or "" for code in listing.cssselect("script"))
    assert not {one for one in _listed(listing) if int(one) > 10**8}


def test_every_kind_of_row_is_there(page: Callable[[str], Element], truth: dict[str, Any]) -> None:
    gallery = truth["galleries"]["lists"]
    rows = [row for number in (1, 2) for row in page(f"{gallery['list']}&page={number}").cssselect("tr.us-post")]
    assert [row for row in rows if not row.get("data-type")]
    assert [row for row in rows if not row.cssselect("em.icon_img")]
    assert [row for row in rows if not row.cssselect(".gall_date")]
    assert [row for row in rows if row.cssselect(".gall_date") and not row.cssselect(".gall_date")[0].get("title")]
    icons = {row.get("data-type") for row in rows}
    assert icons >= {"icon_recmovie", "icon_survey", "icon_issue", "icon_notice", "icon_btimebest", "icon_hit"}
    pinned = {row.get("data-no") for row in rows if row.cssselect(".gall_num")[0].text == "공지"}
    assert pinned & set(gallery["posts"])


def test_a_notice_may_have_a_number_and_say_so_in_its_heading(
    page: Callable[[str], Element], truth: dict[str, Any]
) -> None:
    rows = page(truth["galleries"]["market"]["list"]).cssselect("table.gall_list tr.us-post")
    headings = {row.cssselect(".gall_num")[0].text: row.cssselect(".gall_subject")[0].text for row in rows}
    assert [number for number, heading in headings.items() if number.isdigit() and heading == "공지"]


def test_rows_that_lead_to_other_galleries_are_named_in_the_truth(
    page: Callable[[str], Element], truth: dict[str, Any]
) -> None:
    gallery = truth["galleries"]["lists"]
    links = {link.get("href") for link in page(gallery["list"]).cssselect("tr.us-post td.gall_tit > a:first-child")}
    others = [path for path in gallery["not_posts"] if "replica_photo" in path]
    assert others and set(others) <= links


@pytest.mark.parametrize(("key", "repeats"), [("lists", True), ("market", False)])
def test_a_page_past_the_end_repeats_the_last_one_or_is_empty(
    page: Callable[[str], Element], truth: dict[str, Any], key: str, repeats: bool
) -> None:
    gallery = truth["galleries"][key]
    last, past = (_listed(page(f"{gallery['list']}&page={gallery['pages'] + further}")) for further in (0, 7))
    assert last and (past == last) == repeats
    assert repeats or past == []


def test_a_heading_filters_the_list(page: Callable[[str], Element], truth: dict[str, Any]) -> None:
    gallery = truth["galleries"]["demo"]
    found = [_listed(page(f"{gallery['list']}&search_head={number}&list_num=100")) for number in range(5)]
    assert all(found) and sorted(no for part in found for no in part) == sorted(gallery["posts"])


def test_a_search_goes_through_the_gallery_window_by_window(
    page: Callable[[str], Element], truth: dict[str, Any]
) -> None:
    gallery = truth["galleries"]["travel"]
    wanted = {no for no, post in gallery["posts"].items() if "사진" in post["title"]}
    keyword = quote("사진", safe="").replace("%", ".")
    address, windows = f"{gallery['list']}&s_type=search_subject&s_keyword={keyword}", []
    while address:
        here = page(address)
        windows.append(set(_listed(here)))
        address = next((link.get("href") for link in here.cssselect("a.search_next")), "")
    assert len(windows) > 1 and set.union(*windows) == wanted
    assert sum(map(len, windows)) == len(wanted) > len(windows[0])


def test_the_notices_have_a_list_of_their_own(page: Callable[[str], Element], truth: dict[str, Any]) -> None:
    gallery = truth["galleries"]["market"]
    notices = {no for no, post in gallery["posts"].items() if post["icon"] == "notice"}
    found = set(_listed(page(f"{gallery['list']}&exception_mode=notice")))
    assert notices and found == notices
