"""Site definitions: which hosts belong to a site, who reads its pages, and how slowly to go."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from include.core.errors import Mistake

AGENT = "Facewarden/0.2"
# Without a pace nobody is spared anyway: a replica, a benchmark.
CONNECTIONS_WITHOUT_PACE = 16


class BrowserMode(StrEnum):
    """When a video is fetched by Chromium: never, where plain requests find no file, or always."""

    OFF = "off"
    NEEDED = "needed"
    ALWAYS = "always"


class UnknownSite(Mistake):
    """No definition covers this address."""


@dataclass(frozen=True)
class Site:
    """One `[sites.NAME]` of the sites file, which says what each means; its name is the `platform` of every row."""

    name: str
    adapter: str
    base: str
    media_hosts: tuple[str, ...]
    pace: float
    jitter: float = 0.25
    connections: int = CONNECTIONS_WITHOUT_PACE
    backoff: float = 60.0
    backoff_most: float = 900.0
    aliases: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    proxy: str | None = None
    browser: BrowserMode = BrowserMode.NEEDED
    galleries: tuple[str, ...] = ()
    contact: str | None = None
    user_agent: str = ""
    # The whole table, for adapters that have settings of their own.
    options: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def agent(self) -> str:
        """What we call ourselves: honest, of no browser, and with somebody to write to where one is named."""
        return self.user_agent or (f"{AGENT} (+{self.contact})" if self.contact else AGENT)

    def owns(self, url: str) -> bool:
        """Whether an address lies under the site's base: scheme, host and port, and path if the base has one."""
        return _under(self.base, url)

    def means(self, url: str) -> bool:
        """Whether somebody who gives this address means this site: its own pages, or those of an alias."""
        return any(_under(base, url) for base in (self.base, *self.aliases))

    def allows(self, url: str) -> bool:
        """Whether a page or file of this site may be fetched from this address. Everything else never is."""
        host = host_of(url)
        return host is not None and (self.owns(url) or any(_matches(host, allowed) for allowed in self.media_hosts))


# What is stranger than this is read differently by different parsers: `http://here\\.there/` is two hosts.
_PLAIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?([/?#][^\\\s\x00-\x20\x7f]*)?", re.IGNORECASE)
# What may stand in a header: printable, and Latin.
_HEADER = re.compile(r"[\x20-\x7e\xa1-\xac\xae-\xff]+")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def host_of(url: str) -> str | None:
    """Host and port of a plain address, the port only where it is not the scheme's own; None for any other."""
    if not _PLAIN.fullmatch(url):
        return None
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(_DEFAULT_PORTS[parts.scheme])


def _under(base: str, url: str) -> bool:
    host, parts = host_of(url), urlsplit(base)
    same_host = host is not None and host == host_of(base) and urlsplit(url).scheme == parts.scheme
    return same_host and (urlsplit(url).path or "/").startswith(parts.path.rstrip("/") + "/")


def _matches(host: str, allowed: str) -> bool:
    return host.endswith(allowed) if allowed.startswith(".") else host == allowed


def load_sites(path: Path) -> list[Site]:
    """Every definition of the file. A mistake in it is named, with the definition it stands in."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("sites", {})
    except (OSError, ValueError) as error:
        raise Mistake(f"the sites file cannot be read: {error}") from None
    return [_site(name, fields, path) for name, fields in table.items()]


def _site(name: str, fields: dict[str, Any], path: Path) -> Site:
    try:
        return _checked(_read(name, fields))
    except KeyError as missing:
        raise Mistake(f"{path}: [sites.{name}] lacks {missing.args[0]}") from None
    except (TypeError, ValueError) as error:
        raise Mistake(f"{path}: [sites.{name}]: {error}") from None


def _read(name: str, fields: dict[str, Any]) -> Site:
    pace = float(fields.get("pace", 1.0))
    return Site(
        name=name,
        adapter=fields["adapter"],
        base=fields["base"].rstrip("/"),
        media_hosts=tuple(host.lower() for host in fields.get("media_hosts", ())),
        pace=pace,
        jitter=float(fields.get("jitter", 0.25)),
        connections=int(fields.get("connections", 1 if pace else CONNECTIONS_WITHOUT_PACE)),
        backoff=float(fields.get("backoff", 60)),
        backoff_most=float(fields.get("backoff_most", 900)),
        aliases=tuple(alias.rstrip("/") for alias in fields.get("aliases", ())),
        networks=tuple(fields.get("networks", ())),
        # The environment's, where it may hold a password that no file should.
        proxy=fields.get("proxy") or os.environ.get("FACEWARDEN_PROXY") or None,
        browser=_browser(fields.get("browser", BrowserMode.NEEDED)),
        galleries=tuple(fields.get("galleries", ())),
        contact=fields.get("contact") or os.environ.get("FACEWARDEN_CONTACT") or None,
        user_agent=fields.get("user_agent", ""),
        options=fields,
    )


def _browser(mode: Any) -> BrowserMode:
    if mode not in [*BrowserMode]:
        raise ValueError(f"browser is one of {', '.join(BrowserMode)}, not {mode!r}")
    return BrowserMode(mode)


def _checked(site: Site) -> Site:
    """What cannot be meant is said before anything is fetched."""
    if min(site.pace, site.jitter, site.backoff) < 0 or site.backoff_most < site.backoff or site.connections < 1:
        raise ValueError(
            "pace, jitter and backoff are no less than 0, backoff_most no less than backoff, connections 1 or more"
        )
    if not _HEADER.fullmatch(site.agent):
        raise ValueError(
            "contact (or the environment's FACEWARDEN_CONTACT) and user_agent go into a header: Latin letters in one"
            f" line, not {site.agent!r}"
        )
    for network in site.networks:
        ip_network(network)
    if site.proxy and urlsplit(site.proxy).scheme not in ("socks5h", "http"):
        raise ValueError("a proxy is socks5h://HOST:PORT or http://HOST:PORT (socks5:// would resolve names here)")
    return site


def site_for(sites: list[Site], url: str) -> Site:
    """The definition that an address belongs to; where two fit, the longer base."""
    fitting = [site for site in sites if site.means(url)]
    if not fitting:
        known = ", ".join(site.base for site in sites) or "none"
        raise UnknownSite(f"{url} belongs to no site of the sites file (bases: {known}); add a definition for it")
    return max(fitting, key=lambda site: len(site.base))
