"""Animated GIF, WebP, PNG and AVIF, frame by frame as they are shown."""

from collections.abc import Iterator

from PIL import Image as Pillow

from include.faces.media.frame import Facts, Frame, Wish, thumbnail
from include.faces.media.sampling import Sampler
from include.faces.pictures import pixels

# What browsers make of a frame that is to be shown for no time.
_NO_TIME, _INSTEAD = 10, 100
# JPEGs with a second picture behind the first, and documents of many pages, do not move.
_STILL = ("MPO", "TIFF", "HEIF")


def moves(picture: Pillow.Image) -> bool:
    """Whether it is an animation."""
    return picture.format not in _STILL and bool(getattr(picture, "is_animated", False))


def frames(picture: Pillow.Image, wish: Wish, facts: Facts) -> Iterator[Frame]:
    """The frames that are wanted. One that cannot be read ends it: what comes behind it builds on it."""
    sampler, at_ms, shown = Sampler(wish.every_ms), 0, 0
    for number in range(wish.max_frames * 100):
        try:
            picture.seek(number)
            duration = picture.info.get("duration", 0)
            image = pixels(picture)
        except EOFError:
            facts.duration_ms = at_ms
            return
        except Exception as error:  # whatever a decoder throws at what was cut off
            if not number:
                raise
            facts.duration_ms, facts.cut = at_ms, f"broken after {number} frames: {type(error).__name__}"
            return
        wanted, cut = sampler.wants(at_ms, thumbnail(image[:, :, 1]))
        if wanted if wish.at_ms is None else at_ms == wish.at_ms:
            shown += 1
            yield Frame(at_ms, image, cut)
        at_ms += round(duration) if duration > _NO_TIME else _INSTEAD
        if shown >= wish.max_frames or at_ms > wish.max_ms:
            facts.cut = f"only the first {at_ms / 1000:.0f} s were looked at"
            return
