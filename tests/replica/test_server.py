"""The server: loopback only, referers wanted, faults on demand, a log that counts."""

import http.client
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from lxml import html

from replica.server import HOST, Replica


def _control(site: Replica, **wish: Any) -> requests.Response:
    return requests.post(f"{site.address}/_control", json=wish, timeout=10)


def _first_picture(site: Replica, truth: dict[str, Any]) -> tuple[str, str]:
    posts = truth["galleries"]["demo"]["posts"].values()
    url = urljoin(site.address, next(post["url"] for post in posts if post["kind"] == "stranger"))
    page = html.fromstring(requests.get(url, timeout=10).content)
    return url, str(page.cssselect(".write_div img[src*='viewimage.php']")[0].get("src"))


def test_it_listens_on_loopback_only(site: Replica) -> None:
    assert HOST == "127.0.0.1" and site.socket.getsockname()[0] == "127.0.0.1"
    assert requests.get(f"{site.address}/health", timeout=10).status_code == 200


def test_it_imports_nothing_heavy() -> None:
    code = "import sys, replica.server; print(sorted({'numpy', 'cv2', 'PIL', 'lxml'} & set(sys.modules)))"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


def test_a_picture_without_a_referer_is_another_picture(site: Replica, truth: dict[str, Any]) -> None:
    url, picture = _first_picture(site, truth)
    right = requests.get(picture, headers={"Referer": url}, timeout=10)
    without, foreign = (requests.get(picture, headers=h, timeout=10) for h in ({}, {"Referer": "http://example.com/"}))
    assert len(right.content) > 5000
    assert without.content == foreign.content and len(without.content) < 100


def test_a_download_without_a_referer_is_forbidden(site: Replica, truth: dict[str, Any]) -> None:
    posts = truth["galleries"]["demo"]["posts"].values()
    url = urljoin(site.address, next(post["url"] for post in posts if post["kind"] == "subject_attached"))
    link = html.fromstring(requests.get(url, timeout=10).content).cssselect("ul.appending_file a")[0].get("href", "")
    assert requests.get(link, timeout=10).status_code == 403
    assert requests.get(link, headers={"Referer": url}, timeout=10).status_code == 200


def test_a_connection_is_kept_alive(site: Replica) -> None:
    connection = http.client.HTTPConnection(HOST, int(site.server_address[1]), timeout=10)
    for path in ("/robots.txt", "/nowhere", "/health"):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()
    assert site.control.log()["connections"] == 1


def test_media_addresses_follow_the_host_that_was_asked(site: Replica, truth: dict[str, Any]) -> None:
    posts = truth["galleries"]["demo"]["posts"].values()
    url = urljoin(site.address, next(post["url"] for post in posts if post["kind"] == "stranger"))
    page = requests.get(url, headers={"Host": "gallery.test:81"}, timeout=10).text
    assert "http://gallery.test:81/viewimage.php" in page and site.address not in page


@pytest.mark.parametrize(("fault", "status"), [("empty", 200), ("403", 403), ("429", 429), ("500", 500)])
def test_a_fault_strikes_as_often_as_asked_and_where(site: Replica, fault: str, status: int) -> None:
    assert _control(site, fault=fault, count=2, path="/robots", retry_after="7").ok
    answers = [requests.get(f"{site.address}/robots.txt", timeout=10) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert (answers[0].content == b"") == (fault == "empty") and answers[2].content
    assert answers[0].headers.get("Retry-After") == (None if fault == "empty" else "7")


def test_a_cut_answer_is_shorter_than_it_says(site: Replica) -> None:
    _control(site, fault="cut", path="/robots")
    with pytest.raises(requests.exceptions.RequestException):
        requests.get(f"{site.address}/robots.txt", timeout=10)


def test_posts_held_back_appear_when_they_are_released(site: Replica, truth: dict[str, Any]) -> None:
    newest, *_ = truth["galleries"]["demo"]["posts"]
    listed = f'data-no="{newest}"'
    address = urljoin(site.address, truth["galleries"]["demo"]["list"])
    _control(site, withhold={"demo": 3})
    assert listed not in requests.get(address, timeout=10).text
    _control(site, withhold={})
    assert listed in requests.get(address, timeout=10).text


def test_the_log_counts_each_address(site: Replica) -> None:
    for _ in range(3):
        requests.get(f"{site.address}/robots.txt?a=1", timeout=10)
    log = requests.get(f"{site.address}/_log", timeout=10).json()
    assert log["total"] == 3 and log["paths"] == {"/robots.txt?a=1": 3}
    _control(site, forget=True)
    assert requests.get(f"{site.address}/_log", timeout=10).json()["total"] == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"fault": "fire"}', b'{"whatever": 1}'])
def test_a_wish_that_makes_no_sense_is_refused_and_changes_nothing(site: Replica, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{site.address}/_control", data=body, headers=headers, timeout=10)
    assert answer.status_code == 400 and "error" in answer.json()
    assert requests.get(f"{site.address}/robots.txt", timeout=10).status_code == 200


def test_a_foreign_web_page_cannot_use_the_controls(site: Replica) -> None:
    body = json.dumps({"fault": "403"})
    answer = requests.post(f"{site.address}/_control", data=body, headers={"Content-Type": "text/plain"}, timeout=10)
    assert answer.status_code == 415
    assert requests.get(f"{site.address}/robots.txt", timeout=10).status_code == 200


@pytest.mark.parametrize(
    "target", ["/../../etc/passwd", "/nstatic/../../x", "/viewimage.php?no=../../truth.json", "//"]
)
def test_no_request_reaches_a_file_that_is_not_of_the_site(site: Replica, target: str) -> None:
    connection = http.client.HTTPConnection(HOST, int(site.server_address[1]), timeout=10)
    connection.putrequest("GET", target, skip_host=False)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status in (200, 404) and b"root:" not in (body := answer.read()) and b"found_in" not in body
    connection.close()


def test_robots_rules_hold_query_strings_and_name_a_post_that_is_there(site: Replica, truth: dict[str, Any]) -> None:
    text = requests.get(f"{site.address}/robots.txt", timeout=10).text
    posts = truth["galleries"]["camera"]["posts"].values()
    (url,) = [post["url"] for post in posts if post["disallowed"]]
    assert f"Disallow: {url}$" in text and "User-agent: GPTBot" in text
