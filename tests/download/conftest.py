"""Files in the lake, and questions that answer with whatever a test wants them to."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from google.cloud.storage import Blob

from include.download.download import download
from include.download.question import Question
from include.lake.objects import put_once
from include.media.file_types import FileType
from tests.conftest import MakeRun

Row = dict[str, Any]
GIF = FileType("image/gif", "gif")


@pytest.fixture
def stored(make_run: MakeRun) -> Callable[[int], list[str]]:
    """Addresses of so many different pictures in the lake."""
    return lambda number: [
        put_once(make_run(), f"GIF89a {index}".encode() * 500, GIF).file_path for index in range(number)
    ]


@pytest.fixture
def asking() -> Callable[..., Question]:
    """A question whose answer has these rows, in their order; an empty text is NULL there."""

    def ask(file_path: Sequence[str], **given: Any) -> Question:
        columns = {key: given.pop(key) for key in list(given) if isinstance(given[key], list)}
        selected = "".join(f", NULLIF(@{name}[OFFSET(place)], '') AS {name}" for name in columns)
        source = "UNNEST(@path) AS path WITH OFFSET AS place ORDER BY place"
        sql = f"SELECT NULLIF(path, '') AS file_path{selected} FROM {source}"
        return Question(sql, {"path": list(file_path), **columns}, **given)

    return ask


@pytest.fixture
def get(warehouse: None, make_run: MakeRun) -> Callable[..., Row]:
    """Downloads, and gives what it came to."""
    return lambda question, to, log=print: download(make_run(log=log), question, to)


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the objects whose bytes were asked for from here on."""
    names: list[str] = []
    real = Blob.download_to_file

    def noted(self: Blob, *arguments: Any, **options: Any) -> None:
        names.append(self.name)
        real(self, *arguments, **options)

    monkeypatch.setattr(Blob, "download_to_file", noted)
    return names


def manifest(folder: Path) -> list[Row]:
    """The rows of a folder's manifest."""
    rows: list[Row] = pq.read_table(io.BytesIO((folder / "manifest.parquet").read_bytes())).to_pylist()
    return rows


def tree(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, hidden ones too."""
    return {str(it.relative_to(folder)): it.read_bytes() for it in sorted(folder.rglob("*")) if it.is_file()}


def pictures(folder: Path) -> dict[str, bytes]:
    """Without the manifest."""
    return {name: data for name, data in tree(folder).items() if not name.startswith("manifest.")}
