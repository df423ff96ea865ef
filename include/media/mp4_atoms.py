"""The atoms of an MP4, MOV or HEIC, walked and never decoded: a native decoder is no place for strange bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from include.media.rejected import Rejected

MAX_VIDEO_SECONDS = 2 * 60 * 60
_MAX_ATOMS = 100_000  # a live recording of hours, in fragments of a second
_MAX_PARTS = 1_000
_UNKNOWN = (0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)


@dataclass(frozen=True)
class Atom:
    """One atom (the standard calls it a box): its body from `start` to `end`, which may lie beyond the file."""

    kind: bytes
    start: int
    end: int


def check_video(file: BinaryIO, size: int) -> None:
    """Raises Rejected for what was cut off, has no index, or is longer than MAX_VIDEO_SECONDS."""
    atoms = check_atoms(file, size, "video")
    moov = next((atom for atom in atoms if atom.kind == b"moov"), None)
    if moov is None:
        raise Rejected("truncated video: it has no index (moov)")
    seconds = _seconds(file, moov)
    if seconds > MAX_VIDEO_SECONDS:
        raise Rejected(f"too long a video: {seconds} seconds, at most {MAX_VIDEO_SECONDS} are kept")


def check_atoms(file: BinaryIO, size: int, what: str) -> list[Atom]:
    """The outermost atoms; raises Rejected, with the word for what it is, when the file ends before they do."""
    found: list[Atom] = []
    for atom in _atoms(file, 0, size, _MAX_ATOMS):
        if atom.end > size:
            if _is_complete(found) and not _is_name(atom.kind):
                break  # what some cameras and sites write behind a video
            raise Rejected(f"truncated {what}: the file ends before its parts do")
        found.append(atom)
    return found


def _atoms(file: BinaryIO, at: int, end: int, most: int) -> Iterator[Atom]:
    for _ in range(most):
        if end - at < 8:
            return
        file.seek(at)
        head = file.read(16)
        length, start = int.from_bytes(head[:4]), at + 8
        if length == 1:
            length, start = int.from_bytes(head[8:16]), at + 16
        after = at + length if length else end
        if after < start:
            return  # no atom, and so no way on
        yield Atom(head[4:8], start, after)
        at = after
    raise Rejected(f"broken file: it has more than {most} atoms")


def _is_complete(atoms: list[Atom]) -> bool:
    kinds = {atom.kind for atom in atoms}
    return b"moov" in kinds and not kinds.isdisjoint((b"mdat", b"moof"))


def _is_name(kind: bytes) -> bool:
    return kind.isascii() and kind.decode("latin-1").isprintable()


def _seconds(file: BinaryIO, moov: Atom) -> int:
    """How long it says it lasts; 0 when it does not say."""
    mvhd = next((atom for atom in _atoms(file, moov.start, moov.end, _MAX_PARTS) if atom.kind == b"mvhd"), None)
    if mvhd is None:
        return 0
    file.seek(mvhd.start)
    body = file.read(min(32, mvhd.end - mvhd.start))
    wide = body[:1] == b"\1"
    scale, duration = (body[20:24], body[24:32]) if wide else (body[12:16], body[16:20])
    ticks = int.from_bytes(duration)
    if ticks in _UNKNOWN or not int.from_bytes(scale):
        return 0
    return ticks // int.from_bytes(scale)
