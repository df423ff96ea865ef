"""One way to find faces in a process of its own: `python -m tests.bench.face_ways JSON`; its last line is JSON too."""

import io
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from include.core.run import Run
from include.lake.objects import read, write_json
from include.warehouse.rows import Table
from include.warehouse.shards import write_shard
from tests.bench.bench_run import bench_run

Row = dict[str, Any]


def main() -> None:
    asked = json.loads(sys.argv[1])
    gcs = storage.Client(project="bench", credentials=AnonymousCredentials())
    began = time.perf_counter()
    way = WAYS.get(asked["way"], partial(engine, asked["way"]))
    found = way(gcs, asked)
    found["whole"] = time.perf_counter() - began
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({**found, "MiB": (own + children) / 1024}))


def engine(name: str, gcs: storage.Client, asked: Row) -> Row:
    """Ours: what a mapped task does, from the batch's description in the bucket to its shards."""
    from include.faces import scan_run
    from include.faces.engine import load_engine

    began = time.perf_counter()
    models = Path(asked["models"])
    loaded = load_engine(name, models)
    loaded.embed(loaded.find(np.zeros((480, 480, 3), np.uint8)))
    ready = time.perf_counter()
    address = f"gs://{asked['bucket']}/staging/scan_plan/bench/0000.json"
    write_json(gcs, address, {"engine": name, "items": asked["items"]})
    rows: Row = {}

    def keep(run: Run, table: str, batch: str, found: list[Row]) -> None:
        write_shard(run, Table[Any](table), batch, found)
        rows[table] = found

    scan_run.write_shard = keep  # type: ignore[assignment, attr-defined]  # the rows, to count by
    scan_run.scan_batch(bench_run(f"bench_{os.getpid()}", bucket=asked["bucket"], models=models), address)
    seconds = time.perf_counter() - ready
    faces = [{"sha256": row["sha256"], "box": list(row["box"].values()), "at_ms": row["at_ms"]} for row in rows["face"]]
    return {"start": ready - began, "seconds": seconds, "faces": faces}


def old_pictures(gcs: storage.Client, asked: Row) -> Row:
    """The old way: the mtcnn package on TensorFlow, a picture at a time; `model.predict`, a face at a time."""
    import cv2
    from mtcnn import MTCNN

    from include.faces.engine import load_backend  # type: ignore[attr-defined]
    from include.faces.models.manifest import load_manifest

    began = time.perf_counter()
    detector = MTCNN()
    embedder = load_backend("facenet-512-tensorflow", load_manifest(), Path(asked["models"]))
    model = embedder._keras
    detector.detect_faces(np.zeros((480, 480, 3), np.uint8))
    model.predict(np.zeros((1, 160, 160, 3), np.float32), verbose=0)
    ready = time.perf_counter()
    faces, rows = [], []
    for item in asked["items"]:
        image = _opened(read(gcs, item["file_path"]))
        for number, face in enumerate(detector.detect_faces(image)):
            x, y, width, height = face["box"]
            crop = image[max(y, 0) : y + height, max(x, 0) : x + width]
            if not crop.size:
                continue
            scaled = (cv2.resize(crop, (160, 160)).astype(np.float32) - 127.5) / 128
            embedding = model.predict(scaled[None], verbose=0)[0]
            faces.append({"sha256": item["sha256"], "box": [x, y, width, height], "at_ms": 0})
            rows.append(_row(item, number, face["box"], embedding.tolist()))
    write_shard(bench_run(f"bench_{os.getpid()}", bucket=asked["bucket"]), Table[Any]("face"), "old", rows)
    return {"start": ready - began, "seconds": time.perf_counter() - ready, "faces": faces}


def old_video(gcs: storage.Client, asked: Row) -> Row:
    """The old way with a video: dlib's HOG on every frame, and no embedding at all."""
    import av
    import dlib

    began = time.perf_counter()
    detector = dlib.get_frontal_face_detector()
    ready = time.perf_counter()
    faces = []
    for item in asked["items"]:
        with av.open(io.BytesIO(read(gcs, item["file_path"]))) as container:
            for frame in container.decode(video=0):
                for box in detector(frame.to_ndarray(format="rgb24"), asked.get("upsample", 0)):
                    place = [box.left(), box.top(), box.width(), box.height()]
                    faces.append({"sha256": item["sha256"], "box": place, "at_ms": round(frame.time * 1000)})
    return {"start": ready - began, "seconds": time.perf_counter() - ready, "faces": faces}


def _opened(data: bytes) -> np.ndarray:
    from PIL import Image as Pillow

    return np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))


def _row(item: Row, number: int, box: list[int], embedding: list[float]) -> Row:
    from datetime import UTC, datetime

    place = dict(zip(("x", "y", "width", "height"), map(float, box), strict=True))
    shared = {"sha256": item["sha256"], "engine": "old", "at_ms": 0, "detected_at": datetime.now(UTC)}
    return {**shared, "face_id": f"{item['sha256']}{number}", "box": place, "embedding": embedding}


WAYS: dict[str, Callable[[storage.Client, Row], Row]] = {"old pictures": old_pictures, "old video": old_video}

if __name__ == "__main__":
    main()
