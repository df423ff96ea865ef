"""Objects in the bucket: put once under their own hash, read back by address."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import PreconditionFailed
from google.cloud import storage

from include.lake.types import FileType


@dataclass(frozen=True)
class StoredObject:
    """Where a file lies in the lake, and whether this call was the one that put it there."""

    file_path: str
    sha256: str
    size: int
    created: bool


def put_once(gcs: storage.Client, bucket: str, data: bytes, file_type: FileType, folder: str = "") -> StoredObject:
    """Store bytes under their hash. The same bytes from ten posts, or a task run twice, are one object."""
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{folder}{sha256}.{file_type.ext}" if folder else object_name(sha256, file_type.ext)
    created = _create(gcs.bucket(bucket).blob(name), data, file_type.mime)
    return StoredObject(f"gs://{bucket}/{name}", sha256, len(data), created)


def object_name(sha256: str, ext: str) -> str:
    """The two folders spread the load; the extension keeps `file_path LIKE '%.gif'` an honest question."""
    return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}.{ext}"


def _create(blob: storage.Blob, data: bytes, mime: str) -> bool:
    try:
        blob.upload_from_string(data, content_type=mime, if_generation_match=0)
    except PreconditionFailed:
        return False
    return True


def read(gcs: storage.Client, address: str) -> bytes:
    """The bytes at a gs:// address."""
    data: bytes = storage.Blob.from_uri(address, client=gcs).download_as_bytes()
    return data


def write(gcs: storage.Client, address: str, data: str | bytes, mime: str) -> str:
    """Write, or write again: for what belongs to one run or one page, never for media."""
    storage.Blob.from_uri(address, client=gcs).upload_from_string(data, content_type=mime)
    return address


def write_json(gcs: storage.Client, address: str, value: Any) -> str:
    return write(gcs, address, json.dumps(value, ensure_ascii=False, default=str), "application/json")


def read_json(gcs: storage.Client, address: str) -> Any:
    return json.loads(read(gcs, address))
