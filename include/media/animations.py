"""Animated GIF, WebP, PNG and AVIF, frame by frame as they are shown."""

import time
from collections.abc import Iterator
from itertools import count

from PIL import Image as Pillow

from include.media.caps import check_size
from include.media.frame import Frame, FrameRequest, MediaFacts, thumbnail
from include.media.pictures import pixels
from include.media.sampling import Sampler

# What browsers make of a frame that is to be shown for no time.
_NO_TIME, _INSTEAD = 10, 100
# JPEGs with a second picture behind the first, and documents of many pages, do not move.
_STILL = ("MPO", "TIFF", "HEIF")


def moves(picture: Pillow.Image) -> bool:
    """Whether it is an animation."""
    return picture.format not in _STILL and bool(getattr(picture, "is_animated", False))


def frames(picture: Pillow.Image, wanted: FrameRequest, facts: MediaFacts) -> Iterator[Frame]:
    """The frames that are wanted. One that cannot be read ends it: what comes behind it builds on it."""
    sampler, at_ms, shown, began = Sampler(wanted.every_ms), 0, 0, time.monotonic()
    for number in count():
        try:
            picture.seek(number)
            check_size(*picture.size)  # a frame may be larger than the one before
            image = pixels(picture)
            duration = picture.info.get("duration") or 0  # known only now to some of Pillow's readers
        except EOFError:
            break
        except Exception as error:  # whatever a decoder throws at what was cut off
            if not shown:
                raise
            facts.cut = f"broken after {number} frames ({type(error).__name__})"
            break
        sampled, cut = sampler.wants(at_ms, thumbnail(image[:, :, 1]))
        if wanted.takes(at_ms, sampled):
            shown += 1
            yield Frame(at_ms, image, cut)
        if wanted.is_over(at_ms):
            break
        at_ms += round(duration) if duration > _NO_TIME else _INSTEAD
        if shown >= wanted.max_frames or time.monotonic() - began > wanted.max_seconds:
            facts.cut = f"there is more of it than is looked at; looked at until {at_ms / 1000:.0f} s"
            break
    facts.duration_ms = at_ms
