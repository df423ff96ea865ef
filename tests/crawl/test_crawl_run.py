"""A crawl of the replica, against the emulators: exact, safe, and none the worse for being killed."""

import os
import random
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery

from include.core.errors import Mistake
from include.crawl import journal
from include.crawl.crawl_run import crawl_batch
from include.crawl.listing import ListUnreadable
from tests.crawl.conftest import write_sites

Row = dict[str, Any]
Crawl = Any  # of conftest.py, where pytest finds it


def of(truth: Row, *names: str) -> list[str]:
    return [truth["galleries"][name]["list"] for name in names]


def test_a_crawl_of_every_gallery_is_exact_and_follows_nothing_hostile(crawl: Crawl, truth: Row) -> None:
    galleries = {name: gallery for name, gallery in truth["galleries"].items() if name != "closed"}
    crawl.whole("exact", of(truth, *truth["galleries"]))
    posts = {post["url"]: post for gallery in galleries.values() for post in gallery["posts"].values()}

    seen = {url.removeprefix(crawl.site.address): status for url, status in crawl.table("post", "post_url, status")}
    assert seen == {url: status_of(post) for url, post in posts.items()}

    stored = {(url.removeprefix(crawl.site.address), kind, sha256)
              for url, kind, sha256 in crawl.table("media", "post_url, kind, sha256") if sha256}  # fmt: skip
    expected = {(url, media["kind"], media["sha256"]) for url, post in posts.items() for media in post["media"]
                if media["status"] == "ok" and not post["disallowed"] and not out_of_reach(media)}  # fmt: skip
    assert stored == expected
    asked = crawl.site.control.log()
    assert not [path for path in asked["paths"] if path.startswith("/_trap")]
    assert list(asked["hosts"]) == [crawl.site.address.removeprefix("http://")]


def out_of_reach(media: Row) -> bool:
    """Whether a video is still being encoded, or can only be clicked, with no browser here to do so."""
    without_browser = not (shutil.which("chromium") and shutil.which("chromedriver"))
    return media["status"] == "encoding" or (media.get("player") == "button" and without_browser)


def status_of(post: Row) -> str:
    if post["disallowed"]:
        return "disallowed"
    return "incomplete" if any(map(out_of_reach, post["media"])) else post["status"]


def test_what_is_no_picture_is_a_row_that_says_why(crawl: Crawl, truth: Row) -> None:
    crawl.quick("rejects", of(truth, "demo"))
    reasons = {reason for path, reason in crawl.table("media", "file_path, rejected") if path is None}
    assert None not in reasons
    assert any("first bytes" in reason for reason in reasons)
    assert any("site's hosts" in reason for reason in reasons)


def test_a_second_crawl_asks_for_no_known_post(crawl: Crawl, truth: Row) -> None:
    crawl.quick("first", of(truth, "singer"))
    known = crawl.table("media", "media_id, sha256, file_path")
    assert {status for (status,) in crawl.table("post", "status")} > {"published"}  # those that are gone are known too
    crawl.site.control.change({"forget": True})
    assert crawl.plan("second", of(truth, "singer"), pages=None, since="2000-01-01") == []
    asked = set(crawl.site.control.log()["paths"]) - {"/robots.txt"}
    assert asked == {f"{of(truth, 'singer')[0]}&page=1"}
    crawl.quick("third", of(truth, "singer"))
    assert crawl.table("media", "media_id, sha256, file_path") == known


