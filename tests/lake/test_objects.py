"""The lake keeps bytes once, and calls things what they are."""

import pytest
from google.cloud import storage

from include.lake.objects import put_once, read, read_json, write_json
from include.media.file_types import FileType, sniff
from tests.conftest import MakeRun

GIF = FileType("image/gif", "gif")


def test_the_same_bytes_are_one_object(gcs: storage.Client, bucket: str, warehouse: object, make_run: MakeRun) -> None:
    first = put_once(make_run(), b"GIF89a once", GIF)
    again = put_once(make_run(), b"GIF89a once", GIF)
    assert (first.created, again.created) == (True, False)
    assert (
        first.file_path
        == again.file_path
        == f"gs://{bucket}/sha256/{first.sha256[:2]}/{first.sha256[2:4]}/{first.sha256}.gif"
    )
    assert read(gcs, first.file_path) == b"GIF89a once"


def test_what_a_run_hands_on_comes_back_as_it_was(gcs: storage.Client, bucket: str, warehouse: object) -> None:
    value = {"posts": [{"title": "고양이", "post_no": 1}]}
    assert read_json(gcs, write_json(gcs, f"gs://{bucket}/staging/test/one.json", value)) == value


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"<html><img src=x.jpg>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_a_type_is_told_by_the_first_bytes_alone(data: bytes, mime: str | None) -> None:
    found = sniff(data)
    assert (found.mime if found else None) == mime
