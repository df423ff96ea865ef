"""How well do the engines find faces and tell people apart, and what does it cost? On folders of your own pictures.

make bench BENCH=accuracy FACES=folder [ENGINES=name,name] [MODELS=folder] [FACEWARDEN_PRECISION=bf16]

FACES holds any of: lfw/ (pairs.csv: left, right, same; folds of same pairs and then others), asian/ and portraits/ (a
folder a person), boxes/ (boxes.json: file and boxes as [x, y, width, height]), models/ (files to link). TAR@r: percent
of the pairs of one person that are accepted at the distance where a share of r of the strangers is. A picture without
a usable face is a miss in every pair of it. Without ENGINES: all whose files are there. Nothing is downloaded.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from include.calibration import pairs
from include.calibration.pairs import Floats, Integers, Pairs
from include.faces.engine import Engine, load_engine
from include.faces.models.manifest import load_manifest
from include.faces.models.model_file import is_there
from include.media.caps import Unreadable
from include.media.pictures import decode
from tests.bench import face_boxes, face_pictures, face_rates
from tests.bench.table import report
from tools.local.state import REPO

PORTIONS = 5  # of the time measurement: engines take turns, the best turn counts
Results = Iterator[tuple[str, float | None]]


def main() -> None:
    folder = Path(os.environ["FACES"]).absolute()
    with tempfile.TemporaryDirectory() as links:
        models = linked(folder, Path(links))
        engines = [load_engine(name, models) for name in names(models)]
        rows: dict[str, dict[str, Any]] = {}
        for engine in engines:
            started = time.perf_counter()
            for measure, value in _measured(engine, folder):
                rows.setdefault(measure, {"measure": measure})[engine.name] = value
            print(f"{engine.name}: {time.perf_counter() - started:.0f} s", flush=True)
        report("accuracy", [*rows.values(), *_times(engines, folder)])


def linked(folder: Path, links: Path) -> Path:
    """One folder with all model files there are: the asked one's, set-up's, and those that lie beside the pictures."""
    asked = os.environ.get("MODELS") or os.environ.get("FACEWARDEN_MODELS")
    for source in ([Path(asked)] if asked else []) + [REPO / ".local" / "models", folder / "models"]:
        for path in source.glob("*.*"):
            if not (links / path.name).exists():
                (links / path.name).symlink_to(path.absolute())
    return links


def names(models: Path) -> list[str]:
    manifest = load_manifest()
    if asked := os.environ.get("ENGINES"):
        return asked.split(",")
    return [name for name in manifest.engines if all(is_there(each, models) for each in manifest.files_of(name))]


def _measured(engine: Engine, folder: Path) -> Results:
    """Measures of one engine by name, for each kind of pictures that is there."""
    kinds = {
        "lfw/pairs.csv": lambda: _lfw(engine, folder / "lfw"),
        "asian": lambda: _stage(engine, folder / "asian"),
        "portraits": lambda: _portraits(engine, folder / "portraits"),
        "boxes/boxes.json": lambda: _boxes(engine, folder / "boxes"),
    }
    for kind, measures in kinds.items():
        if (folder / kind).exists():
            yield from measures()
        else:
            print(f"{folder / kind} is not there: skipped")


def _lfw(engine: Engine, folder: Path) -> Results:
    listed, same = face_pictures.listed_pairs(folder)
    pictures = sorted({path for pair in listed for path in pair})
    rows = face_pictures.embeddings(engine, pictures, face_pictures.central)
    at = {path: place for place, path in enumerate(pictures)}
    left, right = ([at[pair[side]] for pair in listed] for side in (0, 1))
    apart = np.nan_to_num(np.linalg.norm(rows[left] - rows[right], axis=1), nan=np.inf).astype(np.float32)
    flags = np.array(same)
    starts = [0, *(np.flatnonzero(flags[1:] & ~flags[:-1]) + 1), len(flags)]
    folds = [np.arange(a, b) for a, b in pairwise(starts)]
    strangers = pairs.pairs(rows, _numbers([path.parent.name for path in pictures])).strangers
    yield "lfw pictures without a face", _missing(rows)
    yield f"lfw accuracy, {len(folds)} folds", face_rates.fold_accuracy(apart, flags, folds)
    for rate in (1e-3, 1e-4):
        yield f"lfw TAR@{rate:g}", face_rates.accepted(apart[flags], strangers, rate)
    yield from _strangers("lfw", strangers)


def _stage(engine: Engine, folder: Path) -> Results:
    rows, people = _people(engine, folder)
    yield "asian pictures without a face", _missing(rows)
    for way, each in (("", rows), (", centred", pairs.centred(rows))):
        yield from _rates(f"asian one against one{way}", pairs.pairs(each, people))
        for count in (3, 5):
            yield from _rates(f"asian {count} references{way}", pairs.against_references(each, people, count))
    yield from _strangers("asian", pairs.pairs(rows, people).strangers)


def _portraits(engine: Engine, folder: Path) -> Results:
    rows, people = _people(engine, folder)
    found = pairs.pairs(rows, people)
    yield "portraits without a face", _missing(rows)
    yield "portraits, pairs of one person", len(found.same)
    yield "portraits, of these missing", int(np.isinf(found.same).sum())
    for way, each in (("", rows), (", centred", pairs.centred(rows))):
        yield from _rates(f"portraits one against one{way}", pairs.pairs(each, people))
    yield from _strangers("portraits", found.strangers)


def _people(engine: Engine, folder: Path) -> tuple[Floats, Integers]:
    named = face_pictures.people(folder)
    return face_pictures.embeddings(engine, list(named), face_pictures.largest), _numbers(list(named.values()))


def _numbers(names: list[str]) -> Integers:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _missing(rows: Floats) -> int:
    return int(np.isnan(rows[:, 0]).sum())


def _rates(what: str, found: Pairs) -> Results:
    for rate in (1e-2, 1e-3):
        yield f"{what}, TAR@{rate:g}", face_rates.accepted(found.same, found.strangers, rate)


def _strangers(what: str, found: Floats) -> Results:
    """How near strangers come: what `ceilings` in models.toml are taken from."""
    found = np.sort(found[np.isfinite(found)])
    if found.size:
        yield f"{what} strangers, pairs", found.size
        yield f"{what} strangers, mean distance", round(float(found.mean()), 3)
    for rate in (1e-3, 1e-4):
        at = pairs.threshold(found, rate)
        yield f"{what} strangers, distance at {rate:g}", None if at is None else round(at, 3)
    for place, distance in enumerate(found[:3], 1):
        yield f"{what} strangers, nearest pair {place}", round(float(distance), 3)


def _boxes(engine: Engine, folder: Path) -> Results:
    for way in face_boxes.WAYS:
        pictures, faces, right, beside = face_boxes.found(engine, folder, way)
        yield f"boxes {way}, recall of {faces} (overlap {face_boxes.OVERLAP})", round(100 * right / faces, 1)
        yield f"boxes {way}, false boxes a picture", round(beside / pictures, 2)


def _times(engines: list[Engine], folder: Path) -> list[dict[str, Any]]:
    """Milliseconds of one thread for a picture (finding, aligning, cropping) and for a face (embedding, in batches)."""
    images = []
    for path in sorted(folder.glob("*/**/*.jpg"))[:: max(1, len(list(folder.glob("*/**/*.jpg"))) // 40)]:
        try:
            images.append(decode(path.read_bytes()))
        except Unreadable:
            continue
    took: dict[str, dict[str, list[float]]] = {"ms an image": {}, "ms a face": {}}
    for _ in range(PORTIONS):
        for engine in engines:
            started = time.perf_counter()
            seen = [each for image in images for each in engine.find(image) if each.crop is not None]
            looked = time.perf_counter()
            engine.embed(seen)
            ended = time.perf_counter()
            took["ms an image"].setdefault(engine.name, []).append((looked - started) / max(len(images), 1))
            took["ms a face"].setdefault(engine.name, []).append((ended - looked) / max(len(seen), 1))
    best = {what: {name: 1000 * min(each) for name, each in by.items()} for what, by in took.items()}
    rows: list[dict[str, Any]] = []
    for what, by in best.items():
        rows.append({"measure": what, **{name: round(value, 2) for name, value in by.items()}})
        first = next(iter(by.values()))
        rows.append({"measure": f"{what}, of the first", **{name: round(v / first, 2) for name, v in by.items()}})
    return rows


if __name__ == "__main__":
    main()
