"""How quickly are faces found? The old way against each engine, from the bucket to the shard, in one run.

make bench BENCH=faces [FACES=../shared/data] [ENGINES=name,name] [MODELS=folder] [ROUNDS=1]

FACES names a folder with boxes/ (boxes.json), portraits/ and lfw/; without it the demo's photographs are taken. Every
way has a process of its own. "seconds" begin when the models are loaded; "start" is how long that took. Recall: of the
boxes that somebody drew (overlap of 0.3), and of the pictures of one person those in which a face was found. In the
video: of ten people who are shown for three seconds each, those who were found while they were there.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from include.faces.models.manifest import load_manifest
from include.faces.models.model_file import is_there
from include.lake.objects import put_once
from include.media.file_types import sniff
from tests.bench.bench_run import bench_run
from tests.bench.face_set import FILM_SECONDS, Picture, film, pictures
from tests.bench.servers import emulators
from tests.bench.table import report
from tools.local.state import REPO

Row = dict[str, Any]
LOCAL = REPO / ".local"


def main() -> None:
    root = Path(os.environ["FACES"]).absolute() if os.environ.get("FACES") else None
    with tempfile.TemporaryDirectory() as scratch, emulators(Path(scratch)) as endpoints:
        os.environ.update(endpoints)
        models = model_folder(Path(scratch) / "models", root)
        names = wanted_engines(models)
        gcs = storage.Client(project="bench", credentials=AnonymousCredentials())
        gcs.create_bucket("bench")
        chosen = pictures(root, LOCAL / "replica" / "photos")
        stills = [put(picture.path.read_bytes()) for picture in chosen]
        faces_of = {item["sha256"]: picture for item, picture in zip(stills, chosen, strict=True)}
        shared = {"bucket": "bench", "models": str(models)}
        found = {way: run({**shared, "way": way, "items": unique(stills)}) for way in ("old pictures", *names)}
        report("faces", [picture_row(way, it, found["old pictures"], faces_of) for way, it in found.items()])
        people = film(chosen, Path(scratch) / "film.mp4")
        video = [put((Path(scratch) / "film.mp4").read_bytes())]
        found = {way: run({**shared, "way": way, "items": video}) for way in ("old video", *names)}
        report("faces_video", [video_row(way, it, found["old video"], len(people)) for way, it in found.items()])


def model_folder(folder: Path, root: Path | None) -> Path:
    """Links to every model file that is here: of set-up, of the tests, of FACES/models."""
    folder.mkdir()
    places = [Path(os.environ.get("MODELS") or LOCAL / "models"), LOCAL / "models-for-tests"]
    for place in [*places, *([root / "models"] if root else [])]:
        for file in sorted(place.glob("*")) if place.is_dir() else []:
            if file.is_file() and not (folder / file.name).exists():
                (folder / file.name).symlink_to(file.absolute())
    return folder


def wanted_engines(models: Path) -> list[str]:
    """ENGINES, or all whose files are here."""
    manifest = load_manifest()
    if asked := os.environ.get("ENGINES"):
        return [manifest.engine(name).name for name in asked.split(",")]
    return [name for name in manifest.engines if all(is_there(model, models) for model in manifest.files_of(name))]


def put(data: bytes) -> Row:
    kind = sniff(data)
    assert kind
    stored = put_once(bench_run(), data, kind)
    sha256 = hashlib.sha256(data).hexdigest()
    return {"sha256": sha256, "file_path": stored.file_path, "type": kind.mime, "size": len(data)}


def unique(items: list[Row]) -> list[Row]:
    return list({item["sha256"]: item for item in items}.values())


def run(asked: Row) -> Row:
    """One way in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.face_ways", json.dumps(asked)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Row = json.loads(done.stdout.splitlines()[-1])
    print(f"{asked['way']}: {found['seconds']:.1f} s", file=sys.stderr, flush=True)
    return found


def picture_row(way: str, found: Row, old: Row, faces_of: dict[str, Picture]) -> Row:
    count = len(faces_of)
    return {
        "way": way,
        "pictures a second": round(count / found["seconds"], 2),
        "times the old way": round(old["seconds"] / found["seconds"], 1),
        "ms a face": round(1000 * found["seconds"] / max(len(found["faces"]), 1)),
        "faces": len(found["faces"]),
        **recall(found["faces"], faces_of),
        "start s": round(found["start"], 1),
        "peak MiB": round(found["MiB"]),
    }


def recall(faces: list[Row], faces_of: dict[str, Picture]) -> Row:
    drawn = hit = people = seen = 0
    for sha256, picture in faces_of.items():
        boxes = [face["box"] for face in faces if face["sha256"] == sha256]
        if picture.boxes:
            drawn += len(picture.boxes)
            hit += sum(any(overlap(box, each) >= 0.3 for each in boxes) for box in picture.boxes)
        else:
            people += 1
            seen += bool(boxes)
    return {"drawn boxes found": f"{hit} of {drawn}", "one person found": f"{seen} of {people}"}


def overlap(a: Any, b: Any) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return float(shared / (a[2] * a[3] + b[2] * b[3] - shared))


def video_row(way: str, found: Row, old: Row, people: int) -> Row:
    shot = FILM_SECONDS * 1000 / people
    seen = {int(face["at_ms"] // shot) for face in found["faces"]}
    return {
        "way": way,
        "seconds": round(found["seconds"], 2),
        "times dlib on every frame": round(old["seconds"] / found["seconds"], 1),
        "people found": f"{len(seen)} of {people}",
        "rows": len(found["faces"]),
        "start s": round(found["start"], 1),
        "peak MiB": round(found["MiB"]),
    }


if __name__ == "__main__":
    main()
