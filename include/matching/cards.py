"""From rows of the view `evidence` to what a page shows: one card a sighting, in one section a candidate."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from math import floor, log10
from operator import itemgetter
from typing import Any

from include.core.clock import KST

Row = dict[str, Any]
MAX_COPIES = 30
# Below this the measure of match.quality says that a distance tells little.
LOW_QUALITY = 0.5


def cards(found: Iterable[Row]) -> list[Row]:
    """Rows of one sighting, which follow one another, as one card: its facts, and the posts that show it."""
    return [_card(list(copies)) for _, copies in groupby(found, key=itemgetter("face_id"))]


def sections(shown: Iterable[Row]) -> list[list[Row]]:
    """The cards by candidate, the one with the best card first: several pictures of one post are one candidate."""
    by_candidate: dict[str, list[Row]] = {}
    for card in shown:
        by_candidate.setdefault(card["candidate"], []).append(card)
    return list(by_candidate.values())


def one_in(rate: float | None) -> str | None:
    """A share as "1 in so many", in two digits that are worth something: 0.0000401 is 25,000."""
    if not rate or rate <= 0:
        return None
    many = max(1 / rate, 1.0)
    digits = floor(log10(many)) - 1
    return f"{round(many / 10**digits) * 10**digits if digits > 0 else round(many):,}"


def seoul(moment: datetime | None) -> str:
    return moment.astimezone(KST).strftime("%Y-%m-%d %H:%M KST") if moment else "?"


def last_day(end: datetime) -> str:
    """The consent's end is the first moment at which it no longer holds."""
    return (end.astimezone(KST) - timedelta(seconds=1)).date().isoformat()


def _card(copies: list[Row]) -> Row:
    sighting = copies[0]
    return {
        **sighting,
        "at": _clock(sighting["at_ms"]) if sighting["track"] is not None and sighting["at_ms"] is not None else "",
        "one_in": {name: one_in(sighting[name]) for name in ("rate", "rate_low", "rate_high")},
        "blurred": sighting["quality"] is not None and sighting["quality"] < LOW_QUALITY,
        "verdict_at": seoul(sighting["verdict_at"]),
        "same": _posts(copies, "same"),
        "near": _posts(copies, "near"),
        "face": "",
        "context": "",
    }


def _posts(copies: list[Row], kind: str) -> Row:
    found = [copy for copy in copies if copy["copy"] == kind]
    return {"posts": [_post(copy) for copy in found[:MAX_COPIES]], "more": len(found[MAX_COPIES:])}


def _post(copy: Row) -> Row:
    link = copy["post_url"] if copy["post_url"].startswith(("https://", "http://")) else None
    return {**copy, "link": link, "posted_at": seoul(copy["posted_at"]), "seen_at": seoul(copy["seen_at"])}


def _clock(at_ms: int) -> str:
    minutes, seconds = divmod(at_ms / 1000, 60)
    return f"{minutes:.0f}:{seconds:04.1f}"
