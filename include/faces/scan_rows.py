"""What is written down of a scan: rows of tables `scan` and `face`."""

import hashlib
from datetime import UTC, datetime

from include.faces.file_scanner import FileResult
from include.faces.tracks import Placed
from include.warehouse.rows import FaceRow, ScanRow


def scan_row(engine: str, result: FileResult) -> ScanRow:
    """A row of table `scan`, of a file that is done with."""
    assert result.outcome is not None
    return {
        "sha256": result.item["sha256"], "engine": engine, "outcome": result.outcome, "reason": result.reason,
        "faces": len(result.found), "width": result.width, "height": result.height, "seconds": result.seconds,
        "scanned_at": datetime.now(UTC), "frames": result.facts.frames, "duration_ms": result.facts.duration_ms,
        "tracks": result.tracks, "tries": result.tries,
    }  # fmt: skip


def face_id(sha256: str, engine: str, at_ms: int, index: int) -> str:
    """The same face of the same content under the same engine has the same id, however often it is scanned."""
    return hashlib.sha256(f"{sha256}|{engine}|{at_ms}|{index}".encode()).hexdigest()[:32]


def face_row(engine: str, sha256: str, track: int | None, placed: Placed) -> FaceRow:
    """A row of table `face`."""
    at_ms, index, face, _ = placed
    return {
        "face_id": face_id(sha256, engine, at_ms, index), "sha256": sha256, "engine": engine, "at_ms": at_ms,
        "track": track, "box": face.box.as_row(),
        "landmarks": [{"x": x, "y": y} for x, y in face.landmarks], "score": face.score, "sharpness": face.sharpness,
        "embedding": face.embedding or [], "reason": face.reason, "detected_at": datetime.now(UTC),
        "size": face.box.side, "pose": {"yaw": face.pose.yaw, "pitch": face.pose.pitch, "roll": face.pose.roll},
    }  # fmt: skip
