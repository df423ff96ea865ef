"""Rows to files: which objects to fetch, once each, and where every one of them is to lie."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from include.core.errors import Mistake
from include.download.names import UNLABELLED, distinct, safe_name
from include.lake import layout

# The name that a file would like, in the tables of today and of the old projects.
FILE_NAMES = ("file_name", "img_file_name", "videofile_name")
_EXTENSION = re.compile(r"\.\w{1,5}$")


@dataclass(frozen=True)
class Content:
    """One object of the lake, and every place that its bytes go to, relative to the folder."""

    sha256: str
    object_name: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class PlannedRow:
    """What becomes of one row of the answer: a content in a place, or why there is none."""

    sha256: str | None = None
    path: str | None = None
    refused: str | None = None


@dataclass(frozen=True)
class FilePlan:
    """A row for each row of the answer, in its order; contents by their place."""

    rows: list[PlannedRow]
    contents: list[Content]


def plan(answer: pa.Table, bucket: str, label: str | None) -> FilePlan:
    """Nothing that the answer says is believed: an address is one of stored media in our bucket, or not taken."""
    found = [_address(value, bucket) for value in column(answer, "file_path")]
    folders = _folders(answer, label)
    stems = _stems(answer)
    names: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for address, folder, stem in zip(found, folders, stems, strict=True):
        if isinstance(address, Address):
            wanted = (stem or address.sha256, f".{address.extension}")
            # Posted twice under two names it is one file all the same, and always by the same one of them.
            names[folder][address.sha256] = min(wanted, names[folder].get(address.sha256, wanted))
    paths = {folder: _paths(folder, distinct(wanted)) for folder, wanted in names.items()}
    rows = [_row(address, paths[folder] if isinstance(address, Address) else {})
            for address, folder in zip(found, folders, strict=True)]  # fmt: skip
    return FilePlan(rows, _contents({it.sha256: it for it in found if isinstance(it, Address)}, paths))


def column(answer: pa.Table, name: str) -> list[Any]:
    """Values of a column, whatever the case of its name; nothing but None where there is none of that name."""
    found = [own for own in answer.column_names if own.casefold() == name.casefold()]
    return list(answer.column(found[0]).to_pylist()) if found else [None] * answer.num_rows


@dataclass(frozen=True)
class Address:
    sha256: str
    extension: str

    @property
    def object_name(self) -> str:
        return layout.original(self.sha256, self.extension)


def _address(value: Any, bucket: str) -> Address | str:
    """The object that an address names, or why it is not taken. References, evidence and shards are none of it."""
    if not isinstance(value, str):
        return "file_path is NULL" if value is None else "file_path is no text"
    head = f"gs://{bucket}/{layout.ORIGINALS.name}"
    found = re.fullmatch(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})\.([a-z0-9]{1,5})", value.removeprefix(head))
    if not value.startswith(head) or not found:
        return f"file_path is no stored media of this bucket ({head}…)"
    return Address(found[3], found[4])


def _folders(answer: pa.Table, label: str | None) -> list[str]:
    """The folder of each row, with its slash; the top where the answer has no labels."""
    known = {name.casefold() for name in answer.column_names}
    if label and label.casefold() not in known:
        raise Mistake(f"the query gives no column {label} to name folders with: nothing was downloaded")
    if (label or "label").casefold() not in known:
        return [""] * answer.num_rows
    texts = ["" if value is None else str(value) for value in column(answer, label or "label")]
    labels = [it if it.strip() else "" for it in texts]
    names = distinct({it: (safe_name(it) if it else UNLABELLED, "") for it in set(labels)})
    return [f"{names[it]}/" for it in labels]


def _stems(answer: pa.Table) -> list[str | None]:
    """The name that each file would like, made safe, without its extension: that is the object's own affair."""
    known = {name.casefold() for name in answer.column_names}
    name = next((it for it in FILE_NAMES if it in known), "")
    values = column(answer, name)
    return [safe_name(_EXTENSION.sub("", value)) if isinstance(value, str) and value else None for value in values]


def _paths(folder: str, names: dict[str, str]) -> dict[str, str]:
    return {sha256: folder + name for sha256, name in names.items()}


def _row(address: Address | str, paths: dict[str, str]) -> PlannedRow:
    return (
        PlannedRow(refused=address) if isinstance(address, str) else PlannedRow(address.sha256, paths[address.sha256])
    )


def _contents(addresses: dict[str, Address], paths: dict[str, dict[str, str]]) -> list[Content]:
    places: dict[str, list[str]] = defaultdict(list)
    for folder in paths.values():
        for sha256, path in folder.items():
            places[sha256].append(path)
    contents = [Content(key, it.object_name, tuple(sorted(places[key]))) for key, it in addresses.items()]
    return sorted(contents, key=lambda it: it.paths)
