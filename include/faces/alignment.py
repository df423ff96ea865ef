"""Crops that an embedder can read: five landmarks brought onto their standard places."""

import cv2
import numpy as np

from include.faces.face import Floats
from include.media.image import Image

# Where left eye, right eye, nose and the corners of the mouth lie in a 112 x 112 crop. The nets were
# trained on faces aligned to exactly these five points.
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)


def similarity(source: Floats, target: Floats) -> Floats:
    """The 2 x 3 matrix (turn, scale, shift, no reflection) that brings source nearest to target."""
    z, w = source @ np.array([1, 1j]), target @ np.array([1, 1j])
    z0, w0 = z - z.mean(), w - w.mean()
    turn = np.vdot(z0, w0) / max(np.vdot(z0, z0).real, 1e-9)
    shift = w.mean() - turn * z.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]], np.float32)


def aligned(image: Image, landmarks: Floats, size: int = 112, stretch: float = 1.0, lift: float = 0.0) -> Image:
    """The face upright, eyes and mouth at their places; what lies outside of the picture is black.

    `stretch` widens it and `lift` (in pixels of the crop) raises it, for nets that were trained on whole boxes.
    """
    matrix = similarity(landmarks, TEMPLATE * (size / 112) - np.array([0, lift], np.float32))
    matrix[0] *= stretch
    matrix[0, 2] += size / 2 * (1 - stretch)
    return warped(image, matrix, size)


def warped(image: Image, matrix: Floats, size: int) -> Image:
    """`size` x `size` pixels of the picture under an affine map; a large face is averaged down, not sampled."""
    region, matrix = _region(image, matrix, size)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if 0 < scale < 0.5 and min(region.shape[:2]) > 2:
        shrink = 2 * scale
        before = region.shape
        region = np.asarray(cv2.resize(region, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = _after_resize(matrix, region.shape[1] / before[1], region.shape[0] / before[0])
    return np.asarray(cv2.warpAffine(region, matrix, (size, size), flags=cv2.INTER_LINEAR), np.uint8)


def _after_resize(matrix: Floats, fx: float, fy: float) -> Floats:
    """The same transform from the resized picture, whose pixel centres lie at (i + 0.5) / f - 0.5."""
    back = np.array([[1 / fx, 0, 0.5 / fx - 0.5], [0, 1 / fy, 0.5 / fy - 0.5], [0, 0, 1]], np.float32)
    return matrix @ back


def _region(image: Image, matrix: Floats, size: int) -> tuple[Image, Floats]:
    """The part of the picture that the crop shows, so that a large picture is not resized for a small face."""
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]], np.float32) @ inverse.T
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(corners.min(0)) - 4, 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(0)) + 4, [left + 1, top + 1], [width, height]).astype(int)
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ np.array([left, top], np.float32)
    return image[top:bottom, left:right], moved
