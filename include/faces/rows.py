"""What is written down of a scan: rows of tables `scan` and `face`."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from include.faces.face import Face

Row = dict[str, Any]


def scan_row(
    sha256: str, engine: str, outcome: str, reason: str | None, *, seconds: float, faces: int = 0,
    width: int | None = None, height: int | None = None,
) -> Row:  # fmt: skip
    return {
        "sha256": sha256, "engine": engine, "outcome": outcome, "reason": reason, "faces": faces, "width": width,
        "height": height, "seconds": seconds, "scanned_at": datetime.now(UTC),
    }  # fmt: skip


def face_id(sha256: str, engine: str, at_ms: int, index: int) -> str:
    """The same face of the same content under the same engine has the same id, however often it is scanned."""
    return hashlib.sha256(f"{sha256}|{engine}|{at_ms}|{index}".encode()).hexdigest()[:32]


def face_row(sha256: str, engine: str, index: int, face: Face, at_ms: int = 0) -> Row:
    """A row of table `face`."""
    return {
        "face_id": face_id(sha256, engine, at_ms, index), "sha256": sha256, "engine": engine, "at_ms": at_ms,
        "track": None, "box": dict(zip(("x", "y", "width", "height"), face.box, strict=True)),
        "landmarks": [{"x": x, "y": y} for x, y in face.landmarks], "score": face.score, "sharpness": face.sharpness,
        "embedding": face.embedding or [], "reason": face.reason, "detected_at": datetime.now(UTC),
    }  # fmt: skip
