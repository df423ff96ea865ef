"""The whole path on the replica gallery: crawl → faces → match → evidence, shown step by step.

    make demo [ONCE=1]

With --once it ends by itself, and the exit code tells whether the subject was found in the posts where the replica
put them, and in no others. Without, the system stays up until Ctrl-C.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from include.crawl.adapters import load_adapter
from include.crawl.sites import load_sites, site_for
from include.lake.layout import evidence_page
from include.warehouse.sql import rows
from tools.local import private
from tools.local.state import State
from tools.open_object import where_it_opens
from tools.run_dag import run
from tools.runs.api import NotUp, Refused, exports, from_env_file
from tools.runs.follow import RunFailed
from tools.runs.table import table
from tools.runs.watch import Watch

Row = dict[str, Any]
Post = tuple[str, int]
REPO = Path(__file__).resolve().parents[1]
LOCAL = REPO / ".local"
CONSENT = {"given_by": "the demo", "basis": "public photographs of a public person", "until": "2099-12-31"}


class Demo:
    """One demonstration on a running system."""

    def __init__(self) -> None:
        os.environ.update(exports(LOCAL / "env"))
        project = os.environ["GOOGLE_CLOUD_PROJECT"]
        self.bq = bigquery.Client(project=project, credentials=AnonymousCredentials())
        self.api = from_env_file(LOCAL / "env")
        self.replica = os.environ["FACEWARDEN_REPLICA"]
        self.truth: Row = json.loads((LOCAL / "replica" / "truth.json").read_text(encoding="utf-8"))

    def play(self) -> bool:
        """All steps; whether what came out is what the replica put in."""
        self.step("1/4 The warehouse: datasets, tables, views, routines")
        self.run("prepare_warehouse", {}, follow=False)
        self.step("2/4 The subject: a label, a consent, reference photographs")
        subject_id = self.subject_id() or self.enrol()
        self.step("3/4 Crawl the gallery; find faces and match them as what it brings arrives")
        gallery = self.replica + self.truth["galleries"]["demo"]["list"]
        self.run("crawl_galleries", {"galleries": [gallery], "pages": 10}, follow=True)
        self.step("4/4 What was found")
        return self.show(subject_id)

    def run(self, dag_id: str, conf: Row, follow: bool) -> list[Watch]:
        """Run a DAG, and tell in a line what each run came to."""
        watches = run(self.api, dag_id, conf, follow)
        for watch in watches:
            print(f"  {watch.dag_id:20} {_summary(watch.results())}", flush=True)
        return watches

    def step(self, title: str) -> None:
        print(f"\n── {title}", flush=True)

    def subject_id(self) -> str | None:
        """Who an earlier demo enrolled: shown again rather than enrolled twice."""
        label = self.truth["subject"]["label"]
        found = [row for row in rows(self.bq, "queries/live_subjects", {"subject_ids": []}) if row["label"] == label]
        if found:
            print(f"already enrolled: {found[0]['subject_id']}")
        return str(found[0]["subject_id"]) if found else None

    def enrol(self) -> str:
        photos = [str(LOCAL / "replica" / photo) for photo in self.truth["subject"]["photos"]]
        conf = {"label": self.truth["subject"]["label"], "consent": CONSENT, "photos": photos}
        (watch,) = self.run("enrol_subject", conf, follow=False)
        return str(watch.results()["publish"])

    def show(self, subject_id: str) -> bool:
        matches = rows(self.bq, "queries/matches", {"subject_id": subject_id})
        self.count()
        print(table([_line(match) for match in matches]) + "\n")
        self.run("show_evidence", {"subject_id": subject_id}, follow=False)
        self.tell_evidence(f"gs://{os.environ['FACEWARDEN_BUCKET']}/{evidence_page(subject_id)}")
        return self.check({(match["gallery"], match["post_no"]) for match in matches})

    def count(self) -> None:
        """How much was looked at, so that "none" can be told from "nothing"."""
        (counts,) = rows(self.bq, "queries/totals", {})
        print(", ".join(f"{value} {name}" for name, value in counts.items()) + "\n")

    @staticmethod
    def tell_evidence(address: str) -> None:
        print(f"\nEvidence page: {where_it_opens(address, State(LOCAL))}")
        print(f"Later: make up, then make open ADDRESS={address}")

    def check(self, found: set[Post]) -> bool:
        """Found where the replica put them, of the posts that were crawled, and nowhere else."""
        crawled = {(row["gallery"], row["post_no"]) for row in rows(self.bq, "queries/posts_seen", {})}
        placed = {post for name in self.truth["galleries"] for post in self.placed(name)}
        expected = (placed & crawled) | self.placed("demo")
        for title, posts in (("missed", expected - found), ("found where they are not", found - expected)):
            if posts:
                print(f"{title}: {', '.join(f'{gallery} {number}' for gallery, number in sorted(posts))}")
        if found == expected:
            print(f"The subject was found in all {len(expected)} posts that show them, and in no others.")
        return found == expected

    def placed(self, name: str) -> set[Post]:
        """Posts of a gallery in whose pictures or videos the replica put the subject."""
        address = self.replica + self.truth["galleries"][name]["list"]
        site = site_for(load_sites(LOCAL / "sites.toml"), address)
        key = load_adapter(site).gallery(address).key
        posts = [self.truth[where].get(name, []) for where in ("found_in", "found_in_videos")]
        return {(key, int(number)) for numbers in posts for number in numbers}


def _summary(results: Row) -> str:
    """What the last tasks of a run returned: counts by name, or how many things were done."""
    (result, *_) = [*results.values(), ""]
    if isinstance(result, dict):
        return ", ".join(f"{count} {name}" for name, count in result.items())
    return f"{len(result)} done" if isinstance(result, list) else str(result)


def _line(match: Row) -> Row:
    return {
        "file": match["file_name"],
        "at": f"{match['at_ms'] / 1000:.1f} s" if match["track"] is not None else "",
        "post": urlsplit(match["post_url"])._replace(scheme="", netloc="").geturl(),
        "distance": round(match["distance"], 3),
        "verdict": match["band"],
    }


def _system(verb: str) -> int:
    return subprocess.run([sys.executable, str(REPO / "tools" / "local_system.py"), verb]).returncode


def _is_up() -> bool:
    command = [sys.executable, str(REPO / "tools" / "local_system.py"), "status"]
    return subprocess.run(command, capture_output=True).returncode == 0


def _stay() -> None:
    names = exports(LOCAL / "env")
    print(f"\nAirflow: {names['AIRFLOW_API']}  user {names['AIRFLOW_USER']}  password {names['AIRFLOW_PASSWORD']}")
    print(f"Gallery: {names['FACEWARDEN_REPLICA']}\nCtrl-C ends it all.", flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def _play() -> int:
    try:
        return 0 if Demo().play() else 1
    except (NotUp, Refused, RunFailed) as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1


def main() -> int:
    parser = argparse.ArgumentParser(description="The whole path on the replica gallery.")
    parser.add_argument("--once", action="store_true", help="end by itself; the exit code tells whether it was right")
    once = parser.parse_args().once
    os.umask(private.UMASK)
    was_up = _is_up()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if _system("up"):
            return 1
        code = _play()
        if not once:
            # Blocked only now: whatever was started before must still hear Ctrl-C.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
            _stay()
        return code
    except KeyboardInterrupt:
        return 130
    finally:
        if not (once and was_up):
            _system("down")


if __name__ == "__main__":
    sys.exit(main())
