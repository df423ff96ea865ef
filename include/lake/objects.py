"""Objects in the bucket: put once under their own hash, read back by address."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from google.api_core.exceptions import GoogleAPICallError, PreconditionFailed, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.cloud.storage.exceptions import InvalidResponse
from requests import RequestException

from include.core.run import Run
from include.lake import layout
from include.media.file_types import FileType

NameOf = Callable[[str, str], str]  # a hash and an extension

_LOOKED_FOR = 4 * 2**20
# How the bucket fails, whatever is stored in it.
BUCKET_FAILS = (GoogleAPICallError, GoogleAuthError, InvalidResponse, RequestException, RetryError)


@dataclass(frozen=True)
class StoredObject:
    """Where a file lies in the lake, and whether this call was the one that put it there."""

    file_path: str
    sha256: str
    size: int
    created: bool


def put_once(run: Run, data: bytes, file_type: FileType, name_of: NameOf = layout.original) -> StoredObject:
    """Store bytes under their hash. The same bytes from ten posts, or a task run twice, are one object."""
    sha256 = hashlib.sha256(data).hexdigest()
    name = name_of(sha256, file_type.ext)
    blob = run.gcs.bucket(run.bucket).blob(name)
    created = _create(lambda: blob.upload_from_string(data, content_type=file_type.mime, if_generation_match=0))
    return StoredObject(run.address(name), sha256, len(data), created)


def put_file(run: Run, file: BinaryIO, size: int, sha256: str, file_type: FileType) -> StoredObject:
    """`put_once` for what lies in a file and is hashed already: a video is never held in memory."""
    name = layout.original(sha256, file_type.ext)
    blob = run.gcs.bucket(run.bucket).blob(name)
    # A long upload would be refused only at its end.
    there = size > _LOOKED_FOR and blob.exists()
    created = not there and _create(lambda: blob.upload_from_file(
        file, size=size, rewind=True, content_type=file_type.mime, if_generation_match=0))  # fmt: skip
    return StoredObject(run.address(name), sha256, size, created)


def _create(upload: Callable[[], object]) -> bool:
    try:
        upload()
    except PreconditionFailed:
        return False
    return True


def read(gcs: storage.Client, address: str) -> bytes:
    """The bytes at a gs:// address."""
    data: bytes = storage.Blob.from_uri(address, client=gcs).download_as_bytes()
    return data


def read_into(gcs: storage.Client, address: str, file: BinaryIO) -> None:
    """The bytes at a gs:// address, into a file: a video is never held in memory."""
    storage.Blob.from_uri(address, client=gcs).download_to_file(file)


def write(gcs: storage.Client, address: str, data: str | bytes, mime: str) -> str:
    """Write, or write again: for what belongs to one run or one page, never for media."""
    storage.Blob.from_uri(address, client=gcs).upload_from_string(data, content_type=mime)
    return address


def write_json(gcs: storage.Client, address: str, value: Any) -> str:
    return write(gcs, address, json.dumps(value, ensure_ascii=False, default=str), "application/json")


def read_json(gcs: storage.Client, address: str) -> Any:
    return json.loads(read(gcs, address))
