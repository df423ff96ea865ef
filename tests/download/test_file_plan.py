"""From rows to places on a disk: each content once, nothing that is not ours, nothing outside the folder."""

import re
from typing import Any

import pyarrow as pa
import pytest

from include.core.errors import Mistake
from include.download.file_plan import plan
from include.download.manifest_table import files, manifest
from include.download.verified_fetch import FileOutcome, FileStatus

A, B = "a" * 64, "ab" * 32
UNTAKEN = [
    None,
    "",
    "/etc/passwd",
    f"aa/aa/{A}.jpg",
    f"sha256/aa/aa/{A}.jpg",
    "file:///etc/passwd",
    f"https://ours/sha256/aa/aa/{A}.jpg",
    f"gs://theirs/sha256/aa/aa/{A}.jpg",
    f"gs://ours.theirs/sha256/aa/aa/{A}.jpg",
    f"gs://ours/sha256/aa/aa/../../sha256/aa/aa/{A}.jpg",
    f"gs://ours/sha256/ab/aa/{A}.jpg",
    f"gs://ours/sha256/aa/aa/{A}",
    f"gs://ours/sha256/aa/aa/{A}.jpg\n",
    f"gs://ours/sha256/aa/aa/{A}.jpg/../x.jpg",
    f"gs://ours/sha256/aa/aa/{A.upper()}.jpg",
    f"gs://ours/reference/anna/{A}.jpg",
    "gs://ours/evidence/anna.html",
    "gs://ours/staging/face/run/0.parquet",
]


def address(sha256: str, extension: str = "jpg") -> str:
    return f"gs://ours/sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}.{extension}"


def planned(by: str | None = None, **columns: list[Any]) -> Any:
    return plan(pa.table(columns), "ours", by)


@pytest.mark.parametrize("value", UNTAKEN, ids=ascii)
def test_what_is_no_stored_media_of_ours_is_never_fetched_and_says_why(value: str | None) -> None:
    done = planned(file_path=[value])
    assert done.contents == [] and done.rows[0].refused.startswith("file_path is ")


def test_a_column_that_holds_no_text_names_no_file() -> None:
    assert [row.refused for row in planned(file_path=[1, 2]).rows] == ["file_path is no text"] * 2


def test_one_content_in_many_rows_is_fetched_once() -> None:
    done = planned(file_path=[address(A), address(B, "gif"), address(A)])
    assert [(it.object_name, it.paths) for it in done.contents] == [
        (f"sha256/aa/aa/{A}.jpg", (f"{A}.jpg",)),
        (f"sha256/ab/ab/{B}.gif", (f"{B}.gif",)),
    ]
    assert [row.path for row in done.rows] == [f"{A}.jpg", f"{B}.gif", f"{A}.jpg"]


def test_a_folder_a_label_and_a_content_in_each_of_its_own() -> None:
    done = planned(file_path=[address(A), address(A), address(B)], label=["고양이", "개", None])
    assert [row.path for row in done.rows] == [f"고양이/{A}.jpg", f"개/{A}.jpg", f"_unlabelled/{B}.jpg"]
    assert done.contents[0].paths == (f"_unlabelled/{B}.jpg",)
    assert done.contents[1].paths == (f"개/{A}.jpg", f"고양이/{A}.jpg")


@pytest.mark.parametrize(
    "labels", [["Kim", "kim"], ["a/b", "a_b"], ["..", "_"], [None, "_unlabelled"], ["x" * 300, "x" * 301]]
)
def test_two_labels_never_share_a_folder(labels: list[str | None]) -> None:
    folders = {row.path.split("/")[0].casefold() for row in planned(file_path=[address(A)] * 2, label=labels).rows}
    assert len(folders) == 2


def test_no_label_and_an_empty_one_are_one_folder() -> None:
    rows = planned(file_path=[address(A)] * 3, label=[None, "", " "]).rows
    assert {row.path for row in rows} == {f"_unlabelled/{A}.jpg"}


def test_a_label_may_be_any_column_and_any_value() -> None:
    assert planned("POST_NO", file_path=[address(A)], post_no=[7]).rows[0].path == f"7/{A}.jpg"
    with pytest.raises(Mistake, match=r"no column colour.*nothing was downloaded"):
        planned("colour", file_path=[address(A)])


@pytest.mark.parametrize("column", ["file_name", "img_file_name", "videofile_name", "IMG_FILE_NAME"])
def test_a_file_is_called_as_the_query_calls_it_and_its_type_is_the_objects(column: str) -> None:
    done = planned(file_path=[address(A), address(B)], **{column: ["image_5_1.jpg", "../../run.exe"]})  # type: ignore[arg-type]
    assert [row.path for row in done.rows] == ["image_5_1.jpg", "_.._run.jpg"]


def test_two_contents_of_one_name_are_two_files_whatever_the_order_of_the_rows() -> None:
    rows = planned(file_path=[address(A), address(B)], file_name=["1.jpg", "1.JPG"]).rows
    again = planned(file_path=[address(B), address(A)], file_name=["1.JPG", "1.jpg"]).rows
    assert {row.sha256: row.path for row in rows} == {row.sha256: row.path for row in again}
    assert len({row.path.casefold() for row in rows}) == 2


def test_one_content_of_two_names_is_one_file_whatever_the_order_of_the_rows() -> None:
    for names in (["2.jpg", "1.jpg"], ["1.jpg", "2.jpg"]):
        assert [row.path for row in planned(file_path=[address(A)] * 2, file_name=names).rows] == ["1.jpg"] * 2


def test_no_formula_reaches_a_spreadsheet_and_parquet_has_what_was_there() -> None:
    hostile = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", '"=1', "a\n=1", "plain"]
    table = pa.table({"file_path": [None] * len(hostile), "title": hostile, "=x": [-1] * len(hostile)})
    written = manifest(table, plan(table, "ours", None), {})
    assert written.column("title").to_pylist() == hostile
    text = files(written)["manifest.csv"].decode()
    assert not re.search(r"""(^|[,"])[=+@\t\r＝]""", text.replace('""', ""), re.M) or '"a\n=1"' in text
    for line in hostile[:7]:
        assert f"'{line}" in text.replace('""', '"')
    assert "'=x" in text and ",-1," in text, "a number stays one"


def test_our_columns_stand_beside_those_of_the_same_name() -> None:
    table = pa.table({"file_path": [address(A)], "sha256": ["theirs"], "Status": ["published"], "sha256_in_query": [1]})
    done = manifest(table, plan(table, "ours", None), {A: FileOutcome(FileStatus.OK, size=9)}).to_pylist()[0]
    assert (done["sha256"], done["status"], done["size"], done["local_path"]) == (A, "ok", 9, f"{A}.jpg")
    assert done["Status_in_query"] == "published" and "theirs" in done.values() and len(done) == 9
