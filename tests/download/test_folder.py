"""Files in a folder: all of them, each once, whole, and no others, whatever happens on the way."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery, storage
from google.cloud.storage import Blob

from include.core.errors import Mistake
from include.download import verified_fetch
from include.download.question import Question
from include.lake.layout import original
from tests.conftest import MakeRun
from tests.download.conftest import GIF, manifest, pictures, tree

REPO = Path(__file__).resolve().parents[2]
Ask = Callable[..., Question]
Get = Callable[..., Any]
Stored = Callable[[int], list[str]]
NOWHERE = "0" * 64


def name(address: str) -> str:
    return address.rpartition("/")[2]


def test_the_old_query_works(get: Get, stored: Stored, bq: bigquery.Client, tmp_path: Path, clean_tables: None) -> None:
    gif, png = stored(1)[0], stored(1)[0].replace(".gif", ".png")
    bq.query(f"""INSERT INTO facewarden.media
        (media_id, platform, gallery, post_no, kind, ordinal, file_name, post_url, file_path, fetched_at)
        SELECT p, 'x', 'x', 1, 'image', 1, 'image_1_1.gif', 'https://example.org/1', p, CURRENT_TIMESTAMP()
        FROM UNNEST(['{gif}', '{png}']) AS p""").result()  # fmt: skip
    done = get(Question("SELECT file_path FROM image WHERE file_path LIKE '%.gif'"), tmp_path)
    assert set(tree(tmp_path)) == {name(gif), "manifest.csv", "manifest.parquet"}
    assert (done["rows"], done["files"], done["fetched"]) == (1, {"ok": 1}, 1)
    (row,) = manifest(tmp_path)
    assert (row["file_path"], row["local_path"], row["status"]) == (gif, name(gif), "ok")


def test_running_it_twice_fetches_and_changes_nothing(
    get: Get, stored: Stored, asking: Ask, tmp_path: Path, asked_for: list[str]
) -> None:
    paths = stored(5)
    question = asking([*paths, paths[0]], label=["a", "a", "b", "", "c", "b"], title=["=1"] * 6)
    get(question, tmp_path)
    before = tree(tmp_path)
    assert len(asked_for) == 5 and len(pictures(tmp_path)) == 6
    again = get(question, tmp_path)
    assert (again["fetched"], again["files"], len(asked_for)) == (0, {"ok": 5}, 5)
    assert tree(tmp_path) == before


def test_hostile_rows_are_told_and_nothing_lies_outside(get: Get, stored: Stored, asking: Ask, tmp_path: Path) -> None:
    (good,) = stored(1)
    paths = ["", "/etc/passwd", "gs://elsewhere/x.gif", f"{good}/../../x.gif", good, good]
    labels = ["a", "a", "a", "a", "../../../outside", "=cmd()\nCON"]
    folder = tmp_path / "one" / "two"
    done = get(asking(paths, label=labels, file_name=["../../x.gif"] * 6), folder)
    assert done["files"] == {"ok": 1}
    assert [row["status"] for row in manifest(folder)] == ["refused"] * 4 + ["ok"] * 2
    assert all(row["reason"] for row in manifest(folder)[:4])
    assert {it.parent.parent for it in tmp_path.rglob("*.gif")} == {folder}
    assert len(pictures(folder)) == 2 == len(tree(tmp_path)) - 2


KILLED = """
import os, signal, sys
from google.cloud.storage import Blob
real, calls = Blob.download_to_file, iter(range(99))
def dying(self, file, **options):
    if next(calls) == 7:
        file.write(b"half of it"), file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    real(self, file, **options)
