"""Videos: frames by time, upright, decoded once. FFmpeg reads bytes from a file that we opened, and nothing else."""

import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np

from include.faces.media.frame import Facts, Frame, Wish, thumbnail
from include.faces.media.sampling import Sampler
from include.faces.pictures import MAX_PIXELS, Unreadable, check_size

# The container is told by its first bytes and not left to FFmpeg, some of whose readers open what a file names.
CONTAINERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/x-matroska": "matroska",
    "video/webm": "matroska",
    "video/x-msvideo": "avi",
    "video/x-flv": "flv",
    "video/x-ms-wmv": "asf",
}
# Packets that cannot be decoded: a few are a scratch, so many are no video.
MOST_ERRORS = 500
_USUAL_RATE = 25.0
_SEEK_BACK_MS = 2000
# A last picture may be shown for a while; what lacks more than this has been cut off.
_MISSING_MS = 2000
_LONGEST_MS = 30 * 24 * 60 * 60 * 1000  # what claims to last longer does not know how long it lasts


def frames(file: BinaryIO, mime: str, wish: Wish, facts: Facts) -> Iterator[Frame]:
    """The frames that are wanted; a video that breaks off gives what came before, and `facts.cut` says so."""
    import av

    facts.moves = True
    options = {"max_pixels": str(MAX_PIXELS)}
    with av.open(file, format=CONTAINERS[mime], metadata_errors="replace", options=options) as container:
        stream = _pictures(container)
        stream.thread_type = "AUTO"
        stream.codec_context.options = options
        facts.duration_ms = _duration(container, stream)
        if wish.at_ms is None:
            stream.codec_context.skip_frame = "NONREF"  # a third of the work, and never a frame that others need
            yield from _sampled(container, stream, wish, facts)
        else:
            yield from _one(container, stream, wish.at_ms, facts)


def _pictures(container: Any) -> Any:
    """The stream that is the film: no cover of an album, no preview."""
    from av.stream import Disposition

    cover = Disposition.attached_pic | Disposition.timed_thumbnails
    found = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not found:
        raise Unreadable("a video without pictures: sound alone")
    default = [stream for stream in found if stream.disposition & Disposition.default]
    return (default or found)[0]


def _duration(container: Any, stream: Any) -> int | None:
    """What the file says of its length; None where that cannot be true."""
    if stream.duration and stream.time_base:
        told = round(float(stream.duration * stream.time_base) * 1000)
    else:
        told = round((container.duration or 0) / 1000)
    return told if 0 < told < _LONGEST_MS else None


def _sampled(container: Any, stream: Any, wish: Wish, facts: Facts) -> Iterator[Frame]:
    sampler, shown, began = Sampler(wish.every_ms), 0, time.monotonic()
    at_ms = 0
    for at_ms, picture in _decoded(container, stream, facts):
        if at_ms > wish.max_ms or shown >= wish.max_frames or time.monotonic() - began > wish.max_seconds:
            facts.cut = f"only the first {at_ms / 1000:.0f} s were looked at"
            return
        wanted, cut = sampler.wants(at_ms, thumbnail(_luma(picture)))
        if wanted:
            shown += 1
            yield Frame(at_ms, _upright(picture, stream), cut)
    if not shown:
        raise Unreadable("a video of which no frame can be decoded")
    facts.duration_ms = facts.duration_ms or at_ms
    if not facts.cut and facts.duration_ms - at_ms > max(_MISSING_MS, facts.duration_ms // 10):
        facts.cut = f"it breaks off after {at_ms / 1000:.0f} of {facts.duration_ms / 1000:.0f} s"


def _one(container: Any, stream: Any, wanted_ms: int, facts: Facts) -> Iterator[Frame]:
    """The frame that was at that time when the video was sampled, or the first behind it."""
    first = next(_decoded(container, stream, facts), None)
    if first is None:
        raise Unreadable("a video of which no frame can be decoded")
    start = first[1].pts
    if start is not None and stream.time_base and wanted_ms > _SEEK_BACK_MS:
        back = start + int((wanted_ms - _SEEK_BACK_MS) / 1000 / stream.time_base)
        container.seek(back, stream=stream)
    else:
        container.seek(0)
    for at_ms, picture in _decoded(container, stream, facts, start):
        if at_ms >= wanted_ms:
            yield Frame(at_ms, _upright(picture, stream), True)
            return
    raise Unreadable(f"a video without a frame at {wanted_ms} ms")


def _decoded(container: Any, stream: Any, facts: Facts, start: int | None = None) -> Iterator[tuple[int, Any]]:
    """Every frame with its time from the first one. Clocks that stand still or run backwards are helped on."""
    rate = stream.average_rate or stream.guessed_rate
    step = max(1, round(1000 / min(float(rate or _USUAL_RATE), 1000.0)))
    last = -1
    for picture in _readable(container, stream, facts):
        start = picture.pts if start is None else start
        at_ms = last + step if last >= 0 else 0
        if picture.pts is not None and start is not None:
            told = round(float((picture.pts - start) * (picture.time_base or stream.time_base)) * 1000)
            at_ms = told if told > last else last + 1
        last = at_ms
        yield at_ms, picture


def _readable(container: Any, stream: Any, facts: Facts) -> Iterator[Any]:
    """What can be decoded; a packet that cannot is passed over."""
    from av.error import EOFError as End
    from av.error import FFmpegError

    packets = container.demux(stream)
    frames = 0
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            for picture in packet.decode():
                frames += 1
                check_size(picture.width, picture.height)
                yield picture
        except End:
            return
        except FFmpegError as error:
            facts.errors += 1
            facts.cut = f"{facts.errors} of its parts could not be read ({type(error).__name__})"
            if facts.errors > MOST_ERRORS:
                return


def _luma(picture: Any) -> np.ndarray:
    """Brightness, taken straight from the decoder's own plane where it has one of bytes."""
    plane = picture.planes[0]
    if picture.format.name.startswith(("yuv", "nv", "gray")) and picture.format.components[0].bits == 8:
        rows = np.frombuffer(plane, np.uint8)[: plane.line_size * picture.height]
        return rows.reshape(picture.height, plane.line_size)[:, : picture.width]
    grey: np.ndarray = picture.reformat(width=32, height=18, format="gray").to_ndarray()
    return grey


def _upright(picture: Any, stream: Any) -> np.ndarray:
    """RGB as a player shows it: turned as the file says, and its pixels square."""
    ratio = stream.sample_aspect_ratio or Fraction(1)
    width = picture.width
    if ratio != 1 and Fraction(1, 4) < ratio < 4:
        width = max(1, round(picture.width * ratio))
        check_size(width, picture.height)
    image: np.ndarray = picture.to_ndarray(format="rgb24", width=width, height=picture.height)
    turned = np.rot90(image, round(picture.rotation / 90) % 4)
    return np.ascontiguousarray(turned)
