"""Faults: each does what it says, to whom, when and as often as wished."""

import gzip
import http.client
import socket
import time
from typing import Any

import pytest
import requests

from replica.server import HOST, Replica

PATH = "/robots.txt"


def _wish(site: Replica, **wish: Any) -> None:
    site.control.change({"path": PATH, **wish})


def _get(site: Replica, path: str = PATH, **options: Any) -> requests.Response:
    return requests.get(site.address + path, timeout=10, allow_redirects=False, **options)


def _raw(site: Replica, request: bytes) -> bytes:
    """Everything that comes back until the server ends the connection."""
    with socket.create_connection((HOST, site.server_address[1]), timeout=10) as link:
        link.sendall(request)
        return b"".join(iter(lambda: link.recv(65_536), b""))


def _asked(site: Replica, path: str = PATH, connection: str = "close") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {site.address[7:]}\r\nConnection: {connection}\r\n\r\n".encode()


def test_faults_strike_in_the_order_of_the_wishes_and_then_the_site_recovers(site: Replica) -> None:
    for fault in ("429", "403", "418"):
        _wish(site, fault=fault, count=2)
    assert [_get(site).status_code for _ in range(7)] == [429, 429, 403, 403, 418, 418, 200]


def test_a_fault_may_begin_later(site: Replica) -> None:
    _wish(site, fault="503", after=2)
    assert _get(site, "/health").ok and _get(site, "/").ok
    assert [_get(site).status_code for _ in range(4)] == [200, 200, 503, 200]


@pytest.mark.parametrize("when", ["120", "Fri, 31 Dec 2049 23:59:59 GMT", "soon"])
def test_retry_after_is_sent_as_it_was_wished(site: Replica, when: str) -> None:
    _wish(site, fault="429", retry_after=when, text="천천히")
    answer = _get(site)
    assert (answer.headers["Retry-After"], answer.content.decode()) == (when, "천천히")


def test_an_answer_may_be_compressed(site: Replica) -> None:
    plain = _get(site).content
    _wish(site, fault="gzip")
    answer = _get(site, stream=True)
    packed = answer.raw.read(decode_content=False)
    assert answer.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed) == plain


def test_a_bomb_is_small_on_the_wire_and_large_behind_it(site: Replica) -> None:
    _wish(site, fault="bomb", size=20_000_000)
    packed = _get(site, stream=True).raw.read(decode_content=False)
    assert len(packed) < 50_000 and len(gzip.decompress(packed)) == 20_000_000


def test_bodies_come_without_a_length_in_chunks_or_with_a_wrong_one(site: Replica) -> None:
    plain = _get(site).content
    for fault in ("open", "chunked"):
        _wish(site, fault=fault)
        answer = _get(site)
        assert answer.content == plain and "Content-Length" not in answer.headers
    _wish(site, fault="boast", size=10**9)
    head, _, body = _raw(site, _asked(site)).partition(b"\r\n\r\n")
    assert b"Content-Length: 1000000000" in head and body == plain
    _wish(site, fault="short")
    head, _, body = _raw(site, _asked(site)).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(plain) // 2}".encode() in head and body == plain


def test_a_connection_may_end_without_a_word(site: Replica) -> None:
    _wish(site, fault="drop")
    with pytest.raises(requests.exceptions.ConnectionError):
        _get(site)


def test_a_slow_body_is_whole_in_the_end(site: Replica) -> None:
    plain = _get(site).content
    for wish in ({"fault": "drip", "seconds": 0.03, "size": 100}, {"fault": "stall", "seconds": 0.1}):
        _wish(site, **wish)
        start = time.monotonic()
        assert _get(site).content == plain and time.monotonic() - start > 0.05


@pytest.mark.parametrize(
    ("to", "goal"),
    [
        ("{target}", "/robots.txt?a=1"),
        ("https://{host}{target}", "https://HERE/robots.txt?a=1"),
        ("{site}/elsewhere", "http://HERE/elsewhere"),
        ("{other}/_trap/x", "http://localhost:PORT/_trap/x"),
        ("http://127.0.0.1:9/", "http://127.0.0.1:9/"),
    ],
)
def test_a_redirect_leads_wherever_it_was_wished(site: Replica, to: str, goal: str) -> None:
    _wish(site, fault="redirect", to=to)
    here, port = site.address.removeprefix("http://"), str(site.server_address[1])
    assert _get(site, f"{PATH}?a=1").headers["Location"] == goal.replace("HERE", here).replace("PORT", port)


def test_a_redirect_may_lead_around_for_ever(site: Replica) -> None:
    site.control.change({"fault": "redirect", "path": "/one", "to": "/two", "count": -1})
    site.control.change({"fault": "redirect", "path": "/two", "to": "/one", "count": -1})
    with pytest.raises(requests.exceptions.TooManyRedirects):
        requests.get(f"{site.address}/one", timeout=10)


def test_other_connections_are_served_while_one_is_slow(site: Replica) -> None:
    _wish(site, fault="slow", seconds=60)
    with socket.create_connection((HOST, site.server_address[1]), timeout=10) as link:
        link.sendall(_asked(site))
        while not site.control.log()["total"]:
            pass
        assert _get(site, "/").ok
        assert site.control.log()["most_at_once"] == 2


def test_requests_sent_at_once_are_answered_in_order(site: Replica) -> None:
    answer = _raw(site, _asked(site, "/health", "keep-alive") * 50 + _asked(site, "/nowhere"))
    assert answer.count(b"HTTP/1.1 200 OK") == 50 and answer.index(b"404") > answer.rindex(b"200 OK")


def test_a_request_sent_too_early_waits_for_its_turn(site: Replica) -> None:
    _wish(site, fault="slow", seconds=0.1)
    with socket.create_connection((HOST, site.server_address[1]), timeout=10) as link:
        link.sendall(_asked(site, PATH, "keep-alive"))
        while not site.control.log()["total"]:
            pass
        link.sendall(_asked(site, "/nowhere"))
        answer = b"".join(iter(lambda: link.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200") and b"HTTP/1.1 404" in answer


@pytest.mark.parametrize(
    "request_", [b"\x00\xff\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"]
)
def test_what_is_no_request_is_refused(site: Replica, request_: bytes) -> None:
    assert _raw(site, request_).startswith(b"HTTP/1.1 400")
    assert _get(site).ok


def test_only_the_head_is_sent_to_who_asks_for_the_head(site: Replica) -> None:
    connection = http.client.HTTPConnection(HOST, site.server_address[1], timeout=10)
    for method in ("HEAD", "GET"):
        connection.request(method, PATH)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200 and bool(body) == (method == "GET")
    connection.close()
    assert site.control.log()["connections"] == 1
