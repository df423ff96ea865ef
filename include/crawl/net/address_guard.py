"""Which addresses may be asked: those of the public internet, and those that the site's definition names."""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError

from include.crawl.net.failures import Away
from include.crawl.sites import Site

Address = IPv4Address | IPv6Address
_TRIED = 4  # of the addresses that a name has
# Beside what `is_global` excludes: Python's lists have changed over time, and clouds keep services at odd places.
_NEVER_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",  # Azure's own
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/3",
    )
)
_ASSIGNED_IPV6 = IPv6Network("2000::/3")
_6TO4 = IPv6Network("2002::/16")
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also when one is wrapped into another."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _NEVER_IPV4)
    if address.ipv4_mapped:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and address in _ASSIGNED_IPV6 and address not in _6TO4


class AddressGuard:
    """Resolves names and checks every address, for one site.

    An IP address or `localhost` that the definition names as a host may be asked under that very name; the definition's
    `networks` may be asked under any name that is the site's. All else must be public.
    """

    def __init__(self, site: Site) -> None:
        bases = [urlsplit(site.base).netloc, *site.media_hosts]
        self._named = {host.rpartition(":")[0] or host for host in bases if not host.startswith(".")}
        self._networks = [ip_network(network, strict=False) for network in site.networks]

    def check_name(self, host: str) -> None:
        """What can be said without resolving: an address in place of a name must be one that may be asked."""
        try:
            address = ip_address(host)
        except ValueError:
            return
        if not self._may_be_asked(host, address):
            raise Away("lies at an address that may not be asked")

    def resolve(self, host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        """Where a name lies. One address that may not be asked is enough to refuse it: another answer may give it."""
        try:
            host.encode("idna")
        except UnicodeError:
            raise LocationParseError(f"{host}: a label is empty or too long") from None
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        places = [(family, where) for family, _, _, _, where in found]
        if not all(self._may_be_asked(host, ip_address(where[0])) for _, where in places):
            raise Away("lies at an address that may not be asked")
        return places[:_TRIED]  # type: ignore[return-value]  # IPv6 ones are longer, and passed on as they are

    def connect(self, host: str, port: int, timeout: float | None = 10) -> socket.socket:
        """A connection to exactly the address that was checked: the name is not resolved a second time."""
        failure = OSError(f"{host} has no address")
        for family, where in self.resolve(host, port):
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(timeout)
                sock.connect(where)
                return sock
            except OSError as error:
                sock.close()
                failure = error
        raise failure

    def _may_be_asked(self, host: str, address: Address) -> bool:
        itself = host in self._named and (str(address) == host or (host == "localhost" and address.is_loopback))
        return itself or is_public(address) or any(address in network for network in self._networks)
