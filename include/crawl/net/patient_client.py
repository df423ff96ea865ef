"""Asking for one address with all the patience that its host needs: pace, blocks, pauses."""

from threading import Lock
from urllib.parse import urljoin

from urllib3.exceptions import HTTPError

from include.crawl.net.backoff import Ticket, wanted_pause
from include.crawl.net.deadline import Overdue
from include.crawl.net.exchange import Exchange, PageRequest, Reply
from include.crawl.net.failures import Refused
from include.crawl.net.host import Host, HostContext
from include.crawl.sites import host_of

_PEEKED = 2**14
# So many things of a host that has answered nothing else well may be at fault themselves; with one more, robots.txt is
# all that it lets us see.
_MAX_DOUBTS = 3


class PatientClient:
    """Asks the hosts of one site, each in its own time.

    An empty answer or a 403 may mean the thing itself, or that the host blocks us. So the last other address that the
    host answered well is asked again, or its robots.txt where there was none yet: if that is answered, the thing is at
    fault and the answer stands; if not, it is a block. A block pauses all requests to the host, and the request is made
    again after it.
    """

    def __init__(self, exchange: Exchange, context: HostContext) -> None:
        self._exchange, self._context = exchange, context
        self._hosts: dict[str, Host] = {}
        self._lock = Lock()

    def host(self, url: str) -> Host:
        """The host of an address, whatever the scheme."""
        name = host_of(url) or ""
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = Host(name, self._context)
            return self._hosts[name]

    def ask(self, url: str, request: PageRequest, doubted: bool = True) -> Reply:
        """One answer of which we know that it is no block; what may be empty or forbidden is not `doubted`."""
        host = self.host(url)
        with host.slot():
            while True:
                ticket = host.enter()
                try:
                    reply = self._exchange.ask(url, request)
                    if self._stands(host, ticket, url, request, reply, doubted):
                        return reply
                except BaseException:
                    host.leave(ticket)
                    raise
                self._context.meter.count("retries")

    def close(self) -> None:
        """Take leave of all hosts."""
        for host in self._hosts.values():
            host.close()

    def _stands(self, host: Host, ticket: Ticket, url: str, request: PageRequest, reply: Reply, doubted: bool) -> bool:
        """Whether the answer is one; if not, its host has been told so."""
        if _speaks_for_host(reply):
            host.blocked(ticket, f"HTTP {reply.status}", wanted_pause(reply.retry_after))
            return False
        if not _suspicious(reply):
            if reply.status >= 500 or not doubted:
                host.leave(ticket)
            else:
                self._remember(host, url, request, reply)
                host.answered(ticket)
            return True
        if not doubted:
            host.leave(ticket)
            return True
        if host.is_news(ticket) and self._answers_another(host, url):
            host.answered(ticket)
            return True
        reply.close()
        host.blocked(ticket, "HTTP 403" if reply.status == 403 else "an empty answer")
        return False

    def _remember(self, host: Host, url: str, request: PageRequest, reply: Reply) -> None:
        if reply.status == 200 and url not in (known for known, _ in host.good):
            host.good.append((url, request.referer))

    def _answers_another(self, host: Host, url: str) -> bool:
        good = next(((known, referer) for known, referer in reversed(host.good) if known != url), None)
        if good is not None:
            reply = self._peek(host, *good)
            return reply is not None and reply.status < 500 and reply.status != 429 and not _suspicious(reply)
        rules = urljoin(url, "/robots.txt")
        host.doubts.add(url)
        if url.partition("?")[0] == rules or len(host.doubts) > _MAX_DOUBTS:
            return False
        # Less is believed here: what else it may say (a redirect, say) may be what a block looks like.
        reply = self._peek(host, rules)
        return reply is not None and (reply.status in (404, 410) or (reply.status == 200 and not reply.empty))

    def _peek(self, host: Host, url: str, referer: str | None = None) -> Reply | None:
        """The beginning of what an address answers, in its turn; None when nothing comes that can be read."""
        host.turn()
        try:
            return self._exchange.ask(url, PageRequest(_PEEKED, referer, beginning=True))
        except (HTTPError, OSError, Overdue, Refused):
            return None


def _speaks_for_host(reply: Reply) -> bool:
    return reply.status == 429 or (reply.status == 503 and wanted_pause(reply.retry_after) is not None)


def _suspicious(reply: Reply) -> bool:
    return reply.empty or reply.status == 403
