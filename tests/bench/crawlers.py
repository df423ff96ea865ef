"""The crawlers that tests/bench/crawl.py and memory.py run, each in a process of its own.

Every one gets the addresses of the posts, and ends with one line of JSON: seconds from its first request to its last
stored picture, CPU seconds of its process, how many pictures it stored.
"""

import html
import io
import json
import re
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urljoin

import requests
import scrapy
from bs4 import BeautifulSoup
from scrapy.crawler import CrawlerProcess
from twisted.internet.threads import deferToThread

from include.core.run import Run
from include.crawl.adapters.dcinside import DCInside
from include.crawl.crawl_run import crawl_batch
from include.crawl.run_plan import RunPlan, write_plan
from include.lake import layout
from include.lake.objects import put_once, write_json
from include.media.file_types import sniff
from include.media.inspection import inspect
from tests.bench.bench_run import bench_run

Row = dict[str, Any]
LAZY = ("data-original", "data-src", "src")


def post_urls(site: str, count: int) -> tuple[str, list[str]]:
    """The gallery of the corpus and its newest posts, as its own pages say."""
    listed = re.search(r'href="([^"]*board/lists/\?id=[^"]+)"', requests.get(site, timeout=30).text)
    assert listed
    adapter = DCInside(site)
    board, urls, page = adapter.gallery(site + html.unescape(listed[1])), [], 0
    while len(urls) < count:
        page += 1
        answer = requests.get(adapter.page_url(board, page), timeout=30)
        urls += [link.url for link in adapter.parse_list(board, 200, answer.content).posts]
    return board.key, urls[:count]


def keep(run: Run, data: bytes) -> bool:
    """What is done with a picture, the same for all but ours, which does it for itself."""
    file_type = sniff(data)
    if file_type is None:
        return False
    inspect(io.BytesIO(data), len(data), file_type)
    return put_once(run, data, file_type).created


def old(asked: Row, gallery: str, urls: list[str]) -> Row:
    """As the old system went about it: each post twice, everything one after the other."""
    run, stored = bench_run(bucket=asked["bucket"]), 0
    for url in urls:
        requests.get(url, timeout=30)  # once for its kind, as the old list reader did
        page = BeautifulSoup(requests.get(url, timeout=30).content, "html.parser")
        for image in page.select(".writing_view_box .write_div img"):
            source = next((image[name] for name in LAZY if "viewimage" in image.get(name, "")), None)
            if source:
                data = requests.get(urljoin(url, source), headers={"Referer": url}, timeout=30).content  # type: ignore[arg-type, type-var]
                stored += keep(run, data)
    return {"stored": stored}


def with_scrapy(asked: Row, gallery: str, urls: list[str]) -> Row:
    """Scrapy's own engine, scheduler and selectors; storing in its threads, so that it does not stop the engine."""
    run, stored = bench_run(bucket=asked["bucket"]), [0]

    class Posts(scrapy.Spider):
        name = "posts"

        async def start(self) -> Any:
            for url in urls:
                yield scrapy.Request(url)

        def parse(self, response: Any) -> Any:
            for image in response.css(".writing_view_box .write_div img"):
                source = next((image.attrib[name] for name in LAZY if "viewimage" in image.attrib.get(name, "")), None)
                if source:
                    yield response.follow(source, self.picture, headers={"Referer": response.url})

        def picture(self, response: Any) -> Any:
            yield {"data": response.body}

    class Lake:
        def process_item(self, item: Row) -> Any:
            def done(created: bool) -> Row:
                stored[0] += created
                return {}

            return deferToThread(keep, run, item["data"]).addCallback(done)

    process = CrawlerProcess(
        {
            "CONCURRENT_REQUESTS": asked["connections"],
            "CONCURRENT_REQUESTS_PER_DOMAIN": asked["connections"],
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": True,
            "LOG_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "REACTOR_THREADPOOL_MAXSIZE": asked["connections"],
            "ITEM_PIPELINES": {Lake: 1},
        }
    )
    process.crawl(Posts)
    process.start()
    return {"stored": stored[0]}


def ours(asked: Row, gallery: str, urls: list[str], batch: int = 0, run: Run | None = None) -> Row:
    """A batch, as the DAG's task crawls it."""
    run, host = run or bench_run(bucket=asked["bucket"]), asked["site"].removeprefix("http://")
    numbered = [(int(url.rpartition("=")[2]), url) for url in urls]
    posts = [{"gallery": gallery, "post_no": no, "url": url, "posted_at": None} for no, url in numbered]
    spec = {"site": "replica", "kinds": ["image", "video"], "browser": None, "posts": posts}
    address = write_json(run.gcs, run.address(layout.crawl_batch_name("bench", batch)), spec)
    write_plan(run, RunPlan(datetime.now(UTC), (address,)))
    with TemporaryDirectory() as folder:
        sites = Path(folder) / "sites.toml"
        sites.write_text(
            f'[sites.replica]\nadapter = "dcinside"\nbase = "http://{host}"\nmedia_hosts = ["{host}"]\n'
            f"pace = {asked['pace']}\nconnections = {asked['connections']}\n"
        )
        summary = crawl_batch(replace(run, settings=replace(run.settings, sites=sites)), address)
    return {"stored": summary["media"], "summary": summary}


def long(asked: Row, gallery: str, urls: list[str]) -> Row:
    """Many batches in one process, and its memory after each thousand posts."""
    memory, stored, run = [], 0, bench_run(bucket=asked["bucket"])
    for start in range(0, len(urls), 25):
        stored += ours(asked, gallery, urls[start : start + 25], start, run)["stored"]
        if (start + 25) % 1000 == 0:
            memory.append({"posts": start + 25, "MiB": round(_resident(), 1)})
            print(memory[-1], file=sys.stderr, flush=True)
    return {"stored": stored, "memory": memory}


def _resident() -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main() -> None:
    asked: Row = json.loads(sys.argv[1])
    bench_run().gcs.create_bucket(asked["bucket"])
    gallery, urls = post_urls(asked["site"], asked["posts"])
    ways = {"old": old, "scrapy": with_scrapy, "ours": ours, "long": long}
    start, cpu = time.perf_counter(), time.process_time()
    found = ways[asked["way"]](asked, gallery, urls)
    took = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    print(json.dumps({**found, **took}), flush=True)


if __name__ == "__main__":
    main()
