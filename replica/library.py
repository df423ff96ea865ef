"""The replica's files: kept under their own hash, so that equal bytes are one file."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from replica.world import File

TYPES = {
    "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "mp4": "video/mp4",
    "pdf": "application/pdf", "zip": "application/zip",
}  # fmt: skip


def write(path: Path, data: bytes) -> None:
    """Put a file there at once: whoever reads it meanwhile, such as a server, sees the old one or the new one."""
    half = path.with_name(f"{path.name}.{os.getpid()}.half")
    half.write_bytes(data)
    half.replace(path)


@dataclass(frozen=True)
class Picture:
    """A picture (or video) in the library, and who is in it."""

    key: str
    who: tuple[str, ...] = ()


@dataclass
class Library:
    """Files that were made so far."""

    root: Path
    files: dict[str, File] = field(default_factory=dict)

    def add(self, data: bytes, ending: str, status: str = "ok", type_: str = "") -> str:
        """Keep a file; returns its key."""
        digest = hashlib.sha256(data).hexdigest()
        key = f"{digest[:20]}.{ending}"
        path = Path("files") / key
        (self.root / "files").mkdir(parents=True, exist_ok=True)
        write(self.root / path, data)
        self.files[key] = File(path.as_posix(), digest, len(data), type_ or TYPES[ending], status)
        return key
