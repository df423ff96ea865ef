"""Stores pages that no adapter understood, redacted, for whoever mends it."""

import hashlib
from dataclasses import dataclass, field

from google.cloud import storage

from include.crawl.redaction.page import redact
from include.lake.objects import write

MAX_KEPT = 20  # of a batch: when all pages of a site have changed, a few are enough to see how


@dataclass(frozen=True)
class UnparsedPages:
    """Keeps them without names and addresses, under one folder of the bucket; without a bucket it keeps none."""

    gcs: storage.Client | None
    folder: str
    kept: list[str] = field(default_factory=list)

    def keep(self, url: str, html: bytes) -> str | None:
        """Where it lies now; None where it could not be kept. A help, and no more: it ends nothing."""
        if self.gcs is None or len(self.kept) >= MAX_KEPT:
            return None
        try:
            return self._kept(self.gcs, url, html)
        except Exception:  # a page that redaction chokes on too, a bucket that fails
            return None

    def _kept(self, gcs: storage.Client, url: str, html: bytes) -> str:
        name = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]
        self.kept.append(write(gcs, f"{self.folder}{name}.html", redact(html), "text/plain; charset=utf-8"))
        return self.kept[-1]
