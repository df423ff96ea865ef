"""Bodies of answers: decoded with a cap on what comes out, and files spooled to disk while they are read."""

import hashlib
import zlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Self, cast

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import DecodeError

from include.crawl.net.failures import Refused, Unreachable

IN_MEMORY = 4 * 2**20
_HEAD = 64
_PIECE = 2**16
# What we ask for, and what some send anyway. The number lets zlib tell gzip from its own form.
_GZIP = b"\x1f\x8b"
_ENCODINGS = {"gzip": 47, "x-gzip": 47, "deflate": 47}


class Download:
    """A file that was fetched: what it is, and where to read it. Gone when closed, and when the process ends."""

    def __init__(self) -> None:
        self.size, self.head = 0, b""
        self._hash = hashlib.sha256()
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # it is closed with us

    @classmethod
    def of(cls, pieces: Iterator[bytes]) -> Self:
        """All pieces in one file, to be read from its start. Nothing is left behind when they end in an error."""
        download = cls()
        try:
            for piece in pieces:
                download._add(piece)
            download._rewind()
        except BaseException:
            download.close()
            raise
        return download

    @property
    def file(self) -> BinaryIO:
        """Seekable, in memory while it is small."""
        return cast(BinaryIO, self._file)

    @property
    def sha256(self) -> str:
        """Of the whole file, hexadecimal."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Remove it. What a full disk would not take is not flushed: nobody misses it."""
        try:
            self._file.close()
        except OSError:
            self._file._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _add(self, piece: bytes) -> None:
        self.head += piece[: _HEAD - len(self.head)]
        self.size += len(piece)
        self._hash.update(piece)
        try:
            self._file.write(piece)
        except OSError as error:
            raise _no_room(error) from None

    def _rewind(self) -> None:
        try:
            self._file.seek(0)  # writes what is left in the buffer
        except OSError as error:
            raise _no_room(error) from None


def _no_room(error: OSError) -> Unreachable:
    return Unreachable(f"no room on this worker's disk for temporary files: {error.strerror}")


def pieces(response: BaseHTTPResponse, limit: int) -> Iterator[bytes]:
    """The body as it comes, decoded; given up as soon as it is too long, however long it says it is."""
    size = 0
    for piece in _decoded(response):
        size += len(piece)
        if size > limit:
            raise Refused(f"larger than {limit >> 20} MiB")
        yield piece


def _raw(response: BaseHTTPResponse) -> Iterator[bytes]:
    # read1 gives what has come. urllib3's own decoding is not used: it reads on until something comes out, and that
    # may be never.
    while piece := response.read1(_PIECE, decode_content=False):
        yield piece


def _decoded(response: BaseHTTPResponse) -> Iterator[bytes]:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return _raw(response)
    if encoding not in _ENCODINGS:
        raise Refused("in an encoding that was not asked for")
    return _inflated(_raw(response), _ENCODINGS[encoding])


def _inflated(raw: Iterator[bytes], form: int) -> Iterator[bytes]:
    """A piece at a time: a bomb never unfolds in memory. Several streams in a row are one body."""
    stream, rest = zlib.decompressobj(form), b""
    started = False
    try:
        for data in raw:
            started, rest = True, rest + data
            while rest:
                if stream.eof:
                    if not rest.startswith(_GZIP):  # padding
                        rest = b""
                        continue
                    stream = zlib.decompressobj(form)
                yield stream.decompress(rest, _PIECE)
                rest = stream.unconsumed_tail or stream.unused_data
        while piece := stream.decompress(b"", _PIECE):  # what it still held back
            yield piece
    except zlib.error as error:
        raise DecodeError(str(error)) from None
    if started and not stream.eof:
        raise DecodeError("cut off")
