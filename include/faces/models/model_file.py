"""A model file, by its hash: it is the bytes that the manifest names, whoever brought them."""

import hashlib
import os
import tempfile
from pathlib import Path

from include.faces.models.manifest import Model


class WrongFile(Exception):
    """These are not the bytes that the manifest names."""


def digest(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_there(model: Model, folder: Path) -> bool:
    """Whether the folder holds this model, bit for bit."""
    path = folder / model.file
    return path.is_file() and digest(path) == model.sha256


def checked(model: Model, folder: Path) -> Path:
    """The path of a model that is there and right; anything else is an error that says how to get it."""
    if is_there(model, folder):
        return folder / model.file
    raise WrongFile(what_is_wrong(model, folder))


def what_is_wrong(model: Model, folder: Path) -> str:
    """What a user has to know of a model that is not there, or is not the one that is meant."""
    path = folder / model.file
    if not path.exists():
        what = "is missing"
    elif not model.sha256:
        what = f"is there, but the manifest does not say which file {model.name} is: its sha256 is {digest(path)}"
    else:
        what = "is not the file that the manifest names"
    return f"{path} {what}; {_how_to_get(model, folder)}"


def _how_to_get(model: Model, folder: Path) -> str:
    if model.sources:
        return f"get it with: python -m include.faces.models.store --folder {folder}"
    if not model.sha256:
        return f"put the file that you want as {model.name} there, and its sha256 into the manifest"
    return f"{model.name} has no source: put the file with sha256 {model.sha256} there yourself"


def put(data: bytes, model: Model, folder: Path) -> Path:
    """Writes a model into the folder if its bytes are right: whole or not at all."""
    got = hashlib.sha256(data).hexdigest()
    if got != model.sha256:
        raise WrongFile(f"sha256 is {got[:12]}…, not {model.sha256[:12]}…")
    write_whole(data, folder / model.file)
    return folder / model.file


def write_whole(data: bytes, path: Path) -> None:
    """Puts a file in place in one step, so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
        stream.write(data)
    os.chmod(stream.name, 0o644)
    os.replace(stream.name, path)
