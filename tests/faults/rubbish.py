"""Broken files by the thousand, through crawl and scan: each has a row that says what became of it."""

from collections import Counter
from dataclasses import dataclass, field

from tests.faults.world import World

_ROWS = """
SELECT CAST(REGEXP_EXTRACT(source_url, '/file/([0-9]+)$') AS INT64) AS place, rejected, S.outcome, S.reason
FROM facewarden.media AS M
LEFT JOIN facewarden_biometrics.scan AS S ON S.sha256 = M.sha256
"""


@dataclass
class FilesRead:
    """How many files were what, to the crawl and to the scan; and those of which nobody said anything."""

    crawled: Counter[str] = field(default_factory=Counter)
    scanned: Counter[str] = field(default_factory=Counter)
    unaccounted: list[str] = field(default_factory=list)


def what_became(world: World, names: list[str]) -> FilesRead:
    """Of the files of a site of rubbish that a world has crawled and scanned; `names` are theirs, in their order."""
    found, told = FilesRead(), {row["place"]: row for row in world.bq.query(_ROWS).result()}
    for place, name in enumerate(names):
        row = told.get(place)
        if row is None or (row["rejected"] is None and row["outcome"] is None):
            found.unaccounted.append(f"file {place} ({name}): {'no row' if row is None else 'stored, and not scanned'}")
        elif row["rejected"] is not None:
            found.crawled[row["rejected"].partition(":")[0] or "rejected without a reason"] += 1
        else:
            found.crawled["stored"] += 1
            found.scanned[row["outcome"]] += 1
    return found
