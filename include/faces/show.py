"""A picture with boxes and scores, for any media: `python -m include.faces.show MEDIA [--to FILE]` (or make show MEDIA=…).

MEDIA is a media_id, the sha256 of a stored file, or the path of a file here. What is stored is shown as it was scanned;
what has no scan yet, or lies here, is looked at now. Faces are not covered: what comes out is for your eyes only.
"""

import argparse
import hashlib
import os
import sys
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from google.cloud import bigquery, storage

from include.faces.engine import load_engine
from include.faces.face import Image
from include.faces.media.decoder import Decoder
from include.faces.media.stored import stored_frame
from include.faces.model_bucket import ensure_models
from include.faces.pictures import Unreadable
from include.faces.scan import scan_batch
from include.lake.objects import read_into
from include.lake.types import sniff
from include.settings import Settings, from_environment
from include.warehouse.sql import rows

Row = dict[str, Any]
WIDTH, COLUMNS, MOST_FRAMES = 1600, 3, 30
_GOOD, _POOR = (40, 220, 90), (255, 150, 0)


def shown(frame: Image, faces: list[Row], title: str = "") -> Image:
    """A copy with every face's box, landmarks, score, size and sharpness; orange where it has no embedding."""
    scale = min(WIDTH / frame.shape[1], 1.0)
    small = np.asarray(cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    for face in faces:
        _draw(small, face, scale)
    if title:
        _write(small, title, (6, 18), (255, 255, 255))
    return small


def _draw(image: Image, face: Row, scale: float) -> None:
    colour, box = _POOR if face["reason"] else _GOOD, face["box"]
    x, y = round(box["x"] * scale), round(box["y"] * scale)
    right, bottom = round((box["x"] + box["width"]) * scale), round((box["y"] + box["height"]) * scale)
    cv2.rectangle(image, (x, y), (right, bottom), colour, 2)
    for point in face["landmarks"]:
        cv2.circle(image, (round(point["x"] * scale), round(point["y"] * scale)), 2, colour, -1)
    track = f"track {face['track']} " if face["track"] is not None else ""
    words = f"{track}{face['score']:.2f} {face['size']:.0f}px sharp {face['sharpness']:.0f}"
    _write(image, words, (max(x, 0), max(y - 6, 14)), colour)
    if face["reason"]:
        _write(image, face["reason"], (max(x, 0), bottom + 16), colour)


def _write(image: Image, words: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    for shade, thickness in (((0, 0, 0), 3), (colour, 1)):
        cv2.putText(image, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, shade, thickness, cv2.LINE_AA)


def sheet(frames: list[Image]) -> Image:
    """Several frames on one sheet, in rows."""
    if len(frames) == 1:
        return frames[0]
    width = WIDTH // COLUMNS
    tiles = [cv2.resize(frame, (width, max(1, round(frame.shape[0] * width / frame.shape[1])))) for frame in frames]
    height = max(tile.shape[0] for tile in tiles)
    tiles = [np.pad(tile, ((0, height - tile.shape[0]), (0, 0), (0, 0))) for tile in tiles]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)
    lines = [np.concatenate(tiles[at : at + COLUMNS], axis=1) for at in range(0, len(tiles), COLUMNS)]
    return np.asarray(np.concatenate(lines), np.uint8)


class Showing:
    """Finds the faces of a file, as they were scanned or by looking now, and draws them."""

    def __init__(self, bq: bigquery.Client, gcs: storage.Client, own: Settings) -> None:
        self._bq, self._gcs, self._own = bq, gcs, own

    def media(self, name: str) -> Image:
        """The picture of a media_id, a sha256 or a local path. Raises LookupError with words for the user."""
        if Path(name).is_file():
            return self._local(Path(name))
        found = rows(self._bq, "queries/faces_shown", {"media": name, "engine": self._own.engine})
        if not found:
            raise LookupError(f"nothing is stored under {name!r}: give a media_id, a sha256, or the path of a file")
        file = found[0]
        if file["outcome"] is None:
            faces = self._scan(partial(read_into, self._gcs), file)
        else:
            print(f"{file['outcome']}{': ' + file['reason'] if file['reason'] else ''} ({self._own.engine})")
            faces = [{**row, "size": row["face_size"], "reason": row["face_reason"]} for row in found if row["box"]]
        with Decoder() as decoder:
            return self._sheet(lambda at_ms: stored_frame(self._gcs, decoder, file["file_path"], at_ms), faces)

    def _local(self, path: Path) -> Image:
        data = path.read_bytes()
        kind = sniff(data)
        file = {"sha256": hashlib.sha256(data).hexdigest(), "file_path": str(path), "size": len(data)}
        faces = self._scan(_copy, {**file, "type": kind.mime if kind else None})
        with Decoder() as decoder:
            return self._sheet(lambda at_ms: decoder.one(path, at_ms), faces)

    def _scan(self, fetch: Any, file: Row) -> list[Row]:
        ensure_models(self._gcs, self._own.bucket, self._own.engine, self._own.models)
        engine = load_engine(self._own.engine, self._own.models)
        scanned = scan_batch(fetch, [file], engine, print)
        scan = scanned.scans[0]
        print(f"{scan['outcome']}{': ' + scan['reason'] if scan['reason'] else ''} ({engine.name}, looked at now)")
        return scanned.faces

    @staticmethod
    def _sheet(frame: Any, faces: list[Row]) -> Image:
        moves = any(face["track"] is not None for face in faces)
        by_time = groupby(sorted(faces, key=lambda face: face["at_ms"]), key=lambda face: face["at_ms"])
        times = {at_ms: list(there) for at_ms, there in by_time} or {0: []}
        if len(times) > MOST_FRAMES:
            print(f"the first {MOST_FRAMES} of {len(times)} frames with faces")
        frames = []
        for at_ms, there in list(times.items())[:MOST_FRAMES]:
            frames.append(shown(frame(at_ms), there, f"{at_ms / 1000:.1f} s" if moves else ""))
        return sheet(frames)


def _copy(address: str, file: BinaryIO) -> None:
    file.write(Path(address).read_bytes())


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("media", help="a media_id, a sha256, or the path of a file")
    parser.add_argument("--to", type=Path, default=None, help="where to write the picture (JPEG or PNG by its name)")
    asked = parser.parse_args()
    own = from_environment()
    to = asked.to or Path(".local/show") / f"{hashlib.sha256(asked.media.encode()).hexdigest()[:12]}.jpg"
    try:
        image = Showing(_client(bigquery.Client, own), _client(storage.Client, own), own).media(asked.media)
    except (LookupError, Unreadable) as error:
        print(error, file=sys.stderr)
        return 1
    to.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(to), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    print(to)
    return 0


def _client(kind: Any, own: Settings) -> Any:
    from google.auth.credentials import AnonymousCredentials

    emulated = os.environ.get("BIGQUERY_EMULATOR_HOST")
    return kind(project=own.project, credentials=AnonymousCredentials() if emulated else None)


if __name__ == "__main__":
    sys.exit(main())