def test_ten_killed_workers_leave_the_tables_of_an_undisturbed_run(
    crawl: Crawl, truth: Row, bq: bigquery.Client
) -> None:
    crawl.whole("undisturbed", of(truth, "camera"))
    media, posts = "media_id, file_name, sha256, phash, rejected", "gallery, post_no, title, posted_at, status, listed"
    undisturbed = crawl.table("media", media), crawl.table("post", posts)
    stats = "posts, posts_published, media, bytes, rejected"
    (expected,) = crawl.table("crawl_stats", stats)
    bq.query("TRUNCATE TABLE facewarden.media; TRUNCATE TABLE facewarden.post").result()

    batches, chance = crawl.plan("killed", of(truth, "camera")), random.Random(7)
    for number in range(10):
        kill_in_the_middle(crawl, "killed", batches[number % len(batches)], chance.randint(1, 5))
    for batch in [*batches, batches[0]]:  # the first is delivered twice
        crawl.batch("killed", batch)
    crawl.publish("killed")
    assert set(crawl.publish("killed").values()) == {0}
    assert (crawl.table("media", media), crawl.table("post", posts)) == undisturbed
    assert crawl.table("crawl_stats", stats) == [expected, expected]


def kill_in_the_middle(crawl: Crawl, run_key: str, batch: str, posts: int) -> None:
    """Crawl a batch in a process of its own and end it with -9 as soon as it has told of so many posts."""
    code = """
import sys
from dataclasses import replace
from include.core.command_line import run_by_hand
from include.crawl.crawl_run import crawl_batch
run_key, batch = sys.argv[1:]
crawl_batch(replace(run_by_hand(lambda line: print(line, flush=True)), key=run_key), batch)"""
    command = [sys.executable, "-W", "ignore", "-c", code, run_key, batch]
    environment = {**os.environ, "FACEWARDEN_SITES": str(crawl.sites)}
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=environment) as process:
        assert process.stdout
        told = (line for line in process.stdout if line.startswith("post "))
        assert len(list(islice(told, posts))) == posts
        process.kill()
    assert process.returncode == -9


class Killed(BaseException):
    """Ends a batch from within."""


def test_a_try_after_a_killed_one_asks_for_nothing_again(
    crawl: Crawl, truth: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "SECONDS", 0)
    monkeypatch.setattr(journal, "_SHARE", 0)
    (batch, *_) = crawl.plan("twice", of(truth, "camera"))

    def die_after_ten(line: str) -> None:
        if line.startswith("post 10/"):
            raise Killed

    with pytest.raises(Killed):
        crawl_batch(crawl.run("twice", die_after_ten), batch)
    crawl.site.control.change({"forget": True})
    crawl.batch("twice", batch)
    again = [path for path in crawl.site.control.log()["paths"] if "/board/view" in path]
    assert len(again) < 25 - 5  # what was out of reach is tried again


def test_a_host_that_answers_429_then_403_and_recovers_is_waited_for(crawl: Crawl, truth: Row) -> None:
    write_sites(crawl.sites, crawl.site, "connections = 1\n")  # so that it is clear who meets which answer
    crawl.whole("undisturbed", of(truth, "singer"))
    tables = [("post", "gallery, post_no, status"), ("media", "media_id, sha256")]
    undisturbed = [crawl.table(*table) for table in tables]
    crawl.bq.query("TRUNCATE TABLE facewarden.media; TRUNCATE TABLE facewarden.post").result()
    for batch in crawl.plan("blocked", of(truth, "singer"), since="2000-01-01"):
        crawl.site.control.change({"fault": "429", "count": 1, "retry_after": "0", "after": 5})
        crawl.site.control.change({"fault": "403", "count": 2, "after": 5})
        crawl.batch("blocked", batch)
    crawl.publish("blocked")
    assert [crawl.table(*table) for table in tables] == undisturbed
    assert dict(crawl.table("crawl_stats", "run_key, blocks"))["blocked"] >= 2


def test_a_blocked_list_stops_the_run_and_loses_nothing(crawl: Crawl, truth: Row) -> None:
    crawl.site.control.change({"fault": "empty", "count": 50})
    with pytest.raises(ListUnreadable, match="nothing was lost"):
        crawl.plan("blocked", of(truth, "singer"))
    crawl.site.control.change({"reset": True})
    crawl.quick("later", of(truth, "singer"))
    assert len(crawl.table("post", "post_no")) == len(truth["galleries"]["singer"]["posts"])


