"""What there is after a run: rows, objects, pages and downloaded files, without what differs between any two runs."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from include.lake.layout import EVIDENCE, PACE, STAGING, UNPARSED
from include.warehouse.schemas import TableSpec, load_specs
from tests.faults.world import World

Key = tuple[str, str]
Snapshot = dict[Key, Any]
# When something was done, by which run, how long it took, how often it was tried.
OWN = {
    *("seen_at", "fetched_at", "detected_at", "scanned_at", "created_at", "recorded_at", "enrolled_at", "measured_at"),
    *("searched_at", "matched_at", "counted_at", "covered_to", "run_key", "seconds", "tries", "attempts"),
    *("published_at", "found_at", "page_path"),
}
# Of tables with a row a run the last one counts: a run that failed and was begun anew has left rows too.
LAST = {
    "post_outcome": ("seen_at", ("platform", "gallery", "post_no")),
    "population": ("measured_at", ("engine", "cohort")),
    "search": ("searched_at", ("subject_id", "engine")),
}
# It says how a run went, and not what was found.
NOT_COMPARED = {"crawl_count"}
_TIME = re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?")


def snapshot(world: World) -> Snapshot:
    """Everything that lasts, by what it is and its key. Rows of one key are one: `doubled` finds them."""
    return {
        **{("table " + name, key): row for name, key, row in _rows(world)},
        **{("object", name): facts for name, facts in _objects(world)},
        **{("download", str(file.relative_to(world.downloads))): _digest(file.read_bytes(), world)
           for file in world.downloads.rglob("*") if file.is_file()},
    }  # fmt: skip


def doubled(world: World) -> list[str]:
    """Rows that share their table's key."""
    found = []
    for spec in load_specs().values():
        key = ", ".join(spec.key)
        asked = f"SELECT {key}, COUNT(*) AS times FROM {spec.address} GROUP BY {key} HAVING COUNT(*) > 1"
        found += [f"{spec.name}: {dict(row)}" for row in world.bq.query(asked).result()]
    return found


def differences(one: Snapshot, other: Snapshot) -> list[str]:
    """What stands in one of them alone, and what is not the same in both."""
    told = []
    for what, key in sorted(one.keys() | other.keys()):
        if (what, key) not in other:
            told.append(f"{what} {key}: lost")
        elif (what, key) not in one:
            told.append(f"{what} {key}: there, and should not be")
        elif not same(one[what, key], other[what, key]):
            told.append(f"{what} {key}: {_apart(one[what, key], other[what, key])}")
    return told


def same(one: Any, other: Any) -> bool:
    """Equal, and numbers as nearly as nets compute them in other company (bf16)."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 0.01 + 0.01 * abs(one)
    return bool(one == other)


def _apart(one: Any, other: Any) -> str:
    if isinstance(one, dict):
        names = [name for name in one if not same(one[name], other.get(name))]
        return ", ".join(f"{name} {one[name]!r:.100} became {other.get(name)!r:.100}" for name in names)
    return f"{one!r:.200} became {other!r:.200}"


def _rows(world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for spec in load_specs().values():
        if spec.name in NOT_COMPARED:
            continue
        order, key = LAST.get(spec.name, (spec.key[0], spec.key))
        for row in world.bq.query(f"SELECT * FROM {spec.address} ORDER BY {order}").result():
            values = {name: row[name] for name in spec.columns if name not in OWN}
            yield spec.name, "/".join(str(row[name]) for name in key), _plain(spec, values, world)


def _plain(spec: TableSpec, values: dict[str, Any], world: World) -> dict[str, Any]:
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
    return {
        name: value.replace(f"gs://{world.name}/", "gs://BUCKET/") if isinstance(value, str) else value
        for name, value in told.items()
    }


def _objects(world: World) -> Iterator[tuple[str, str]]:
    """Each object's name and content; not what passes through a run, nor what is named after one."""
    for blob in world.gcs.list_blobs(world.name):
        if blob.name.startswith((STAGING.name, PACE.name, UNPARSED.name)):
            continue
        page = blob.name.startswith(EVIDENCE.name)
        yield blob.name, _digest(blob.download_as_bytes(), world) if page else f"{blob.size} bytes, {blob.md5_hash}"


def _digest(data: bytes, world: World) -> str:
    """Of a page or manifest: the same where only its time and its bucket differ."""
    return hashlib.sha256(_TIME.sub(b"TIME", data.replace(world.name.encode(), b"BUCKET"))).hexdigest()
