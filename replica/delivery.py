"""How an answer reaches the asker: whole, or with the fault that is due.

Faults: a status ("429", with `retry_after` as given and `text` as the body), `empty` (200, no body), `slow` (`seconds`
late), `cut` (half of the body, then closed), `drop` (closed without a word), `drip` (`size` bytes every `seconds`),
`stall` (half of the body, the rest `seconds` later), `gzip` (compressed), `bomb` (`size` bytes of zeros, compressed),
`boast` (says to be `size` bytes long, is not), `short` (says to be half as long), `open` (says no length), `chunked`,
`redirect` (302 to `to`, in which {target}, {host}, {site} and {other} are filled in).
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

from replica.answers import HTML, Answer
from replica.faults import Fault
from replica.page_parts import other_name
from replica.wire import Delivery, HttpRequest

CHUNK = 16_384
BOMB_BYTES = 256 << 20
BOAST_BYTES = 10**12
BLOCKED = b"<html><body>blocked</body></html>"
REASONS = {int(status): status.phrase for status in HTTPStatus}


def delivery(answer: Answer, fault: Fault | None, request: HttpRequest) -> Delivery:
    """An answer as it is sent."""
    if fault is None:
        return _whole(answer, request)
    if fault.kind.isdigit():
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        body = fault.text.encode("utf-8") if fault.text else BLOCKED
        return _whole(Answer(int(fault.kind), body, headers=headers), request)
    return _FAULTS[fault.kind](answer, fault, request)


def _whole(answer: Answer, request: HttpRequest) -> Delivery:
    head = _head(answer, len(answer.body), "" if request.lasting else "close")
    return Delivery([(0.0, head + answer.body if request.method != "HEAD" else head)])


def _empty(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    return _whole(Answer(200, b""), request)


def _slow(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    return replace(_whole(answer, request), delay=fault.seconds)


def _cut(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    half = answer.body[: len(answer.body) // 2]
    return Delivery([(0.0, _head(answer, len(answer.body), "close") + half)], "close")


def _drop(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    return Delivery([], "abort")


def _drip(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    step = fault.size or 1

    def pieces() -> Iterator[tuple[float, bytes]]:
        yield 0.0, _head(answer, len(answer.body))
        for start in range(0, len(answer.body), step):
            yield fault.seconds, answer.body[start : start + step]

    return Delivery(pieces())


def _stall(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    half = len(answer.body) // 2
    first = _head(answer, len(answer.body)) + answer.body[:half]
    return Delivery([(0.0, first), (fault.seconds, answer.body[half:])])


def _gzip(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    return _whole(_squeezed(answer, gzip.compress(answer.body, 6, mtime=0)), request)


def _bomb(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    return _whole(_squeezed(replace(answer, status=200), _zeros(fault.size or BOMB_BYTES)), request)


def _squeezed(answer: Answer, body: bytes) -> Answer:
    return replace(answer, body=body, headers={**answer.headers, "Content-Encoding": "gzip"})


@lru_cache(maxsize=2)
def _zeros(size: int) -> bytes:
    """So many zeros, compressed: a thousandth of that."""
    squeeze, block = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(1 << 20)
    parts = [squeeze.compress(block[: min(len(block), size - start)]) for start in range(0, size, len(block))]
    return b"".join(parts) + squeeze.flush()


def _boast(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    return Delivery([(0.0, _head(answer, fault.size or BOAST_BYTES, "close") + answer.body)], "close")


def _short(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    return Delivery([(0.0, _head(answer, len(answer.body) // 2) + answer.body)], "close")


def _open(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    return Delivery([(0.0, _head(answer, None, "close") + answer.body)], "close")


def _chunked(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    return Delivery([(0.0, _head(answer, None) + piece) if not number else (0.0, piece)
                     for number, piece in enumerate(_chunks(answer.body))])  # fmt: skip


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK):
        part = body[start : start + CHUNK]
        yield b"%x\r\n%s\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


def _redirect(answer: Answer, fault: Fault, request: HttpRequest) -> Delivery:
    site = f"http://{request.host}"
    to = fault.to or "{target}"
    for name, value in {
        "target": request.target,
        "host": request.host,
        "site": site,
        "other": other_name(site),
    }.items():
        to = to.replace("{" + name + "}", value)
    return _whole(Answer(302, b"", HTML, {"Location": to}), request)


_FAULTS: dict[str, Callable[[Answer, Fault, HttpRequest], Delivery]] = {
    "empty": _empty, "slow": _slow, "cut": _cut, "drop": _drop, "drip": _drip, "stall": _stall, "gzip": _gzip,
    "bomb": _bomb, "boast": _boast, "short": _short, "open": _open, "chunked": _chunked, "redirect": _redirect,
}  # fmt: skip


def _head(answer: Answer, length: int | None, connection: str = "") -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Odd')}",
        f"Date: {_date(int(time()))}",
        f"Content-Type: {answer.type}",
        "Transfer-Encoding: chunked" if length is None and not connection else "",
        f"Content-Length: {length}" if length is not None else "",
        *[f"{name}: {value}" for name, value in answer.headers.items()],
        f"Connection: {connection}" if connection else "",
    ]
    # Older sites put raw UTF-8 into headers. No value brings lines of its own.
    clean = [line.replace("\r", " ").replace("\n", " ") for line in lines if line]
    return ("\r\n".join(clean) + "\r\n\r\n").encode("utf-8", "replace")


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
