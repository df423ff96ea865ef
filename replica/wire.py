"""HTTP/1.1 as the replica speaks it: requests out of a stream of bytes, answers as what is sent, and when."""

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_REQUEST = 1 << 17
Pieces = Iterable[tuple[float, bytes]]


class Malformed(ValueError):
    """What came is no request."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request: header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    lasting: bool = True

    @property
    def host(self) -> str:
        """The name that the asker used for this server."""
        return self.headers.get("host", "")


@dataclass(slots=True)
class Delivery:
    """What is sent, piece by piece, each after a wait in seconds; and how the connection goes on."""

    pieces: Pieces
    after: str = "keep"
    counted: bool = True
    delay: float = 0.0


def take_request(buffer: bytearray) -> HttpRequest | None:
    """The next request, taken out of the buffer; None while it is not all there."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > LONGEST_REQUEST:
            raise Malformed("a head without an end")
        return None
    first, *lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    words, length = first.split(" "), headers.get("content-length", "0")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not length.isdigit():
        raise Malformed(first[:80])
    whole = end + 4 + int(length)
    if whole > LONGEST_REQUEST:
        raise Malformed("too long")
    if len(buffer) < whole:
        return None
    body = bytes(buffer[end + 4 : whole])
    del buffer[:whole]
    lasting = words[2] != "HTTP/1.0" and headers.get("connection", "").lower() != "close"
    return HttpRequest(words[0], words[1], headers, body, lasting)
