"""A crawl of a replica against the emulators, as the DAG does it: plan, batches, publish."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from include.crawl.crawl_plan import plan_crawl
from include.crawl.crawl_run import crawl_batch, publish_crawl
from include.warehouse.publish import publish_all
from replica.server import Replica
from tests.conftest import MakeRun

Row = dict[str, Any]
PARAMS = {"galleries": [], "pages": 9, "since": None, "until": None, "kinds": ["image", "video"], "browser": None}


def write_sites(file: Path, replica: Any, more: str = "") -> Path:
    """A sites file that names one replica, quickly and impatiently asked."""
    host = replica.address.removeprefix("http://")
    file.write_text(
        f'[sites.replica]\nadapter = "dcinside"\nbase = "http://{host}"\nmedia_hosts = ["{host}"]\n'
        f"pace = 0\nbackoff = 0.02\nbackoff_most = 0.1\n{more}"
    )
    return file


@pytest.fixture
def sites(site: Replica, tmp_path: Path) -> Path:
    return write_sites(tmp_path / "sites.toml", site)


class Crawl:
    """Crawls as the DAG does: plan, batches, publish."""

    def __init__(self, make_run: MakeRun, site: Replica, sites: Path) -> None:
        self.run = partial(make_run, sites=sites)
        self.bq, self.gcs, self.bucket = self.run().bq, self.run().gcs, self.run().bucket
        self.site, self.sites = site, sites

    def plan(self, run_key: str, lists: list[str], **params: Any) -> list[str]:
        wanted = {**PARAMS, "galleries": [self.site.address + path for path in lists], **params}
        return plan_crawl(self.run(run_key), wanted)

    def batch(self, run_key: str, batch: str) -> Row:
        return crawl_batch(self.run(run_key), batch)

    def publish(self, run_key: str) -> dict[str, int]:
        return publish_crawl(self.run(run_key))

    def whole(self, run_key: str, lists: list[str], **params: Any) -> dict[str, int]:
        for batch in self.plan(run_key, lists, **params):
            self.batch(run_key, batch)
        return self.publish(run_key)

    def quick(self, run_key: str, lists: list[str], **params: Any) -> None:
        """A whole run, less what it says of itself."""
        for batch in self.plan(run_key, lists, **params):
            self.batch(run_key, batch)
        publish_all(self.run(run_key), ("media", "post", "gallery"))

    def table(self, name: str, columns: str) -> list[tuple[Any, ...]]:
        found = self.bq.query(f"SELECT {columns} FROM facewarden.{name} ORDER BY {columns}").result()
        return [tuple(row.values()) for row in found]


@pytest.fixture
def crawl(make_run: MakeRun, site: Replica, sites: Path, clean_tables: None) -> Crawl:
    return Crawl(make_run, site, sites)
