"""Site definitions: which hosts belong to a site, who reads its pages, and how slowly to go."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from include.mistakes import Mistake

# Honest, and of no browser; a definition's own names a contact.
USER_AGENT = "Facewarden/0.1 (crawler of a victim-support service)"


class UnknownSite(Mistake):
    """No definition covers this address."""


@dataclass(frozen=True)
class Site:
    """One `[sites.NAME]` of the sites file; its name is the `platform` of every row."""

    name: str
    adapter: str
    base: str
    media_hosts: tuple[str, ...]
    pace: float
    galleries: tuple[str, ...] = ()
    user_agent: str = USER_AGENT

    def owns(self, url: str) -> bool:
        """Whether an address lies under the site's base: scheme, host and port, and path if the base has one."""
        host, base = _host(url), urlsplit(self.base)
        same_host = host is not None and host == _host(self.base) and urlsplit(url).scheme == base.scheme
        return same_host and urlsplit(url).path.startswith(base.path.rstrip("/") + "/")

    def allows(self, url: str) -> bool:
        """Whether a page or file of this site may be fetched from this address. Everything else never is."""
        host = _host(url)
        return host is not None and (self.owns(url) or any(_matches(host, allowed) for allowed in self.media_hosts))


# What is stranger than this is read differently by different parsers: `http://here\\.there/` is two hosts.
_PLAIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?([/?#][^\\\s\x00-\x20\x7f]*)?", re.IGNORECASE)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def _host(url: str) -> str | None:
    """Host and port of a plain address, the port only where it is not the scheme's own; None for any other."""
    if not _PLAIN.fullmatch(url):
        return None
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(_DEFAULT_PORTS[parts.scheme])


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
        return Site(
            name=name,
            adapter=fields["adapter"],
            base=fields["base"].rstrip("/"),
            media_hosts=tuple(host.lower() for host in fields.get("media_hosts", ())),
            pace=float(fields.get("pace", 1.0)),
            galleries=tuple(fields.get("galleries", ())),
            user_agent=fields.get("user_agent", USER_AGENT),
        )
    except KeyError as missing:
        raise Mistake(f"{path}: [sites.{name}] lacks {missing.args[0]}") from None


def site_for(sites: list[Site], url: str) -> Site:
    """The definition that an address belongs to; where two fit, the longer base."""
    fitting = [site for site in sites if site.owns(url)]
    if not fitting:
        known = ", ".join(site.base for site in sites) or "none"
        raise UnknownSite(f"{url} belongs to no site of the sites file (bases: {known}); add a definition for it")
    return max(fitting, key=lambda site: len(site.base))
