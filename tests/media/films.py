"""Small videos for tests, made by FFmpeg's own encoders from seeded scenes or from a photograph."""

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from include.media.image import Image

Shot = tuple[int, Image]  # so many milliseconds of one picture
CODECS = {
    "mp4": "libx264",
    "mov": "mpeg4",
    "mkv": "libx265",
    "webm": "libvpx-vp9",
    "avi": "mpeg4",
    "flv": "flv",
    "asf": "wmv2",
}


def scene(seed: int, height: int = 96, width: int = 128) -> Image:
    """A picture that resembles no other: coarse blocks around a brightness of its own."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 90, (6, 8, 3)) + (40 if seed % 2 else 130)
    return np.asarray(cv2.resize(blocks.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def moving(still: Image, frames: int, step: int = 2) -> list[Image]:
    """The picture drifting to the right."""
    return [np.roll(still, step * number, axis=1) for number in range(frames)]


def film(
    path: Path, frames: Iterable[tuple[int, Image]], kind: str = "mp4", *, rotation: int = 0, sound: bool = False,
    pixel: Fraction | None = None, pixels: str = "yuv420p", codec: str = "", options: dict[str, str] | None = None,
    coding: dict[str, str] | None = None,
) -> Path:  # fmt: skip
    """A file with these frames at these milliseconds."""
    with av.open(str(path), "w", format={"mkv": "matroska"}.get(kind, kind), options=options or {}) as container:
        stream = None
        heard = container.add_stream("aac", rate=44100) if sound else None
        for at_ms, image in frames:
            if stream is None:
                stream = container.add_stream(codec or CODECS[kind], rate=25)
                stream.height, stream.width = image.shape[:2]
                if coding:
                    stream.codec_context.options = coding
                if stream.codec.name == "libx265":  # with B-frames its clock is undefined for films of a few frames
                    stream.codec_context.options = {"x265-params": "bframes=0:log-level=none"}
                stream.pix_fmt = pixels
                stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
                if pixel:
                    stream.codec_context.sample_aspect_ratio = pixel
                if rotation:
                    stream.set_display_rotation(rotation)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))  # type: ignore[arg-type]
        if stream is not None:
            container.mux(stream.encode(None))
        if heard is not None:
            container.mux(heard.encode(_silence()))
            container.mux(heard.encode(None))
    return path


def steady(shots: Sequence[Shot], rate: int = 25) -> list[tuple[int, Image]]:
    """Frames at a steady rate: each picture for so many milliseconds."""
    found, at_ms = [], 0.0
    for length, image in shots:
        for _ in range(round(length * rate / 1000)):
            found.append((round(at_ms), image))
            at_ms += 1000 / rate
    return found


def sound_alone(path: Path) -> Path:
    """An MP4 in which there is nothing to see."""
    return film(path, [], sound=True)


def file_bytes(frames: Iterable[tuple[int, Image]], folder: Path, kind: str = "mp4", **options: object) -> bytes:
    """`film`, as bytes."""
    return film(folder / f"film.{kind}", frames, kind, **options).read_bytes()  # type: ignore[arg-type]


def _silence() -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts = 44100, 0
    return frame


def gif(shots: Sequence[Shot]) -> bytes:
    """An animated GIF."""
    from PIL import Image as Pillow

    pictures = [Pillow.fromarray(image) for _, image in shots]
    stream = io.BytesIO()
    pictures[0].save(
        stream, "GIF", save_all=True, append_images=pictures[1:], duration=[length for length, _ in shots], loop=0
    )
    return stream.getvalue()
