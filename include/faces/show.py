"""A picture with boxes and scores, for any media: `python -m include.faces.show MEDIA`, or make show MEDIA=…

MEDIA is a media_id, the sha256 of a stored file, or the path of a file here. What is stored is shown as it was scanned;
what has no scan yet, or lies here, is looked at now. Faces are not covered: what comes out is for your eyes only.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import cv2

from include.core.command_line import run_by_hand
from include.core.errors import Mistake
from include.core.run import Run
from include.faces.drawing import ShownFace, sheet, shown
from include.faces.engine import engine_for
from include.faces.file_scanner import ScanItem
from include.faces.scan import scan_files
from include.lake.objects import read_into
from include.lake.prefetch import Fetch
from include.lake.stored_media import stored_frames
from include.media.caps import Unreadable
from include.media.decoder import Decoder
from include.media.file_types import sniff
from include.media.image import Image
from include.warehouse.sql import rows

MAX_FRAMES = 30


class Showing:
    """Finds the faces of a file, as they were scanned or by looking now, and draws them."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def media(self, name: str) -> Image:
        """The picture of a media_id, a sha256 or a local path. Raises LookupError with words for the user."""
        if Path(name).is_file():
            return self._local(Path(name))
        found = rows(self._run.bq, "queries/faces_shown", {"media": name, "engine": self._run.settings.engine})
        if not found:
            raise LookupError(f"nothing is stored under {name!r}: give a media_id, a sha256, or the path of a file")
        file = found[0]
        if file["outcome"] is None:
            faces = self._scan(partial(read_into, self._run.gcs), cast(ScanItem, file))
        else:
            print(f"{file['outcome']}{': ' + file['reason'] if file['reason'] else ''} ({self._run.settings.engine})")
            faces = [
                cast(ShownFace, {**row, "size": row["face_size"], "reason": row["face_reason"]})
                for row in found
                if row["box"]
            ]
        with Decoder() as decoder:
            return self._sheet(partial(stored_frames, self._run.gcs, decoder, file["file_path"]), faces)

    def _local(self, path: Path) -> Image:
        data = path.read_bytes()
        kind = sniff(data)
        faces = self._scan(
            _copy,
            {
                "sha256": hashlib.sha256(data).hexdigest(),
                "file_path": str(path),
                "type": kind.mime if kind else None,
                "size": len(data),
            },
        )
        with Decoder() as decoder:
            return self._sheet(partial(decoder.at, path), faces)

    def _scan(self, fetch: Fetch, file: ScanItem) -> list[ShownFace]:
        engine = engine_for(self._run)
        scanned = scan_files(fetch, [file], engine, print)
        scan = scanned.scans[0]
        print(f"{scan['outcome']}{': ' + scan['reason'] if scan['reason'] else ''} ({engine.name}, looked at now)")
        return cast(list[ShownFace], scanned.faces)  # a scan leaves nothing of it out

    @staticmethod
    def _sheet(frames_at: Callable[[list[int]], dict[int, Image]], faces: list[ShownFace]) -> Image:
        by_time: dict[int, list[ShownFace]] = {}
        for face in faces:
            by_time.setdefault(face["at_ms"], []).append(face)
        times = sorted(by_time)[:MAX_FRAMES] or [0]
        if len(by_time) > MAX_FRAMES:
            print(f"the first {MAX_FRAMES} of {len(by_time)} frames with faces")
        moves = any(face["track"] is not None for face in faces)
        frames = frames_at(times)
        return sheet([shown(frames[at], by_time.get(at, []), f"{at / 1000:.1f} s" if moves else "") for at in frames])


def _copy(address: str, file: BinaryIO) -> None:
    file.write(Path(address).read_bytes())


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("media", help="a media_id, a sha256, or the path of a file")
    parser.add_argument("--to", type=Path, default=None, help="where to write the picture (JPEG or PNG by its name)")
    asked = parser.parse_args()
    to = asked.to or Path(".local/show") / f"{hashlib.sha256(asked.media.encode()).hexdigest()[:12]}.jpg"
    try:
        image = Showing(run_by_hand()).media(asked.media)
    except (LookupError, Mistake, Unreadable) as error:
        print(error, file=sys.stderr)
        return 1
    to.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(to), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    print(to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
