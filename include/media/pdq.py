"""PDQ, the published perceptual hash of a picture: pictures that look alike have hashes of which few bits differ.

All that PDQ does up to its cosine transform is linear in each direction, and so is one matrix for the rows and one for
the columns: two blurs with a box and the choice of 64 places. Pictures whose hashes differ in at most 31 of 256 bits
are usually taken to show the same; where the quality is below 50 (a plain wall, a few words) the hash says little.
"""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pixels = NDArray[Any]  # of 8 bits

# PDQ itself is defined on a picture of any size; beyond this many pixels a side the large ones are first made smaller.
SIDE = 512
_PLACES, _WAVES = 64, 16
_NOTHING = 1e-9  # what sums of fractions leave over
_MIN_SIDE = 5
_LONGEST_SIDE = 16_384  # beyond, single pixels are too little of a place to be told apart
_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)


def pdq(image: Pixels, shown: tuple[int, int] | None = None) -> tuple[str, int]:
    """Hash (64 hex digits) and quality (0 to 100) of height x width grey or RGB values.

    `shown` is the height and width of the picture where the image is a smaller copy of it. A picture with a side of
    less than five pixels has nothing to compare: its hash is all zeros, its quality 0.
    """
    height, width = image.shape[:2]
    if min(height, width) < _MIN_SIDE:
        return "0" * 64, 0
    image = cv2.resize(image, (width // shrinking(width), height // shrinking(height)), interpolation=cv2.INTER_AREA)
    height, width = shown or (height, width)
    small = _small(_luma(image), height, width)
    waves = _cosines() @ small @ _cosines().T
    bits = waves > np.sort(waves, axis=None)[_WAVES * _WAVES // 2 - 1]
    return np.packbits(bits.ravel()[::-1]).tobytes().hex(), _quality(small)


def shrinking(side: int) -> int:
    """By how much a side of so many pixels is divided before all else; at least SIDE of them stay."""
    return max(1, side // SIDE)


def _luma(image: Pixels) -> Floats:
    values = image.astype(np.float32)
    return values if image.ndim == 2 else np.asarray(cv2.transform(values, _LUMA), np.float32)


def _small(luma: Floats, height: int, width: int) -> Floats:
    """64 x 64 places of the blurred picture."""
    return _shortened(_shortened(luma, height).T, width).T


def _shortened(luma: Floats, side: int) -> Floats:
    """The 64 places of each column, which stands for a side of so many pixels."""
    kept = luma.shape[0]
    bands = _bands(side if side <= _LONGEST_SIDE else kept, kept)
    return np.concatenate([shares @ luma[first:last] for first, last, shares in bands])


@lru_cache(maxsize=64)
def _bands(side: int, kept: int) -> list[tuple[int, int, Floats]]:
    """The blur, two places at a time and of the pixels that count there: so small products stay in one thread.

    Each product in many threads waits for the slowest of them, up to a hundred times its own time on a busy machine.
    """
    blur = _blur(side)
    if kept != side:
        # Each pixel that was kept stands for several; it counts for all of them.
        edges = np.linspace(0, side, kept + 1)
        sums = np.pad(np.cumsum(blur, axis=1), ((0, 0), (1, 0)))
        blur = np.diff([np.interp(edges, np.arange(side + 1), row) for row in sums], axis=1)
    pairs = [blur[place : place + 2].astype(np.float32) for place in range(0, _PLACES, 2)]
    counting = [np.flatnonzero(pair.max(axis=0) > _NOTHING) for pair in pairs]
    return [(at[0], at[-1] + 1, pair[:, at[0] : at[-1] + 1]) for at, pair in zip(counting, pairs, strict=True)]


def _blur(side: int) -> NDArray[np.float64]:
    """How much each of `side` pixels counts at each of 64 places: a box of half a place's width, applied twice."""
    width = -(-side // (2 * _PLACES))
    places = ((np.arange(_PLACES) + 0.5) * side / _PLACES).astype(int)
    pixels = np.arange(side)
    first = np.maximum(pixels - (width - 1) // 2, 0)
    behind = np.minimum(pixels + width // 2, side - 1) + 1
    share = 1 / (behind - first)
    # What the second box takes of each pixel is spread by the first one: noted where it begins and ends, then summed.
    row, at = np.nonzero((pixels >= first[places, None]) & (pixels < behind[places, None]))
    taken = share[places[row]] * share[at]
    edges = np.zeros((_PLACES, side + 1))
    np.add.at(edges, (row, first[at]), taken)
    np.add.at(edges, (row, behind[at]), -taken)
    return np.cumsum(edges, axis=1)[:, :side]


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    """The cosine transform's waves 1 to 16; wave 0, the mean, is left out."""
    wave, place = np.arange(1, _WAVES + 1)[:, None], np.arange(_PLACES)[None, :]
    scale = np.sqrt(2 / _PLACES)
    waves: Floats = (scale * np.cos(np.pi / (2 * _PLACES) * wave * (2 * place + 1))).astype(np.float32)
    return waves


def _quality(small: Floats) -> int:
    """How much there is to see: the steps between neighbouring places, in whole hundredths of the range."""
    steps = sum(int(np.abs((np.diff(small, axis=axis) * 100 / 255).astype(int)).sum()) for axis in (0, 1))
    return min(100, steps // 90)
