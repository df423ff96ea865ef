"""A crawl of the replica, against the emulators: exact, safe, and none the worse for being killed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery, storage

from include.crawl.batches import crawl_batch, plan_crawl
from include.crawl.listing import ListUnreadable
from include.demo.server import Replica
from include.mistakes import Mistake
from include.warehouse.publish import publish_all

Row = dict[str, Any]
PARAMS = {"galleries": [], "pages": 9, "since": None, "kinds": ["image", "video"]}


@pytest.fixture
def sites(site: Replica, tmp_path: Path) -> Path:
    host = site.address.removeprefix("http://")
    file = tmp_path / "sites.toml"
    file.write_text(
        f'[sites.replica]\nadapter = "dcinside"\nbase = "http://{host}"\nmedia_hosts = ["{host}"]\npace = 0\n'
    )
    return file


class Crawl:
    """Crawls as the DAG does: plan, batches, publish."""

    def __init__(self, bq: bigquery.Client, gcs: storage.Client, bucket: str, site: Replica, sites: Path) -> None:
        self.bq, self.gcs, self.bucket, self.site, self.sites = bq, gcs, bucket, site, sites

    def plan(self, run_key: str, lists: list[str], **params: Any) -> list[str]:
        wanted = {**PARAMS, "galleries": [self.site.address + path for path in lists], **params}
        return plan_crawl(self.bq, self.gcs, self.bucket, self.sites, run_key, wanted, print)

    def batch(self, run_key: str, batch: str) -> Row:
        return crawl_batch(self.gcs, self.bucket, self.sites, run_key, batch, print)

    def publish(self, run_key: str) -> dict[str, int]:
        return publish_all(self.bq, self.gcs, self.bucket, ("media", "post"), run_key)

    def whole(self, run_key: str, lists: list[str], **params: Any) -> dict[str, int]:
        for batch in self.plan(run_key, lists, **params):
            self.batch(run_key, batch)
        return self.publish(run_key)

    def table(self, name: str, columns: str) -> list[tuple[Any, ...]]:
        found = self.bq.query(f"SELECT {columns} FROM facewarden.{name} ORDER BY {columns}").result()
        return [tuple(row.values()) for row in found]


@pytest.fixture
def crawl(
    bq: bigquery.Client, gcs: storage.Client, bucket: str, site: Replica, sites: Path, clean_tables: None
) -> Crawl:
    return Crawl(bq, gcs, bucket, site, sites)


def of(truth: Row, *names: str) -> list[str]:
    return [truth["galleries"][name]["list"] for name in names]


def test_a_crawl_of_every_gallery_is_exact_and_follows_nothing_hostile(crawl: Crawl, truth: Row) -> None:
    galleries = {name: gallery for name, gallery in truth["galleries"].items() if name != "closed"}
    crawl.whole("exact", of(truth, *truth["galleries"]))
    posts = {post["url"]: post for gallery in galleries.values() for post in gallery["posts"].values()}

    seen = {url.removeprefix(crawl.site.address): status for url, status in crawl.table("post", "post_url, status")}
    waiting = {url for url, post in posts.items() if any(media["status"] == "encoding" for media in post["media"])}
    assert seen == {url: "incomplete" if url in waiting else post["status"] for url, post in posts.items()}

    stored = {(url.removeprefix(crawl.site.address), kind, sha256)
              for url, kind, sha256 in crawl.table("media", "post_url, kind, sha256") if sha256}  # fmt: skip
    expected = {(url, media["kind"], media["sha256"]) for url, post in posts.items()
                for media in post["media"] if media["status"] in ("ok", "truncated", "bomb")}  # fmt: skip
    assert stored == expected
    asked = crawl.site.control.log()
    assert not [path for path in asked["paths"] if path.startswith("/_trap")]
    assert list(asked["hosts"]) == [crawl.site.address.removeprefix("http://")]


def test_what_is_no_picture_is_a_row_that_says_why(crawl: Crawl, truth: Row) -> None:
    crawl.whole("rejects", of(truth, "demo"))
    reasons = {reason for path, reason in crawl.table("media", "file_path, rejected") if path is None}
    assert None not in reasons
    assert any("first bytes" in reason for reason in reasons)
    assert any("site's hosts" in reason for reason in reasons)


def test_a_second_crawl_asks_for_no_known_post(crawl: Crawl, truth: Row) -> None:
    crawl.whole("first", of(truth, "singer"))
    known = crawl.table("media", "media_id, sha256, file_path")
    posts = crawl.table("post", "gallery, post_no, status")
    crawl.site.control.change({"forget": True})
    assert crawl.plan("second", of(truth, "singer"), pages=None, since="2000-01-01")
    unfinished = {number for _, number, status in posts if status != "published"}
    assert set(crawl.site.control.log()["paths"]) <= {f"{of(truth, 'singer')[0]}&page={page}" for page in range(1, 9)}
    crawl.whole("third", of(truth, "singer"))
    assert crawl.table("media", "media_id, sha256, file_path") == known
    assert unfinished  # else this has shown nothing


def test_a_batch_killed_in_the_middle_and_run_again_leaves_the_tables_of_an_undisturbed_run(
    crawl: Crawl, truth: Row, bq: bigquery.Client
) -> None:
    crawl.whole("undisturbed", of(truth, "camera"))
    media, posts = "media_id, file_name, sha256, rejected", "gallery, post_no, title, posted_at, status"
    undisturbed = crawl.table("media", media), crawl.table("post", posts)
    bq.query("TRUNCATE TABLE facewarden.media; TRUNCATE TABLE facewarden.post").result()

    batches = crawl.plan("killed", of(truth, "camera"))
    for batch in batches:
        kill_in_the_middle(crawl, "killed", batch)
        crawl.batch("killed", batch)
    crawl.batch("killed", batches[0])  # delivered twice
    crawl.publish("killed")
    assert crawl.publish("killed") == {"media": 0, "post": 0}
    assert (crawl.table("media", media), crawl.table("post", posts)) == undisturbed


def kill_in_the_middle(crawl: Crawl, run_key: str, batch: str) -> None:
    """Crawl a batch in a process of its own and end it with -9 as soon as it tells of its third post."""
    code = """
