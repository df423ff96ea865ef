"""A file of any kind that the lake keeps, to frames. In the cage only: what is opened here may kill its process."""

import os
import queue
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

from include.media import animations, videos
from include.media.cage.inside import Answer
from include.media.caps import Unreadable
from include.media.file_types import MediaKind, sniff
from include.media.frame import Frame, FrameRequest, MediaFacts
from include.media.pictures import opened, prepare_heif, prepare_pictures, reasons, upright_pixels

_AHEAD = 3  # frames that wait while the one before them is being looked at


def prepare() -> None:
    """Load every reader."""
    prepare_pictures()
    prepare_heif()
    videos.prepare()


def answers(file: BinaryIO, request: dict[str, Any]) -> Iterator[Answer]:
    """Frames, each with its pixels and while the next is being decoded; then the facts."""
    facts, wanted = MediaFacts(), FrameRequest(**{**request, "times": tuple(request["times"])})
    for frame in _ahead(frames(file, wanted, facts)):
        pixels = frame.image if frame.image.flags.c_contiguous else frame.image.copy()
        yield {"frame": frame.at_ms, "shape": list(pixels.shape[:2]), "cut": frame.cut}, pixels.data
    yield {"end": asdict(facts)}, None


def frames(file: BinaryIO, wanted: FrameRequest, facts: MediaFacts) -> Iterator[Frame]:
    """The frames that are wanted. Raises Unreadable for what cannot be shown, whatever its name or type claimed."""
    kind = sniff(file.read(64))
    file.seek(0)
    if kind is not None and kind.kind is MediaKind.VIDEO:
        with reasons("video"):
            yield from _counted(videos.frames(file, kind.mime, wanted, facts), facts)
    else:
        with reasons():
            yield from _counted(_picture(file, wanted, facts), facts)


def _picture(file: BinaryIO, wanted: FrameRequest, facts: MediaFacts) -> Iterator[Frame]:
    picture = opened(file, os.fstat(file.fileno()).st_size)
    if animations.moves(picture):
        facts.moves = True
        yield from animations.frames(picture, wanted, facts)
    else:
        yield Frame(0, upright_pixels(picture), True)


def _counted(found: Iterator[Frame], facts: MediaFacts) -> Iterator[Frame]:
    for frame in found:
        facts.frames += 1
        yield frame
    if not facts.frames:
        raise Unreadable("there is no frame in it")


def _ahead(found: Iterator[Frame]) -> Iterator[Frame]:
    """The same frames; what moves is decoded while earlier frames are written and looked at."""
    waiting: queue.Queue[Frame | BaseException | None] = queue.Queue(_AHEAD)

    def fill() -> None:
        try:
            for frame in found:
                waiting.put(frame)
            waiting.put(None)
        except BaseException as error:  # told in the main thread
            waiting.put(error)

    threading.Thread(target=fill, daemon=True).start()
    while (frame := waiting.get()) is not None:
        if isinstance(frame, BaseException):
            raise frame
        yield frame
