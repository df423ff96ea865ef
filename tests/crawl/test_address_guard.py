"""Where a name may lie: hosts are asked on the public internet and where their site's definition says, nowhere else."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import certifi
import pytest

from include.crawl.net.address_guard import is_public
from include.crawl.net.fetch import Away, Unreachable
from include.crawl.sites import Site
from tests.crawl.hostile import Hostile, fetcher, serving

HIDDEN = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.9.9.9 168.63.129.16 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1
64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: fc00::1
fd00:ec2::254 fe80::1 fec0::1 ff02::1 5f00::1
"""
ALIASES = [("127.1", ".1"), ("2130706433", ""), ("0x7f.1", ".1"), ("127.0.0.2", ".0.2"), ("127.0.0.1", ".1")]


@pytest.fixture
def server() -> Iterator[Hostile]:
    with serving(Hostile()) as hostile:
        yield hostile


@pytest.mark.parametrize("address", ["8.8.8.8", "203.249.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_internet_may_be_asked(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", HIDDEN.split())
def test_nothing_else_may_be_asked(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(("name", "suffix"), ALIASES)
def test_a_name_of_the_site_that_lies_on_this_machine_is_not_asked(server: Hostile, name: str, suffix: str) -> None:
    """Names that the resolver itself turns into 127.0.0.1, as a name server's answer might."""
    port = server.server_port
    site = server.site(base="http://pictures.example", media_hosts=(f"{suffix or name}:{port}",))
    with pytest.raises(Away, match="may not be asked"):
        fetcher(site).page(f"http://{name}:{port}/")
    assert server.asked == []


def test_networks_of_the_definition_may_be_asked(server: Hostile) -> None:
    name = f"127.1:{server.server_port}"
    site = server.site(media_hosts=(name,), networks=("127.0.0.0/8",))
    assert fetcher(site).page(f"http://{name}/").status == 200


def test_localhost_may_be_asked_where_the_definition_names_it(server: Hostile) -> None:
    site = server.site(base=f"http://localhost:{server.server_port}", media_hosts=())
    assert fetcher(site).page(f"{site.base}/").status == 200


def test_an_address_that_is_named_is_no_leave_for_other_names(server: Hostile) -> None:
    site = server.site(media_hosts=(server.host, f".1:{server.server_port}"))
    assert fetcher(site).page(f"{site.base}/").status == 200
    with pytest.raises(Away, match="may not be asked"):
        fetcher(site).page(f"http://127.1:{server.server_port}/")


def test_a_redirect_within_the_hosts_is_resolved_and_checked_too(server: Hostile) -> None:
    site = server.site(media_hosts=(server.host, f".1:{server.server_port}"))
    server.answers["/"] = lambda to: to.answer(302, Location=f"http://127.1:{server.server_port}/inside")
    with pytest.raises(Away, match="may not be asked"):
        fetcher(site).page(f"{site.base}/")
    assert server.paths == ["/"]


def test_a_name_is_looked_up_once_for_a_connection(server: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looked again, after the check, could be told something else."""
    looked_up, look_up = [], socket.getaddrinfo

    def noted(*asked: Any, **more: Any) -> Any:
        looked_up.append(asked[0])
        return look_up(*asked, **more)

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    site = server.site(base=f"http://localhost:{server.server_port}", media_hosts=())
    one = fetcher(site)
    for path in ("/", "/a", "/b"):
        one.page(site.base + path)
    assert looked_up == ["localhost"] and server.connections == 1


@pytest.fixture
def tls(server: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The server with a certificate for `localhost`, signed by somebody we trust."""
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=x",
    ]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    return server.site(base=f"https://localhost:{server.server_port}", media_hosts=(f"127.0.0.1:{server.server_port}",))


def test_a_certificate_must_be_of_the_name_that_was_asked(server: Hostile, tls: Site) -> None:
    assert fetcher(tls).page(f"{tls.base}/").status == 200
    asked = len(server.asked)
    with pytest.raises(Unreachable, match="certificate"):
        fetcher(tls).page(f"https://127.0.0.1:{server.server_port}/")
    assert len(server.asked) == asked


def test_a_certificate_must_be_of_somebody_we_trust(
    server: Hostile, tls: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    with pytest.raises(Unreachable, match="certificate"):
        fetcher(tls).page(f"{tls.base}/")
    assert server.asked == []


def test_the_environment_names_nobody_to_trust(
    server: Hostile, tls: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(tmp_path / "certificate"))
    with pytest.raises(Unreachable, match="certificate"):
        fetcher(tls).page(f"{tls.base}/")
    assert server.asked == []
