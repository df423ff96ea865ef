"""robots.txt: what it forbids is not asked for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from include.crawl.adapters import load_adapter
from include.crawl.net.fetch import Disallowed, Fetcher, Stopped, Unreachable
from include.crawl.net.shared_state import SharedState
from tests.conftest import MakeRun
from tests.crawl.hostile import Hostile, fetcher, serving

RULES = """
User-agent: *
Disallow: /

User-agent: facewarden
Allow: /board/
Disallow: /board/lists/?id=secret
Disallow: /board/view/?id=g&no=7$
Disallow: /board/*/print
Disallow: /board/*.cgi
Allow: /board/lists/?id=secret&page=1
Disallow: /%EB%B9%84%EB%B0%80
"""


@pytest.fixture
def server() -> Iterator[Hostile]:
    with serving(Hostile()) as hostile:
        yield hostile


def rule(server: Hostile, text: str, status: int = 200) -> None:
    server.answers["/robots.txt"] = lambda to: to.answer(status, text.encode())


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/board/lists/?id=open", True),
        ("/board/lists/?id=secret", False),
        ("/board/lists/?id=secret&page=2", False),
        ("/board/lists/?id=secret&page=1", True),  # the longer rule
        ("/board/lists/?page=1&id=secret", True),  # rules are text
        ("/board/view/?id=g&no=7", False),
        ("/board/view/?id=g&no=77", True),
        ("/board/view/print", False),
        ("/board/x.cgi", False),
        ("/board/y/../x.cgi", False),
        ("/board/x%2Ecgi?a=b", False),
        ("/비밀", False),
        ("/%eb%b9%84%EB%B0%80/x", False),
    ],
)
def test_the_rules_for_us_hold_for_path_and_query(server: Hostile, path: str, allowed: bool) -> None:
    rule(server, RULES)
    site = server.site()
    if allowed:
        fetcher(site).page(site.base + path)
    else:
        with pytest.raises(Disallowed, match=r"robots\.txt"):
            fetcher(site).page(site.base + path)
        assert server.paths == []


def test_a_redirect_to_what_is_forbidden_is_not_followed(server: Hostile) -> None:
    rule(server, "User-agent: *\nDisallow: /hidden")
    server.answers["/way"] = lambda to: to.answer(302, Location="/hidden")
    site = server.site()
    with pytest.raises(Disallowed):
        fetcher(site).page(f"{site.base}/way")
    assert server.paths == ["/way"]


def test_it_is_asked_for_once_by_all_threads(server: Hostile) -> None:
    site = server.site()
    one = fetcher(site)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: one.page(f"{site.base}/{number}"), range(24)))
    assert len(server.asked) == 25 and len(server.paths) == 24


def test_it_is_asked_for_once_by_all_workers_of_a_run(server: Hostile, make_run: MakeRun) -> None:
    rule(server, "User-agent: *\nDisallow: /hidden")
    site = server.site(pace=0.001, connections=1)
    for run_key, asked in (("one", 1), ("one", 1), ("two", 2)):
        with Fetcher(site, load_adapter(site), SharedState(make_run(f"{run_key} {server.host}"))) as one:
            with pytest.raises(Disallowed):
                one.page(f"{site.base}/hidden")
            assert len(server.asked) == asked


@pytest.mark.parametrize("status", [401, 404, 410, 418])
def test_a_host_without_rules_allows_everything(server: Hostile, status: int) -> None:
    rule(server, "User-agent: *\nDisallow: /", status)
    site = server.site()
    assert fetcher(site).page(f"{site.base}/x").status == 200


def test_a_host_whose_rules_cannot_be_had_is_not_asked(server: Hostile) -> None:
    rule(server, "broken", 500)
    site = server.site()
    one = fetcher(site)
    for _ in range(2):
        with pytest.raises(Unreachable, match=r"robots\.txt cannot be had: HTTP 500"):
            one.page(f"{site.base}/x")
    assert server.paths == []


def test_a_host_that_blocks_us_from_its_rules_on_blocks_us(server: Hostile) -> None:
    rule(server, "slow down", 429)
    site = server.site()
    one = fetcher(site)
    for _ in range(2):
        with pytest.raises(Stopped, match="blocks us"):
            one.page(f"{site.base}/x")
        asked = len(server.asked)
    assert server.paths == [] and asked == 4


def test_failing_rules_are_asked_for_again_after_a_while(server: Hostile) -> None:
    rule(server, "broken", 500)
    site = server.site(backoff=0)
    one = fetcher(site)
    with pytest.raises(Unreachable):
        one.page(f"{site.base}/x")
    rule(server, "User-agent: *\nDisallow: /x")
    with pytest.raises(Disallowed):
        one.page(f"{site.base}/x")


@pytest.mark.parametrize(("status", "text"), [(200, " \n"), (403, "no")])
def test_what_may_be_a_block_is_not_believed_for_long(server: Hostile, status: int, text: str) -> None:
    rule(server, text, status)
    site = server.site(backoff=0)
    one = fetcher(site)
    assert one.page(f"{site.base}/x").status == 200
    rule(server, "User-agent: *\nDisallow: /x")
    with pytest.raises(Disallowed):
        one.page(f"{site.base}/x")


def test_rules_that_moved_are_followed_within_the_site_only(server: Hostile) -> None:
    server.answers["/robots.txt"] = lambda to: to.answer(301, Location="/rules")
    server.answers["/rules"] = lambda to: to.answer(200, b"User-agent: *\nDisallow: /x")
    site = server.site(base=f"http://{server.host}/community", media_hosts=(server.host,))
    with pytest.raises(Disallowed):
        fetcher(site).page(f"http://{server.host}/x")
    for target in ("http://169.254.169.254/robots.txt", "http://[", "/robots.txt"):
        server.answers["/robots.txt"] = lambda to, target=target: to.answer(301, Location=target)  # type: ignore[misc]
        assert fetcher(site).page(f"http://{server.host}/x").status == 200


def test_half_a_megabyte_of_rules_is_read_and_no_more(server: Hostile) -> None:
    filler = "Disallow: /no-such-thing\n" * (512 * 1024 // 25)
    rule(server, f"User-agent: *\nDisallow: /early\n{filler}\nDisallow: /\n" + "# and so on\n" * 99_999)
    site = server.site()
    one = fetcher(site)
    assert one.page(f"{site.base}/x").status == 200
    with pytest.raises(Disallowed):
        one.page(f"{site.base}/early")


@pytest.mark.parametrize(
    "text", ["\0\xff\ufffe", "User-agent\nDisallow", "Disallow: //[x\nUser-agent: *\nAllow: //[", "]" * 9999]
)
def test_rubbish_is_no_crash(server: Hostile, text: str) -> None:
    rule(server, text)
    site = server.site()
    assert fetcher(site).page(f"{site.base}/x").status == 200


def test_a_delay_that_the_host_wants_is_kept(server: Hostile) -> None:
    rule(server, "User-agent: *\nCrawl-delay: 0.2")
    site = server.site(pace=0.01, connections=4)
    one = fetcher(site)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: one.page(f"{site.base}/{number}"), range(4)))
    assert server.asked[-1].at - server.asked[1].at > 0.55