def test_what_a_block_kept_from_us_is_fetched_when_it_is_over(crawl: Crawl, truth: Row) -> None:
    """Its posts have left the first list page's news by then: they are known, and not finished."""
    batches = crawl.plan("blocked", of(truth, "singer"))
    crawl.site.control.change({"fault": "403", "count": -1})
    for batch in batches:
        crawl.batch("blocked", batch)
    crawl.publish("blocked")
    assert {status for (status,) in crawl.table("post", "status")} <= {"blocked", "unreachable"}
    crawl.site.control.change({"reset": True})
    crawl.quick("over", of(truth, "singer"), pages=None, since="2099-01-01")
    assert "blocked" not in [status for (status,) in crawl.table("post", "status")]


def test_a_run_for_pictures_does_not_hide_the_videos_from_a_later_one(crawl: Crawl, truth: Row) -> None:
    name = next(name for name, gallery in truth["galleries"].items()
                if any(media["kind"] == "video" and media["status"] == "ok"
                       for post in gallery["posts"].values() for media in post["media"]))  # fmt: skip
    crawl.quick("pictures", of(truth, name), kinds=["image"])
    assert {kind for (kind,) in crawl.table("media", "kind")} == {"image"}
    crawl.quick("both", of(truth, name))
    assert {kind for (kind,) in crawl.table("media", "kind")} == {"image", "video"}
    crawl.site.control.change({"forget": True})
    crawl.quick("again", of(truth, name), kinds=["image"])
    finished = {url.removeprefix(crawl.site.address) for url, status in crawl.table("post", "post_url, status")
                if status == "published"}  # fmt: skip
    assert not finished & set(crawl.site.control.log()["paths"])


def test_a_twin_whose_original_came_late_is_still_one_row(crawl: Crawl, truth: Row) -> None:
    media = "media_id, file_name, sha256, rejected"
    crawl.quick("undisturbed", of(truth, "photo"))
    undisturbed = crawl.table("media", media)
    crawl.bq.query("TRUNCATE TABLE facewarden.media; TRUNCATE TABLE facewarden.post").result()
    crawl.site.control.change({"fault": "503", "count": -1, "path": "/viewimage.php"})
    crawl.quick("disturbed", of(truth, "photo"))
    crawl.site.control.change({"reset": True})
    assert crawl.table("media", media) != undisturbed
    crawl.quick("later", of(truth, "photo"))
    assert crawl.table("media", media) == undisturbed


def test_one_gallery_that_cannot_be_read_does_not_stop_the_others(crawl: Crawl, truth: Row) -> None:
    crawl.site.control.change({"fault": "500", "count": 1000, "path": of(truth, "singer")[0]})
    crawl.quick("most", of(truth, "singer", "actor"))
    crawl.site.control.change({"reset": True})
    assert {key for (key,) in crawl.table("post", "gallery")} == {"person:replica_actor"}


def test_a_wrong_address_is_refused_before_anything_is_fetched(crawl: Crawl, truth: Row) -> None:
    with pytest.raises(Mistake, match="no list page"):
        crawl.plan("wrong", [*of(truth, "singer"), "/board/lists/?id=../x"])
    assert crawl.site.control.log()["total"] == 0


def test_a_gallery_that_does_not_exist_is_a_mistake(crawl: Crawl) -> None:
    with pytest.raises(Mistake, match="no such gallery"):
        crawl.plan("nosuch", ["/board/lists/?id=nosuch"])


def test_only_what_is_new_enough_is_planned(crawl: Crawl, truth: Row) -> None:
    dates = sorted(post["posted_at"][:10] for post in truth["galleries"]["singer"]["posts"].values())
    crawl.quick("recent", of(truth, "singer"), since=dates[-5])
    found = crawl.table("post", "posted_at")
    assert 1 <= len(found) < len(dates)
