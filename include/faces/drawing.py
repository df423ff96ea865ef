"""Faces drawn onto their frames, for people who want to see what was found."""

from typing import TypedDict

import cv2
import numpy as np

from include.media.image import Image

WIDTH, MIN_WIDTH, COLUMNS = 1600, 800, 3
_GOOD, _POOR, _BLACK = (40, 220, 90), (255, 150, 0), (0, 0, 0)


class Corners(TypedDict):
    """A box in pixels."""

    x: float
    y: float
    width: float
    height: float


class Point(TypedDict):
    """A landmark in pixels."""

    x: float
    y: float


class ShownFace(TypedDict):
    """What is drawn of a face: some columns of table `face`."""

    at_ms: int
    track: int | None
    box: Corners
    landmarks: list[Point]
    score: float
    sharpness: float
    size: float
    reason: str | None


def shown(frame: Image, faces: list[ShownFace], title: str = "") -> Image:
    """A copy with every face's box, landmarks, score, size and sharpness; orange where it has no embedding."""
    scale = min(WIDTH / frame.shape[1], max(1.0, MIN_WIDTH / frame.shape[1]))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    copy = np.array(cv2.resize(frame, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    for face in faces:
        _draw(copy, face, scale)
    if title:
        _write(copy, title, (6, 18), (255, 255, 255))
    return copy


def _draw(image: Image, face: ShownFace, scale: float) -> None:
    colour, box = _POOR if face["reason"] else _GOOD, face["box"]
    x, y = round(box["x"] * scale), round(box["y"] * scale)
    right, bottom = round((box["x"] + box["width"]) * scale), round((box["y"] + box["height"]) * scale)
    cv2.rectangle(image, (x, y), (right, bottom), colour, 2)
    for point in face["landmarks"]:
        cv2.circle(image, (round(point["x"] * scale), round(point["y"] * scale)), 2, colour, -1)
    track = f"track {face['track']} " if face["track"] is not None else ""
    words = f"{track}{face['score']:.2f} {face['size']:.0f}px sharp {face['sharpness']:.0f}"
    _write(image, words, (max(x, 0), max(y - 6, 14)), colour)
    if face["reason"]:
        _write(image, face["reason"], (max(x, 0), bottom + 16), colour)


def _write(image: Image, words: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """With a shadow on every side; a thicker stroke for it would be a wider one."""
    for dx, dy, shade in ((1, 1, _BLACK), (-1, 1, _BLACK), (1, -1, _BLACK), (-1, -1, _BLACK), (0, 0, colour)):
        cv2.putText(image, words, (at[0] + dx, at[1] + dy), cv2.FONT_HERSHEY_SIMPLEX, 0.45, shade, 1, cv2.LINE_AA)


def sheet(frames: list[Image]) -> Image:
    """Several frames on one sheet, in rows."""
    if len(frames) == 1:
        return frames[0]
    columns = min(COLUMNS, len(frames))
    width = WIDTH // columns
    tiles = [cv2.resize(frame, (width, max(1, round(frame.shape[0] * width / frame.shape[1])))) for frame in frames]
    height = max(tile.shape[0] for tile in tiles)
    tiles = [np.pad(tile, ((0, height - tile.shape[0]), (0, 0), (0, 0))) for tile in tiles]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    lines = [np.concatenate(tiles[at : at + columns], axis=1) for at in range(0, len(tiles), columns)]
    return np.asarray(np.concatenate(lines), np.uint8)
