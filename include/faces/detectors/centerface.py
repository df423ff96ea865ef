"""CenterFace on OpenVINO: every face of a picture in one pass, whatever their number."""

from pathlib import Path

import numpy as np

from include.faces.detectors.multiscale import detections, multiscale, padded
from include.faces.face import Detection, Floats
from include.faces.models.manifest import Model
from include.faces.nets import runtime
from include.faces.nets.net import FAST, Scaling
from include.media.image import Image

STRIDE = 4
# Where a quick search shows more than this outside of the faces that it finds, there may be smaller ones; and boxes of
# so few pixels are too coarse to align by. Measured: docs/benchmarks.md.
HINT, AROUND, SURE_SIDE = 0.03, 0.25, 24


class CenterFace:
    """A detector. Faces under ten pixels, or in the dark, are missed; landmarks are rough (see onet)."""

    def __init__(self, model: Model, folder: Path) -> None:
        self._net = runtime.load(folder / model.file, Scaling(), FAST, any_size=True)
        self._min_score = model.min_score

    def detect(self, image: Image) -> list[Detection]:
        """The faces, best first, in pixels of the picture."""
        return multiscale(image, self._search, self._quick_search)

    def _search(self, image: Image, scale: float) -> list[Detection]:
        return self._found(self._maps(image, scale), scale)

    def _quick_search(self, image: Image, scale: float) -> tuple[list[Detection], bool]:
        """At half the size a face of twenty pixels is no face any more to this net, but still a hint of one."""
        maps = self._maps(image, scale)
        found = self._found(maps, scale)
        small = any(each.box.side * scale < SURE_SIDE for each in found)
        return found, small or bool((without(maps[0][0], found, scale / STRIDE) > HINT).any())

    def _maps(self, image: Image, scale: float) -> list[Floats]:
        return [plane[0] for plane in self._net(padded(image, scale))]

    def _found(self, maps: list[Floats], scale: float) -> list[Detection]:
        heat, size, offset, points = maps
        return detections(*decode(heat, size, offset, points, self._min_score), scale)


def without(heat: Floats, found: list[Detection], scale: float) -> Floats:
    """The heat map but for what lies in and around the faces that were found in it."""
    rest = heat.copy()
    for each in found:
        box = each.box.scaled(scale)
        (x, y, width, height), margin = box, AROUND * max(box.width, box.height)
        rows = slice(max(int(y - margin), 0), max(int(y + height + margin) + 1, 0))
        rest[rows, max(int(x - margin), 0) : max(int(x + width + margin) + 1, 0)] = 0
    return rest


def decode(
    heat: Floats, size: Floats, offset: Floats, points: Floats, min_score: float
) -> tuple[Floats, Floats, Floats]:
    """Boxes (x, y, width, height), landmarks and scores wherever the heat map says face, in pixels of the input."""
    rows, columns = np.where(heat[0] > min_score)
    heights, widths = np.exp(size[:, rows, columns]) * STRIDE
    y = (rows + offset[0, rows, columns] + 0.5) * STRIDE - heights / 2
    x = (columns + offset[1, rows, columns] + 0.5) * STRIDE - widths / 2
    five = points[:, rows, columns].reshape(5, 2, -1)
    landmarks = np.stack([five[:, 1] * widths + x, five[:, 0] * heights + y], -1).transpose(1, 0, 2)
    return np.stack([x, y, widths, heights], 1), landmarks, heat[0, rows, columns]
