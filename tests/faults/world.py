"""A whole installation that is thrown away: its bucket and project in running emulators, its sites, its downloads."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from replica.server import Replica
from tools.local.state import REPO

CONSENT = {"given_by": "the tests", "basis": "public photographs", "until": "2099-12-31"}
SUBJECT = {"label": "case 1", "consent": CONSENT}
# The day's sites file is quick, and impatient with what blocks it.
SITES = """[sites.replica]
adapter = "dcinside"
base = "{base}"
media_hosts = ["{host}"]
pace = 0
backoff = 0.02
backoff_most = 0.1
browser = "off"
"""


@dataclass(frozen=True)
class World:
    """One installation, by its name. Two of them share emulators and replica, and nothing else."""

    name: str
    folder: Path
    site: Replica
    replica_root: Path
    galleries: tuple[str, ...]
    more_sites: str = ""  # beside the replica

    @property
    def truth(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.replica_root / "truth.json").read_text("utf-8"))
        return facts

    @property
    def lists(self) -> list[str]:
        """The addresses of its galleries."""
        return [self.site.address + self.truth["galleries"][gallery]["list"] for gallery in self.galleries]

    @property
    def subject(self) -> dict[str, Any]:
        """The form that enrols somebody."""
        return {**SUBJECT, "photos": [str(self.replica_root / photo) for photo in self.truth["subject"]["photos"]]}

    @property
    def downloads(self) -> Path:
        return self.folder / "downloads"

    @cached_property
    def bq(self) -> bigquery.Client:
        """Past every road, for whoever looks at what there is."""
        return bigquery.Client(self.name, AnonymousCredentials())

    @cached_property
    def gcs(self) -> storage.Client:
        return storage.Client(self.name, AnonymousCredentials())

    @cached_property
    def environment(self) -> dict[str, str]:
        """What its workers find in theirs, but for the emulators' addresses."""
        self.downloads.mkdir(parents=True)
        sites = self.folder / "sites.toml"
        host = self.site.address.removeprefix("http://")
        sites.write_text(SITES.format(base=self.site.address, host=host) + self.more_sites)
        models = Path(os.environ.get("FACEWARDEN_MODELS") or REPO / ".local" / "models").absolute()
        return {
            "GOOGLE_CLOUD_PROJECT": self.name,
            "FACEWARDEN_BUCKET": self.name,
            "FACEWARDEN_SITES": str(sites),
            "FACEWARDEN_MODELS": str(models),
            "FACEWARDEN_ENGINE": json.loads((models / "engine.json").read_text())["engine"],
            "FACEWARDEN_DOWNLOADS": str(self.downloads),
        }
