"""What the evidence page shows, and what it must never show."""

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from google.cloud import bigquery, storage

from include.demo import photos
from include.faces.pictures import decode
from include.faces.scan import scan_batch
from include.lake.objects import put_once, read_into
from include.lake.types import FileType
from include.matching.evidence import page
from include.matching.pictures import Box, cover
from include.matching.viewer import Viewer
from include.settings import from_environment
from include.warehouse.publish import publish_all
from include.warehouse.shards import write_shard
from tests.faces.films import film, steady

NOW = datetime.now(UTC)
BOX = {"x": 20.0, "y": 20.0, "width": 40.0, "height": 40.0}
BESIDE = {"x": 100.0, "y": 20.0, "width": 40.0, "height": 40.0}
SUBJECT = {"subject_id": "anna", "label": "<b>case</b>", "valid_until": NOW}


def noise(seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (100, 160, 3), dtype=np.uint8)


def test_everybody_else_is_painted_over_and_the_shown_face_is_untouched() -> None:
    image = noise()
    covered = cover(image, [Box(**BESIDE), Box(**BOX)], shown=Box(**BOX))
    assert (covered[20:60, 20:60] == image[20:60, 20:60]).all()
    assert (covered[25:55, 105:135] == 128).all()


def test_a_bystander_who_reaches_into_the_shown_face_is_covered_all_around_it() -> None:
    image = noise()
    beside = Box(50, 20, 40, 40)
    covered = cover(image, [beside], shown=Box(**BOX))
    assert (covered[20:60, 20:60] == image[20:60, 20:60]).all()
    assert (covered[30:50, 61:88] == 128).all()


@pytest.fixture
def found(bq: bigquery.Client, gcs: storage.Client, bucket: str, clean_tables: None) -> None:
    """One match in a picture of two faces; title and address are what a hostile poster would choose."""
    ok, encoded = cv2.imencode(".png", noise())
    assert ok
    stored = put_once(gcs, bucket, encoded.tobytes(), FileType("image/png", "png"))
    post = {"platform": "p", "gallery": "g", "post_no": 1, "post_url": "javascript:alert(1)"}
    shared: dict[str, Any] = {"sha256": stored.sha256, "engine": "e", "at_ms": 0, "detected_at": NOW}
    tables: dict[str, list[dict[str, Any]]] = {
        "post": [{**post, "title": "<script>alert(1)</script>", "status": "published", "seen_at": NOW}],
        "media": [{**post, "media_id": "p/g/1/image/1", "kind": "image", "ordinal": 1, "file_name": "image_1_1.png",
                   "file_path": stored.file_path, "sha256": stored.sha256, "fetched_at": NOW}],
        "face": [{**shared, "face_id": "hers", "box": BOX}, {**shared, "face_id": "other", "box": BESIDE}],
        "match": [{"subject_id": "anna", "face_id": "hers", "sha256": stored.sha256, "engine": "e", "distance": 0.4,
                   "band": "likely", "threshold": 0.7, "false_match_rate": 1e-4, "matched_at": NOW}],
    }  # fmt: skip
    for table, rows in tables.items():
        if table == "match":
            bq.load_table_from_json(
                [{**row, "matched_at": NOW.isoformat()} for row in rows], f"{bq.project}.facewarden_biometrics.match"
            ).result()
        else:
            write_shard(gcs, bucket, table, "evidence", "0000", rows)
    publish_all(bq, gcs, bucket, ("post", "media", "face"), "evidence")


@pytest.fixture
def viewer(gcs: storage.Client, bucket: str) -> Iterator[Viewer]:
    """Stored frames; where a test needs an engine, the one that set-up took."""
    models = Path(os.environ["FACEWARDEN_MODELS"])
    engine = json.loads((models / "engine.json").read_text())["engine"]
    with Viewer(gcs, replace(from_environment(), bucket=bucket, models=models, engine=engine)) as one:
        yield one


def test_nothing_that_a_poster_wrote_is_markup_or_a_script(found: None, bq: bigquery.Client, viewer: Viewer) -> None:
    html, cards = page(bq, viewer, SUBJECT)
    assert cards == 1
    assert "&lt;script&gt;alert(1)" in html and "<script" not in html and "<b>case" not in html
    assert "javascript:" not in html


def test_the_page_needs_nothing_from_outside(found: None, bq: bigquery.Client, viewer: Viewer) -> None:
    html, _ = page(bq, viewer, SUBJECT)
    assert re.findall(r'src="(?!data:image/jpeg;base64,)', html) == []
    assert html.count("data:image/jpeg;base64,") == 2  # the face and its picture; the subject has no reference here


def test_no_match_is_a_page_that_says_so(bq: bigquery.Client, viewer: Viewer, clean_tables: None) -> None:
    html, cards = page(bq, viewer, SUBJECT)
    assert cards == 0 and "No match" in html


def test_bystanders_of_a_video_are_covered_although_their_best_faces_are_elsewhere(
    bq: bigquery.Client, gcs: storage.Client, bucket: str, clean_tables: None, viewer: Viewer, tmp_path: Path
) -> None:
    """Of whoever stands beside the subject in that frame the table knows nothing: they have to be found again."""
    engine, pair = viewer.engine(), two_people()
    video = film(tmp_path / "f.mp4", steady([(3000, pair)], 5)).read_bytes()
    stored = put_once(gcs, bucket, video, FileType("video/mp4", "mp4"))
    item = {"sha256": stored.sha256, "file_path": stored.file_path, "type": "video/mp4", "size": stored.size}
    faces = scan_batch(partial(read_into, gcs), [item], engine, print).faces
    hers = next(row for row in faces if row["box"]["x"] < 500)
    assert {row["track"] for row in faces} == {1, 2}
    post = {"platform": "p", "gallery": "g", "post_no": 1, "post_url": "https://p/1", "fetched_at": NOW}
    media = {**post, "media_id": "p/g/1/video/1", "kind": "video", "ordinal": 1, "file_name": "v.mp4"}
    write_shard(gcs, bucket, "media", "video", "0", [{**media, "file_path": stored.file_path, "sha256": stored.sha256}])
    write_shard(gcs, bucket, "face", "video", "0", [hers])
    publish_all(bq, gcs, bucket, ("media", "face"), "video")
    match = {"subject_id": "anna", "face_id": hers["face_id"], "sha256": stored.sha256, "engine": engine.name}
    match |= {"distance": 0.4, "band": "likely", "threshold": 0.7, "false_match_rate": 1e-4}
    match["matched_at"] = NOW.isoformat()
    bq.load_table_from_json([match], f"{bq.project}.facewarden_biometrics.match").result()

    html, cards = page(bq, viewer, SUBJECT)
    assert cards == 1
    pictures = [base64.b64decode(data) for data in re.findall(r"data:image/jpeg;base64,([^\"]+)", html)]
    assert [len(engine.look(decode(picture))) for picture in pictures] == [1, 1]
    assert f"0:0{hers['at_ms'] / 1000:.1f}" in html


def two_people() -> np.ndarray:
    """The one on the left, the other on the right."""
    folder = Path(__file__).resolve().parents[2] / ".local" / "replica" / "photos"
    photos.fetch(folder)
    left = cv2.resize(decode((folder / "astronaut.png").read_bytes()), (480, 480))
    right = cv2.resize(decode((folder / "obama.jpg").read_bytes())[:900, :900], (480, 480))
    return np.concatenate([left, right], axis=1)
