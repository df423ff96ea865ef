"""A link that opens one object of the local bucket, for reading, until an hour that it names."""

from __future__ import annotations

import hashlib
import hmac
import urllib.parse

SECONDS = 3600  # that a link is good for


def link(base: str, key: str, bucket: str, name: str, until: int) -> str:
    """The address to open in a browser. It holds no token of the bucket's, only a seal over this object's name."""
    path = urllib.parse.quote(f"{bucket}/{name}")
    return f"{base}/open/{until}.{_seal(key, bucket, name, until)}/{path}"


def opened(path: str, key: str) -> tuple[str, str, int] | None:
    """Bucket, name and end of a link, by its unquoted path; None unless it was made with this key."""
    try:
        root, word, claim, bucket, name = path.split("/", 4)
        moment, seal = claim.split(".")
        until = int(moment)
    except ValueError:
        return None
    genuine = hmac.compare_digest(seal.encode(), _seal(key, bucket, name, until).encode())
    return (bucket, name, until) if (root, word) == ("", "open") and genuine else None


def _seal(key: str, bucket: str, name: str, until: int) -> str:
    # No bucket has a slash in its name: no two objects have one text.
    return hmac.new(key.encode(), f"{until}/{bucket}/{name}".encode(), hashlib.sha256).hexdigest()