Blob.download_to_file = dying
from include.download.__main__ import main
sys.exit(main())
"""


def run(code: list[str], *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-W", "ignore", *code, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def sql(paths: list[str]) -> str:
    return f"SELECT file_path FROM UNNEST({paths}) AS file_path"


def test_a_worker_killed_in_the_middle_leaves_whole_files_and_the_next_fetches_only_the_rest(
    get: Get, stored: Stored, asking: Ask, tmp_path: Path, asked_for: list[str]
) -> None:
    paths = stored(20)
    assert run(["-c", KILLED], sql(paths), "--to", str(tmp_path)).returncode == -9
    left = {it: data for it, data in tree(tmp_path).items() if not it.startswith(".parts/")}
    assert any(it.startswith(".parts/") for it in tree(tmp_path)), "the file that it died of"
    assert set(left) < set(map(name, paths))
    done = get(asking(paths), tmp_path)
    assert sorted(map(name, asked_for)) == sorted(set(map(name, paths)) - set(left))
    assert done["fetched"] == 20 - len(left) and done["files"] == {"ok": 20}
    assert set(tree(tmp_path)) == {*map(name, paths), "manifest.csv", "manifest.parquet"}
    assert all(verified_fetch.hashlib.sha256(data).hexdigest() == it[:64] for it, data in pictures(tmp_path).items())  # type: ignore[attr-defined]


def test_what_is_damaged_on_the_disk_is_fetched_again(
    get: Get, stored: Stored, asking: Ask, tmp_path: Path, asked_for: list[str]
) -> None:
    paths = stored(3)
    get(asking(paths), tmp_path)
    before = tree(tmp_path)
    (tmp_path / name(paths[1])).write_bytes(b"cut o")
    (tmp_path / name(paths[2])).unlink()
    asked_for.clear()
    get(asking(paths), tmp_path)
    assert tree(tmp_path) == before and sorted(map(name, asked_for)) == sorted(map(name, paths[1:]))


@pytest.fixture
def broken(gcs: storage.Client, bucket: str) -> str:
    """An object whose bytes are not those that its name says."""
    blob = gcs.bucket(bucket).blob(original("f" * 64, "gif"))
    blob.upload_from_string(b"GIF89a something else")
    return f"gs://{bucket}/{blob.name}"


def test_a_vanished_and_a_broken_object_are_rows_and_no_files(
    get: Get, stored: Stored, asking: Ask, bucket: str, broken: str, tmp_path: Path, asked_for: list[str]
) -> None:
    (good,) = stored(1)
    gone = f"gs://{bucket}/{original(NOWHERE, 'gif')}"
    done = get(asking([gone, good, broken]), tmp_path)
    assert done["files"] == {"ok": 1, "missing": 1, "broken": 1}
    assert [row["status"] for row in manifest(tmp_path)] == ["missing", "ok", "broken"]
    assert [row["local_path"] for row in manifest(tmp_path)] == [None, name(good), None]
    assert set(pictures(tmp_path)) == {name(good)}
    assert asked_for.count(original("f" * 64, "gif")) == 2, "once more, in case it was the way here"


def test_a_file_that_does_not_come_fails_the_run_once_all_others_are_there(
    get: Get, stored: Stored, asking: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = stored(4)
    real = Blob.download_to_file

    def failing(self: Blob, *arguments: Any, **options: Any) -> None:
        if self.name.endswith(name(paths[0])):
            raise ConnectionResetError
        real(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Blob, "download_to_file", failing)
        with pytest.raises(RuntimeError, match="1 files did not come; the others are there"):
            get(asking(paths), tmp_path)
    assert [row["reason"] for row in manifest(tmp_path)] == ["ConnectionResetError", None, None, None]
    assert set(pictures(tmp_path)) == set(map(name, paths[1:]))
    assert get(asking(paths), tmp_path)["fetched"] == 1


def test_a_bucket_that_fails_is_not_asked_for_everything(
    get: Get, stored: Stored, asking: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def failing(self: Blob, *arguments: Any, **options: Any) -> None:
        asked.append(self.name)
        raise ConnectionResetError

    monkeypatch.setattr(Blob, "download_to_file", failing)
    monkeypatch.setattr("include.download.folder.MAX_FAILURES", 3)
    with pytest.raises(RuntimeError, match="40 files did not come"):
        get(asking(stored(40)), tmp_path)
    assert len(asked) < 40 and pictures(tmp_path) == {}


FULL = """
import resource, sys
from include.download.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))  # what a full disk looks like
sys.exit(main())
"""


@pytest.mark.parametrize("to", ["folder", "it.zip"])
def test_a_full_disk_is_said_so_and_no_half_file_is_left(
    to: str, stored: Stored, tmp_path: Path, warehouse: None, make_run: MakeRun
) -> None:
    from include.lake.objects import put_once

    large = put_once(make_run(), b"GIF89a" + b"x" * 3 * 2**20, GIF).file_path
    ended = run(["-c", FULL], sql([*stored(2), large]), "--to", str(tmp_path / to))
    assert ended.returncode == 1 and ended.stderr.startswith("the disk is full: ")
    assert "run it again" in ended.stderr and "Traceback" not in ended.stderr
    assert {it.name for it in tmp_path.rglob("*") if it.is_file()} <= set(map(name, stored(2)))


def test_more_than_allowed_or_than_there_is_room_for_is_refused_before_the_first_byte(
    get: Get, stored: Stored, asking: Ask, tmp_path: Path, asked_for: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for to in (tmp_path / "folder", tmp_path / "it.zip"):
        with pytest.raises(Mistake, match=r"the files have .* KiB, and 1 KiB are allowed: none was downloaded"):
            get(asking(stored(9), most_fetched=1024), to)
        with monkeypatch.context() as patch:
            patch.setattr(verified_fetch, "KEPT_FREE", 2**60)
            with pytest.raises(Mistake, match=r"the files need .* KiB, and the disk has .* free.*none was downloaded"):
                get(asking(stored(9)), to)
    assert asked_for == [] and tree(tmp_path) == {}


def test_two_downloads_never_fill_one_folder_at_a_time(
    get: Get, stored: Stored, asking: Ask, tmp_path: Path, asked_for: list[str]
) -> None:
    (tmp_path / ".parts").mkdir()
    other = os.open(tmp_path / ".parts", os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(Mistake, match="another download fills"):
        get(asking(stored(1)), tmp_path)
    os.close(other)
    assert asked_for == [] and get(asking(stored(1)), tmp_path)["fetched"] == 1


def test_a_folder_that_cannot_be_written_to_is_a_mistake(get: Get, asking: Ask, stored: Stored, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("of somebody")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / ".parts").symlink_to(tmp_path)
    for to in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / "linked", tmp_path / "file" / "it.zip"):
        with pytest.raises(Mistake, match=r"cannot be written to .*nothing was downloaded"):
            get(asking(stored(1)), to)
    assert (tmp_path / "file").read_text() == "of somebody"


def test_an_answer_without_a_row_is_a_success_that_says_so(get: Get, asking: Ask, tmp_path: Path) -> None:
    told: list[str] = []
    done = get(Question("SELECT file_path, img_file_name FROM image WHERE FALSE"), tmp_path, told.append)
    assert (done["rows"], done["files"]) == (0, {})
    assert told[-1].startswith("the query found nothing")
    assert manifest(tmp_path) == [] and (tmp_path / "manifest.csv").read_text().startswith("file_path,img_file_name,")


def test_files_of_another_query_stay_and_are_counted(get: Get, asking: Ask, stored: Stored, tmp_path: Path) -> None:
    told: list[str] = []
    get(asking(stored(3)), tmp_path)
    get(asking(stored(1)), tmp_path, told.append)
    assert len(pictures(tmp_path)) == 3
    assert "WARNING, 2 files in the folder are of none of these rows, and were left alone" in told


def test_what_is_told_names_nobody_and_counts_to_the_end(get: Get, asking: Ask, stored: Stored, tmp_path: Path) -> None:
    told: list[str] = []
    get(asking(stored(3), label=["secret"] * 3), tmp_path / "x", told.append)
    assert any(line.startswith("3 of 3 files, ") and line.endswith("a second, 0 s left") for line in told)
    assert "secret" not in "".join(told)
