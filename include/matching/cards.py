"""From sightings to what a page shows: one card a sighting, in one section a candidate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, log10

from include.core.seoul_time import KST
from include.matching.case import Sighting
from include.matching.crops import Crop

# Below this the measure of match.quality says that a distance tells little.
LOW_QUALITY = 0.5


@dataclass(frozen=True)
class Card:
    """A sighting in the words of a page, and its pictures where they can be shown."""

    sighting: Sighting
    crop: Crop | None

    @property
    def at(self) -> str:
        """When it is to be seen in a video; empty for a picture."""
        sighting = self.sighting
        return _clock(sighting.at_ms) if sighting.track is not None and sighting.at_ms is not None else ""

    @property
    def one_in(self) -> dict[str, str | None]:
        """The rate and its bounds as "1 in so many"."""
        return {name: one_in(getattr(self.sighting, name)) for name in ("rate", "rate_low", "rate_high")}

    @property
    def blurred(self) -> bool:
        return self.sighting.quality is not None and self.sighting.quality < LOW_QUALITY


def sections(cards: Iterable[Card]) -> list[list[Card]]:
    """The cards by candidate, the one with the best card first: several pictures of one post are one candidate."""
    by_candidate: dict[str, list[Card]] = {}
    for card in cards:
        by_candidate.setdefault(card.sighting.candidate, []).append(card)
    return list(by_candidate.values())


def one_in(rate: float | None) -> str | None:
    """A share as "1 in so many", in two digits that are worth something: 0.0000401 is 25,000."""
    if not rate or rate <= 0:
        return None
    many = max(1 / rate, 1.0)
    digits = floor(log10(many)) - 1
    return f"{round(many / 10**digits) * 10**digits if digits > 0 else round(many):,}"


def link(address: str) -> str | None:
    """The address, where a browser may follow it: no script is a link."""
    return address if address.startswith(("https://", "http://")) else None


def seoul(moment: datetime | None) -> str:
    return moment.astimezone(KST).strftime("%Y-%m-%d %H:%M KST") if moment else "?"


def last_day(end: datetime) -> str:
    """The consent's end is the first moment at which it no longer holds."""
    return (end.astimezone(KST) - timedelta(seconds=1)).date().isoformat()


def _clock(at_ms: int) -> str:
    minutes, tenths = divmod(round(at_ms / 100), 600)
    return f"{minutes}:{tenths / 10:04.1f}"
