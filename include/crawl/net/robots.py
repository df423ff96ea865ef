"""robots.txt: asked for once a host and run, and honoured (RFC 9309)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from include.crawl.net.failures import Disallowed, Stopped, Unreachable
from include.crawl.net.rules import Rules
from include.crawl.net.shared_state import Note, SharedState, StateUnreachable
from include.crawl.sites import host_of
from include.lake.layout import host_folder

PRODUCT = "Facewarden"
MAX_BYTES = 512 * 2**10
_MAX_DELAY_S = 60.0


@dataclass(frozen=True)
class Told:
    """What a host says: its rules; or why none can be had. True until it is asked again."""

    rules: Rules | None
    reason: str = ""
    until: float = float("inf")


class Robots:
    """The rules of a site's hosts. `ask` fetches a robots.txt as any other address, and gives its status and body.

    A host that has none (4xx) allows everything; one that fails (5xx, silence) is not asked for anything. Failures are
    believed for `doubt_s` seconds only; so are a 403 and an empty file, which may be a block and no answer.
    """

    def __init__(self, ask: Callable[[str], tuple[int, bytes]], shared: SharedState | None, doubt_s: float) -> None:
        self._ask, self._shared, self._doubt_s = ask, shared, doubt_s
        self._told: dict[str, Told] = {}
        self._locks: dict[str, threading.Lock] = {}

    def check(self, url: str) -> float:
        """Raise `Disallowed` where the rules forbid this address; else the seconds they want between two requests."""
        start = url.index("/", len("https://"))
        rules = self._rules(url[:start])
        if not rules.allow(url[start:]):
            raise Disallowed("robots.txt asks us not to")
        return min(rules.delay, _MAX_DELAY_S)

    def _rules(self, origin: str) -> Rules:
        told = self._told.get(origin)
        if told is None or told.until < time.monotonic():
            with self._locks.setdefault(origin, threading.Lock()):
                told = self._told.get(origin)
                if told is None or told.until < time.monotonic():
                    told = self._told[origin] = self._told_to_another(origin) or self._asked(origin)
        if told.rules is None:
            raise Unreachable(f"robots.txt cannot be had: {told.reason}")
        return told.rules

    def _asked(self, origin: str) -> Told:
        doubtful = time.monotonic() + self._doubt_s
        try:
            status, body = self._ask(f"{origin}/robots.txt")
        except Stopped:  # it says nothing of the rules, and whoever wanted them is blocked too
            raise
        except Unreachable as error:
            return Told(None, str(error), doubtful)
        text = _text(body) if status == 200 else ""
        if status == 403 or (status == 200 and not text.strip()):
            return Told(Rules(), until=doubtful)
        self._share(origin, text)
        return Told(Rules.parse(text, PRODUCT))

    def _told_to_another(self, origin: str) -> Told | None:
        """What another worker of this run was told."""
        note = self._note(origin)
        if note and self._shared and note.value.get("run") == self._shared.run_key:
            text = note.value.get(origin)
            return Told(Rules.parse(text, PRODUCT)) if isinstance(text, str) else None
        return None

    def _share(self, origin: str, text: str) -> None:
        note = self._note(origin)
        if note and self._shared:
            kept = note.value if note.value.get("run") == self._shared.run_key else {}
            try:
                self._shared.swap(_name(origin), note, {**kept, "run": self._shared.run_key, origin: text})
            except StateUnreachable:
                return  # then they ask for themselves

    def _note(self, origin: str) -> Note | None:
        try:
            return self._shared.read(_name(origin)) if self._shared else None
        except StateUnreachable:
            return None


def _name(origin: str) -> str:
    return f"{host_folder(host_of(origin) or '')}robots.json"


def _text(body: bytes) -> str:
    """What fits; a rule that was cut in two is none."""
    text = body.decode("utf-8-sig", "replace")
    return text.rpartition("\n")[0] if len(body) >= MAX_BYTES else text
