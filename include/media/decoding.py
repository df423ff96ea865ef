"""A file of any kind that the lake keeps, to frames. In the decoder's process only: what is opened here may kill it."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from include.media import animations, videos
from include.media.file_types import MediaKind, sniff
from include.media.frame import Frame, FrameRequest, MediaFacts
from include.media.pictures import Unreadable, opened, reasons, upright_pixels


def frames(path: Path, wanted: FrameRequest, facts: MediaFacts) -> Iterator[Frame]:
    """The frames that are wanted. Raises Unreadable for what cannot be shown, whatever its name or type claimed."""
    with path.open("rb") as file:
        kind = sniff(file.read(64))
        file.seek(0)
        if kind is not None and kind.kind is MediaKind.VIDEO:
            with reasons("video"):
                yield from _counted(videos.frames(file, kind.mime, wanted, facts), facts)
        else:
            with reasons():
                yield from _counted(_picture(file, path.stat().st_size, wanted, facts), facts)


def _picture(file: BinaryIO, size: int, wanted: FrameRequest, facts: MediaFacts) -> Iterator[Frame]:
    picture = opened(file, size)
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
