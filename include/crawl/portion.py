"""Which files of a post are asked for in one run: so many and for so long; the next run goes on where this one stopped.

A post may name thousands of files, on hosts that send a byte now and then. Where a run stopped is a row of `media`
without a file, whose reason begins with LEFT: everything before it in the page's order was asked for.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from include.crawl.adapters import MOST_OF_A_KIND, MediaLink
from include.crawl.batch_spec import KnownMedia
from include.crawl.media_rows import UNREACHABLE, Kept

# Files of a post that are asked for in one run, and the seconds after which no further one is. Posts have a few dozen;
# at a pace of a second these are five minutes, and a batch of such posts ends within its task's six hours.
FILES_A_RUN = 300
SECONDS = 30 * 60.0
LEFT = f"{UNREACHABLE}left to the next run"
TOO_MANY = f"left out with all that follow: more than {MOST_OF_A_KIND} of its kind in one post"
Ask = Callable[[MediaLink], Kept]


@dataclass
class Portion:
    """What one run takes of a post: `had` is what became of it, by address; `left` what the next run goes on with."""

    links: Sequence[MediaLink]
    known: Sequence[KnownMedia]
    had: dict[str, Kept] = field(default_factory=dict)
    left: list[MediaLink] = field(default_factory=list)
    got_on: bool = False  # whether something was found out for good: the next run has less to do

    def __post_init__(self) -> None:
        self._stored = {row["source_url"] for row in self.known if row["file_path"]}
        lacking = [(row, row["rejected"] or "") for row in self.known if not row["file_path"]]
        self._reasons = {(row["kind"], row["ordinal"]): reason for row, reason in lacking}
        self._begin = {row["kind"]: row["ordinal"] for row, reason in lacking if reason.startswith(LEFT)}

    def take(self, ask: Ask, seconds: float = SECONDS) -> None:
        """Ask for what nobody has asked for, or in vain; then, if there is room, for what was refused before."""
        until, asked = time.monotonic() + seconds, 0
        for link in sorted(self.links, key=self._order):
            if link.url in self._stored:
                self.had[link.url] = ask(link)  # costs nothing: it is in the lake
            elif asked == 0 or (asked < FILES_A_RUN and time.monotonic() < until):
                asked += 1
                self.had[link.url] = kept = ask(link)
                self.got_on |= not self._is_settled(link) and not (kept.rejected or "").startswith(UNREACHABLE)
            elif not self._is_settled(link):
                self.left.append(link)

    def _order(self, link: MediaLink) -> tuple[bool, bool]:
        """In the page's order, but first of the kind that an earlier run stopped in."""
        return self._is_settled(link), bool(self._begin) and link.kind not in self._begin

    def _is_settled(self, link: MediaLink) -> bool:
        """Whether an earlier run found out that it is not to be had, or that it is the same file as another."""
        reason = self._reasons.get((link.kind, link.ordinal))
        if reason is None:
            return link.ordinal < self._begin.get(link.kind, 0)
        return not reason.startswith(UNREACHABLE)
