"""Videos: frames by time, upright, decoded once. FFmpeg reads bytes from a file that we opened, and nothing else."""

import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice, pairwise
from typing import Any, BinaryIO

import numpy as np

from include.media.caps import MAX_PIXELS, Unreadable, check_size
from include.media.frame import Frame, FrameRequest, MediaFacts, thumbnail
from include.media.frame_clock import FrameClock
from include.media.sampling import Sampler

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
MAX_ERRORS = 500
# Where the first frames follow one another as quickly as this, those that no other frame needs are not decoded: a third
# of the work. As soon as they come more slowly all are.
_QUICK_MS, _SLOW_MS, _FIRST = 60, 1000, 64
# A last picture may be shown for a while; what lacks more than this has been cut off.
_MISSING_MS = 2000
_GAP_MS = 5000
_LONGEST_MS = 30 * 24 * 60 * 60 * 1000  # what claims to last longer does not know how long it lasts


def prepare() -> None:
    """Load FFmpeg: in the cage nothing can be loaded any more."""
    import av
    import av.error
    import av.stream
    import av.subtitles.stream  # noqa: F401


def frames(file: BinaryIO, mime: str, wanted: FrameRequest, facts: MediaFacts) -> Iterator[Frame]:
    """The frames that are wanted; a video that breaks off gives what came before, and `facts.cut` says so."""
    import av

    facts.moves = True
    options = {"max_pixels": str(MAX_PIXELS)}
    with av.open(file, format=CONTAINERS[mime], metadata_errors="replace", options=options) as container:
        stream = _pictures(container)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = wanted.threads
        stream.codec_context.options = options
        facts.duration_ms = _duration(container, stream)
        yield from _wanted(_Film(container, stream, facts.duration_ms), wanted, facts)


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


def _wanted(film: "_Film", wanted: FrameRequest, facts: MediaFacts) -> Iterator[Frame]:
    """In whatever way it ends after its first frame, the frames before that count."""
    sampler, shown, at_ms, began = Sampler(wanted.every_ms), 0, 0, time.monotonic()
    try:
        for at_ms, picture in film.frames():
            if shown >= wanted.max_frames or time.monotonic() - began > wanted.max_seconds:
                facts.cut = "there is more of it than is looked at"
                break
            sampled, cut = sampler.wants(at_ms, thumbnail(_luma(picture)))
            if wanted.takes(at_ms, sampled):
                shown += 1
                yield Frame(at_ms, film.upright(picture), cut)
            if wanted.is_over(at_ms):
                return
    except Exception as error:  # whatever a decoder throws at what is broken
        if not shown:
            raise
        facts.cut = f"broken ({type(error).__name__})"
    if not shown:
        raise Unreadable("a video of which no frame can be decoded")
    _conclude(film, facts, at_ms)


def _conclude(film: "_Film", facts: MediaFacts, at_ms: int) -> None:
    """How much of it was looked at, unless that was all."""
    facts.duration_ms = facts.duration_ms or at_ms
    if film.errors and not facts.cut:
        facts.cut = f"{film.errors} of its parts could not be read"
    if not facts.cut and facts.duration_ms - at_ms > max(_MISSING_MS, facts.duration_ms // 10):
        facts.cut = "it breaks off"
    if not facts.cut and film.longest_gap_ms > _GAP_MS and film.is_steady:
        facts.cut = f"for {film.longest_gap_ms / 1000:.0f} s there is nothing new in it, or something missing"
    if facts.cut:
        facts.cut += f"; looked at until {at_ms / 1000:.0f} of {facts.duration_ms / 1000:.0f} s"


class _Film:
    """The pictures of a container, in order, each with its time."""

    def __init__(self, container: Any, stream: Any, duration_ms: int | None) -> None:
        self._container, self._stream = container, stream
        rate = stream.average_rate or stream.guessed_rate
        self._clock = FrameClock(float(rate) if rate else None, duration_ms)
        self.errors = self.longest_gap_ms = self._frames = self._gaps = 0

    @property
    def is_steady(self) -> bool:
        """Whether it is a film and no slide show: only then is a gap worth a word."""
        return self._frames > 50 * self._gaps

    def frames(self) -> Iterator[tuple[int, Any]]:
        """Every frame, as far as one is needed, with its time from the first one."""
        before = 0
        for picture in self._decoded():
            check_size(picture.width, picture.height)
            base = picture.time_base or self._stream.time_base
            at_ms = self._clock.at(None if picture.pts is None else float(picture.pts * base) * 1000)
            self._frames += 1
            self.longest_gap_ms = max(self.longest_gap_ms, at_ms - before)
            if at_ms - before > _SLOW_MS:
                self._gaps += 1
                self._stream.codec_context.skip_frame = "DEFAULT"
            before = at_ms
            yield at_ms, picture

    def _decoded(self) -> Iterator[Any]:
        """What can be decoded. A packet that cannot is passed over."""
        from av.error import EOFError as End
        from av.error import FFmpegError

        packets = self._packets()
        first = list(islice(packets, _FIRST))
        if self._is_quick(first):
            self._stream.codec_context.skip_frame = "NONREF"
        for packet in chain(first, packets):
            try:
                yield from packet.decode()
            except End:
                return
            except FFmpegError:
                self.errors += 1
                if self.errors > MAX_ERRORS:
                    return

    def _packets(self) -> Iterator[Any]:
        """All packets; what lies broken between them is passed over."""
        from av.error import EOFError as End
        from av.error import FFmpegError

        while self.errors <= MAX_ERRORS:
            try:
                yield from self._container.demux(self._stream)
                return
            except End:
                return
            except FFmpegError:
                self.errors += 1

    def _is_quick(self, packets: list[Any]) -> bool:
        times = sorted(float(packet.pts * packet.time_base) * 1000 for packet in packets if packet.pts is not None)
        gaps = [after - before for before, after in pairwise(times)]
        return bool(gaps) and sorted(gaps)[len(gaps) // 2] <= _QUICK_MS and max(gaps) <= _SLOW_MS

    def upright(self, picture: Any) -> np.ndarray:
        """RGB as a player shows it: turned as the file says, and its pixels square."""
        ratio = self._stream.sample_aspect_ratio or Fraction(1)
        width = picture.width
        if ratio != 1 and Fraction(1, 4) < ratio < 4:
            width = max(1, round(picture.width * ratio))
            check_size(width, picture.height)
        image: np.ndarray = picture.to_ndarray(format="rgb24", width=width, height=picture.height)
        return np.ascontiguousarray(np.rot90(image, round(picture.rotation / 90) % 4))


def _luma(picture: Any) -> np.ndarray:
    """Brightness, taken straight from the decoder's own plane where it has one of bytes."""
    plane = picture.planes[0]
    if picture.format.name.startswith(("yuv", "nv", "gray")) and picture.format.components[0].bits == 8:
        rows = np.frombuffer(plane, np.uint8)[: plane.line_size * picture.height]
        return rows.reshape(picture.height, plane.line_size)[:, : picture.width]
    grey: np.ndarray = picture.reformat(width=32, height=18, format="gray").to_ndarray()
    return grey
