"""The pictures and the video of the faces bench: group photographs, portraits, and a film made of the portraits."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from include.media.image import Image
from include.media.pictures import decode
from replica import photos

Box = tuple[float, float, float, float]
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
PORTRAITS, LFW = 120, 100
FILM_SECONDS, RATE, WIDTH, HEIGHT = 30, 25, 1280, 720


@dataclass(frozen=True)
class Picture:
    """A file, and the faces in it: their boxes where somebody drew them, else how many there are at least."""

    path: Path
    boxes: list[Box]
    people: int


def pictures(root: Path | None, local: Path) -> list[Picture]:
    """Of a folder as `make bench BENCH=accuracy` describes it, or the photographs of the demo in twenty sizes each."""
    if root is None:
        return _copies(local)
    found = [*_boxes(root / "boxes"), *_portraits(root / "portraits")[:PORTRAITS], *_portraits(root / "lfw")[:LFW]]
    if not found:
        raise SystemExit(f"no pictures under {root}: it needs boxes/, portraits/ or lfw/")
    return found


def _copies(local: Path) -> list[Picture]:
    photos.fetch(local)
    folder = local.parents[1] / "bench" / "photos"
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for photo in (photo for photo in photos.photos() if photo.face):
        image = cv2.imread(str(local / photo.name))
        for height in range(260, 1060, 40):
            path = folder / f"{height}-{Path(photo.name).stem}.jpg"
            factor = height / image.shape[0]
            cv2.imwrite(str(path), cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))  # type: ignore[arg-type]
            found.append(Picture(path, [], 1))
    return found


def _boxes(folder: Path) -> list[Picture]:
    file = folder / "boxes.json"
    told = json.loads(file.read_text()) if file.exists() else []
    return [Picture(folder / one["file"], [tuple(box) for box in one["boxes"]], len(one["boxes"])) for one in told]


def _portraits(folder: Path) -> list[Picture]:
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    return [Picture(path, [], 1) for path in files]


def film(pictures: list[Picture], path: Path) -> list[str]:
    """Half a minute of 720p: ten people for three seconds each, drifting, large and small. Their names in order."""
    shown = [picture for picture in pictures if picture.people == 1]
    shown = shown[:: max(1, len(shown) // 10)][:10]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, RATE)
        for number, image in enumerate(_frames(shown)):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return [picture.path.name for picture in shown]


def _frames(shown: list[Picture]) -> Iterator[Image]:
    """Each person on a background of their own; every second one smaller than the one before."""
    a_person = FILM_SECONDS * RATE // len(shown)
    for place, picture in enumerate(shown):
        still = decode(picture.path.read_bytes())
        side = HEIGHT * (0.95, 0.5)[place % 2] / max(still.shape[:2])
        still = np.asarray(cv2.resize(still, None, fx=side, fy=side, interpolation=cv2.INTER_AREA), np.uint8)
        wall = cv2.resize(still, (WIDTH, HEIGHT)) // 3
        background = np.asarray(cv2.GaussianBlur(wall, (0, 0), 40), np.uint8)
        height, width = still.shape[:2]
        for step in range(a_person):
            canvas = background.copy()
            x, y = 40 + step * 3, (HEIGHT - height) // 2
            canvas[y : y + height, x : x + width] = still[:, : WIDTH - x]
            yield canvas