import sys
from pathlib import Path
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from include.crawl.batches import crawl_batch
project, bucket, sites, run_key, batch = sys.argv[1:]
gcs = storage.Client(project=project, credentials=AnonymousCredentials())
crawl_batch(gcs, bucket, Path(sites), run_key, batch, lambda line: print(line, flush=True))"""
    arguments = [crawl.bq.project, crawl.bucket, str(crawl.sites), run_key, batch]
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout
        told = [process.stdout.readline() for _ in range(3)]
        process.kill()
    assert process.returncode == -9 and "post 3/" in told[-1]


def test_a_blocked_list_stops_the_run_and_loses_nothing(crawl: Crawl, truth: Row) -> None:
    crawl.site.control.change({"fault": "empty", "count": 50})
    with pytest.raises(ListUnreadable, match="Nothing was lost"):
        crawl.plan("blocked", of(truth, "singer"))
    crawl.site.control.change({"reset": True})
    crawl.whole("later", of(truth, "singer"))
    assert len(crawl.table("post", "post_no")) == len(truth["galleries"]["singer"]["posts"])


def test_what_a_block_kept_from_us_is_fetched_when_it_is_over(crawl: Crawl, truth: Row) -> None:
    """Its posts have left the first list page's news by then: they are known, and not finished."""
    batches = crawl.plan("blocked", of(truth, "singer"))
    crawl.site.control.change({"fault": "403", "count": 9, "path": "/person/board/view"})
    for batch in batches:
        crawl.batch("blocked", batch)
    crawl.publish("blocked")
    assert [status for (status,) in crawl.table("post", "status")].count("blocked") == 9
    crawl.site.control.change({"reset": True})
    crawl.whole("over", of(truth, "singer"), pages=None, since="2099-01-01")
    assert "blocked" not in [status for (status,) in crawl.table("post", "status")]


def test_a_run_for_pictures_does_not_hide_the_videos_from_a_later_one(crawl: Crawl, truth: Row) -> None:
    name = next(name for name, gallery in truth["galleries"].items()
                if any(media["kind"] == "video" and media["status"] == "ok"
                       for post in gallery["posts"].values() for media in post["media"]))  # fmt: skip
    crawl.whole("pictures", of(truth, name), kinds=["image"])
    assert {kind for (kind,) in crawl.table("media", "kind")} == {"image"}
    crawl.whole("both", of(truth, name))
    assert {kind for (kind,) in crawl.table("media", "kind")} == {"image", "video"}
    crawl.site.control.change({"forget": True})
    crawl.whole("again", of(truth, name), kinds=["image"])
    finished = {url.removeprefix(crawl.site.address) for url, status in crawl.table("post", "post_url, status")
                if status == "published"}  # fmt: skip
    assert not finished & set(crawl.site.control.log()["paths"])


def test_a_twin_whose_original_came_late_is_still_one_row(crawl: Crawl, truth: Row) -> None:
    media = "media_id, file_name, sha256, rejected"
    crawl.whole("undisturbed", of(truth, "demo"))
    undisturbed = crawl.table("media", media)
    crawl.bq.query("TRUNCATE TABLE facewarden.media; TRUNCATE TABLE facewarden.post").result()
    crawl.site.control.change({"fault": "503", "count": 100, "path": "/viewimage.php"})
    crawl.whole("disturbed", of(truth, "demo"))
    crawl.site.control.change({"reset": True})
    assert crawl.table("media", media) != undisturbed
    crawl.whole("later", of(truth, "demo"))
    assert crawl.table("media", media) == undisturbed


def test_one_gallery_that_cannot_be_read_does_not_stop_the_others(crawl: Crawl, truth: Row) -> None:
    crawl.site.control.change({"fault": "500", "count": 1000, "path": of(truth, "singer")[0]})
    crawl.whole("most", of(truth, "singer", "actor"))
    crawl.site.control.change({"reset": True})
    assert {key for (key,) in crawl.table("post", "gallery")} == {"person:replica_actor"}


def test_a_wrong_address_is_refused_before_anything_is_fetched(crawl: Crawl, truth: Row) -> None:
    with pytest.raises(Mistake, match="no list page"):
        crawl.plan("wrong", [*of(truth, "singer"), "/board/view/?id=x&no=1"])
    assert crawl.site.control.log()["total"] == 0


def test_a_gallery_that_does_not_exist_is_a_mistake(crawl: Crawl) -> None:
    with pytest.raises(Mistake, match="no such gallery"):
        crawl.plan("nosuch", ["/board/lists/?id=nosuch"])


def test_only_what_is_new_enough_is_planned(crawl: Crawl, truth: Row) -> None:
    dates = sorted(post["posted_at"][:10] for post in truth["galleries"]["singer"]["posts"].values())
    crawl.whole("recent", of(truth, "singer"), since=dates[-5])
    found = crawl.table("post", "posted_at")
    assert 1 <= len(found) < len(dates)
