"""What a block means for a host: strikes, pauses that double, and when it is given up."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from include.crawl.net.ledger import State

_DAY = 86400.0
_PROBE_S = 60.0  # the request that tries may take longer; then another may try too


@dataclass(frozen=True)
class Blow:
    """What came of one: whether it was a new strike, how long everybody waits, or that the host is given up."""

    counts: bool
    strikes: int = 0
    pause: float = 0.0
    stopped: bool = False


@dataclass(frozen=True)
class Ticket:
    """A request's permission to ask: how many blocks were known then, and whether it is the one that tries."""

    blows: int
    probe: str = ""


def struck(state: State, ticket: Ticket, run: str, now: float, wanted: float | None, first: float, most: float) -> Blow:
    """A strike against the host, unless this request was under way already when the last one fell.

    The pause is what the host wants (believed up to the longest), or twice as long each time. When the longest did not
    help the host is given up for this run; another run starts with the shortest again.
    """
    if state.blows != ticket.blows:
        return Blow(False)
    in_row = state.blocked and state.run == run
    exhausted = in_row and state.last_pause >= most
    state.strikes = state.strikes + 1 if in_row else 1
    own = min(first * 2.0 ** min(state.strikes - 1, 60), most)
    pause = own if wanted is None else wanted
    state.blows, state.blocked, state.run = state.blows + 1, True, run
    state.probe_of, state.probe_until = "", 0.0
    stopped = exhausted or pause > most
    if stopped:
        state.stopped, pause = run, min(max(pause, own), _DAY)
    state.last_pause, state.rest_until = max(pause, own), now + pause
    return Blow(True, state.strikes, pause, stopped)


def cleared(state: State, ticket: Ticket) -> bool:
    """A good answer ends all that, if it was asked for after the last strike."""
    if not state.blocked or state.blows != ticket.blows:
        return False
    state.blocked, state.strikes, state.last_pause, state.rest_until = False, 0, 0.0, 0.0
    state.probe_of, state.probe_until = "", 0.0
    return True


def may_try(state: State, token: str, now: float) -> Ticket | None:
    """One request at a time tries a host that was blocked; its worker may be killed over it."""
    if not state.blocked:
        return Ticket(state.blows)
    if now < state.rest_until or now < state.probe_until <= now + 2 * _PROBE_S:
        return None
    state.probe_of, state.probe_until = token, now + _PROBE_S
    return Ticket(state.blows, token)


def tried(state: State, ticket: Ticket) -> None:
    """It found out nothing: another may try."""
    if state.probe_of == ticket.probe:
        state.probe_of, state.probe_until = "", 0.0


def wanted_pause(header: str | None) -> float | None:
    """The seconds of a Retry-After header, in either form; None when it says nothing that can be understood."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header.strip()[:9])
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
