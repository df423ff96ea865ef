"""Placeholder videos: a scene of two seconds, through which somebody may move."""

import tempfile
from pathlib import Path

import cv2

from replica.chance import chance
from replica.library import Picture
from replica.picture_shelf import Shelf, Studio, scene
from replica.picture_tools import Head, paste

SIZE = (320, 240)
FRAMES, RATE = 20, 10.0


def make_videos(studio: Studio, shelf: Shelf, count: int) -> list[Picture]:
    """So many videos; every fifth, from the second on, shows the subject, every second one a stranger."""
    return [_video(studio, _cast(shelf, number), number) for number in range(count)]


def _cast(shelf: Shelf, number: int) -> Head | None:
    if number % 5 == 1:
        return shelf.subject_heads[number % len(shelf.subject_heads)]
    return shelf.heads[number] if number % 2 == 0 else None


def _video(studio: Studio, head: Head | None, number: int) -> Picture:
    rng = chance(studio.seed, "video", number)
    still = scene(studio, rng, *SIZE)
    with tempfile.TemporaryDirectory(prefix="video-") as folder:
        path = Path(folder) / "video.mp4"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), RATE, SIZE)
        if not writer.isOpened():
            raise RuntimeError("this OpenCV writes no mp4: install opencv-python-headless as pinned")
        for step in range(FRAMES):
            frame = still.copy()
            if head is not None:
                paste(frame, head, 20 + 7 * step, 30, 170)
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        writer.release()
        data = path.read_bytes()
    return Picture(studio.library.add(data, "mp4"), (head.name,) if head else ())
