"""What a block means for a host: strikes, pauses that double, and when it is given up."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from include.crawl.net.ledger import HostState

_DAY = 86400.0
_LEFT_ALONE_S = 3600.0  # after the last pause
_TRIAL_S = 60.0  # the request that tries may take longer; then another may try too


@dataclass(frozen=True)
class Strike:
    """What came of one: whether it was a new strike, how long everybody waits, or that the host is given up."""

    counts: bool
    strikes: int = 0
    pause: float = 0.0
    stopped: bool = False

    @property
    def left_alone(self) -> float:
        """For how long the run that has given the host up does not ask it."""
        return self.pause + _LEFT_ALONE_S if self.stopped else 0.0


@dataclass(frozen=True)
class Ticket:
    """A request's permission to ask: how many blocks were known then, and whether it is the one that tries."""

    blocks: int
    trial: str = ""


def count_block(
    state: HostState, ticket: Ticket, run: str, now: float, wanted: float | None, first: float, most: float
) -> Strike:
    """A strike against the host, unless this request was under way already when the last one fell.

    The first pause is what the host wants (believed up to the longest); each further one in a row is twice as long as
    ours before, or longer if it wants that: who says "one second" again and again does not mean it. When the longest
    was made and did not help the host is given up: this run asks it again an hour after one last pause. That, and any
    other run, starts with the shortest again.
    """
    if state.blocks != ticket.blocks:
        return Strike(False)
    if state.stopped == run and 0 < state.stopped_until <= now:
        state.blocked, state.stopped, state.stopped_until = False, "", 0.0
    in_row = state.blocked and state.run == run
    exhausted = in_row and state.last_pause >= most
    state.strikes = state.strikes + 1 if in_row else 1
    own = min(first * 2.0 ** min(state.strikes - 1, 60), most)
    pause = own if wanted is None else max(wanted, own) if in_row else wanted
    state.blocks, state.blocked, state.run = state.blocks + 1, True, run
    state.trial_of, state.trial_until = "", 0.0
    stopped = exhausted or pause > most
    strike = Strike(True, state.strikes, min(pause, _DAY) if stopped else pause, stopped)
    if stopped:
        state.stopped, state.stopped_until = run, now + strike.left_alone
    state.last_pause, state.rest_until = strike.pause, now + strike.pause
    return strike


def cleared(state: HostState, ticket: Ticket) -> bool:
    """A good answer ends all that, if it was asked for after the last strike."""
    if not state.blocked or state.blocks != ticket.blocks:
        return False
    state.blocked, state.strikes, state.last_pause, state.rest_until = False, 0, 0.0, 0.0
    state.trial_of, state.trial_until = "", 0.0
    return True


def may_try(state: HostState, token: str, now: float) -> Ticket | None:
    """One request at a time tries a host that was blocked; its worker may be killed over it."""
    if not state.blocked:
        return Ticket(state.blocks)
    if now < state.rest_until or now < state.trial_until <= now + 2 * _TRIAL_S:
        return None
    state.trial_of, state.trial_until = token, now + _TRIAL_S
    return Ticket(state.blocks, token)


def tried(state: HostState, ticket: Ticket) -> None:
    """It found out nothing: another may try."""
    if state.trial_of == ticket.trial:
        state.trial_of, state.trial_until = "", 0.0


def wanted_pause(header: str | None) -> float | None:
    """The seconds of a Retry-After header, in either form; None when it says nothing that can be understood."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header.strip()[:9])
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # numbers that no calendar has, or no clock
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
