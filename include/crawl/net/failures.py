"""Why something was not fetched: never (`Refused`), or not today (`Unreachable`). The message is what a row says."""


class Refused(Exception):
    """This address is not fetched, or what came is not taken."""


class Away(Refused):
    """The address, or a redirect, leads to a host that is not the site's, or to an address that may not be asked."""


class Disallowed(Refused):
    """The host's robots.txt asks us not to."""


class Unreachable(Exception):
    """The host did not answer as it should, several times; a later run may have more luck."""


class Stopped(Unreachable):
    """The host keeps blocking us, and this run leaves it alone: until an hour after the last pause."""
