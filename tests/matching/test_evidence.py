"""What the evidence page shows, and what it must never show."""

import base64
import contextlib
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from google.cloud import bigquery, storage

from include.core.errors import Mistake
from include.faces.scan import scan_files
from include.lake.objects import StoredObject, put_once, read, read_into, write
from include.matching import case, crops, evidence
from include.matching.cards import one_in
from include.matching.case import ReferenceFacts, cases
from include.matching.crops import reference_crop
from include.matching.evidence import draw_again, draw_page, page, remove_pages
from include.matching.viewer import Viewer
from include.matching.warning_texts import text_of
from include.media.box import Box
from include.media.cover import cover
from include.media.file_types import FileType
from include.media.pictures import decode
from replica import photos
from tests.conftest import MakeRun
from tests.matching.gallery import Gallery, load
from tests.media.films import film, steady

NOW = datetime.now(UTC)
PIXELS = (160, 100)
BOX = {"x": 20.0, "y": 20.0, "width": 40.0, "height": 40.0}
HERS, BESIDE = (0.25, 0.4), (0.75, 0.4)
RATES = {"rate": 4.01e-5, "rate_low": 1.1e-5, "rate_high": 1.25e-4}


def noise(seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (100, 160, 3), dtype=np.uint8)


def test_everybody_else_is_painted_over_and_the_shown_face_is_untouched() -> None:
    image = noise()
    covered = cover(image, [Box(100, 20, 40, 40), Box(**BOX)], shown=Box(**BOX))
    assert (covered[20:60, 20:60] == image[20:60, 20:60]).all()
    assert (covered[25:55, 105:135] == 128).all()


def test_a_bystander_who_reaches_into_the_shown_face_is_covered_all_around_it() -> None:
    image = noise()
    beside = Box(50, 20, 40, 40)
    covered = cover(image, [beside], shown=Box(**BOX))
    assert (covered[20:60, 20:60] == image[20:60, 20:60]).all()
    assert (covered[30:50, 61:88] == 128).all()


@pytest.mark.parametrize(
    ("rate", "words"),
    [(4.01e-5, "25,000"), (1.25e-4, "8,000"), (0.3, "3"), (1.0, "1"), (7.0, "1"), (0.0, None), (None, None)],
)
def test_a_rate_is_told_as_one_in_so_many_and_no_more_exactly_than_it_is_known(rate: float, words: str | None) -> None:
    assert one_in(rate) == words


class Outline(HTMLParser):
    """Reads a page as a strict parser would: every element that is opened is closed, in order."""

    EMPTY = frozenset({"meta", "img", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.pictures: dict[str, int] = {}
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "img":
            inside = next((name for name in ("details", "article") if name in self.open), "body")
            self.pictures[inside] = self.pictures.get(inside, 0) + 1
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def stored_picture(seed: int, make_run: MakeRun) -> StoredObject:
    ok, encoded = cv2.imencode(".png", noise(seed))
    assert ok
    return put_once(make_run(), encoded.tobytes(), FileType("image/png", "png"))


@pytest.fixture
def picture(anna: Gallery, make_run: MakeRun) -> Any:
    """`picture("f", "hers", …)`: a file in the lake with a sighting in it, and somebody beside her."""

    def put(name: str, face: str, posts: tuple[int, ...] = (1,), looks: str | None = None, **match: Any) -> None:
        stored = stored_picture(len(anna.tables["media"]), make_run)
        anna.file(name, posts=posts, looks=looks, size=PIXELS, file_path=stored.file_path)
        anna.seen(face, name, at=HERS, width=0.25, size=PIXELS, **match)
        beside = {**anna.tables["face"][-1], "face_id": f"beside {face}", "box": {**BOX, "x": 100.0}}
        anna.tables["face"].append(beside)

    return put


@pytest.fixture
def viewer(make_run: MakeRun) -> Iterator[Viewer]:
    """Stored frames; where a test needs an engine, the one that set-up took."""
    models = Path(os.environ["FACEWARDEN_MODELS"])
    engine = json.loads((models / "engine.json").read_text())["engine"]
    with Viewer(make_run(models=models, engine=engine)) as one:
        yield one


@pytest.fixture
def shown(anna: Gallery, bq: bigquery.Client, viewer: Viewer, make_run: MakeRun) -> Any:
    """`shown()`: the page of what was put down, which is well-formed, and how many faces it shows."""

    def show() -> tuple[str, int]:
        anna.load(bq)
        (hers,) = cases(make_run(), ["anna"])
        html, faces = page(hers, viewer)
        Outline(html)
        return html, faces

    return show


def searched(anna: Gallery, **more: Any) -> None:
    row = {"run_key": "r", "subject_id": "anna", "engine": "e", "reference_count": 3, "faces": 12345, "accepted": 0}
    rates = {"false_match_rate": 1e-4, "rate": 1e-4, "expected_false_matches": 1.2}
    anna.tables["search"].append({**row, **rates, "searched_at": NOW, **more})


def test_nothing_that_somebody_wrote_is_markup_or_a_script(anna: Gallery, picture: Any, shown: Any) -> None:
    bad = "<script>alert(1)</script>"
    anna.tables["subject"][0]["label"] = "<b>case</b>"
    picture("f", "hers", warning=bad)
    anna.tables["media"][0] |= {"post_url": "javascript:alert(1)", "file_name": bad}
    anna.post(1, title=bad)
    anna.said("unsure", "hers", given_by=bad, reason="<img src=x onerror=alert(1)>")
    html, faces = shown()
    assert faces == 1
    assert html.count("&lt;script&gt;alert(1)") >= 4 and "<script" not in html and "<b>case" not in html
    assert "&lt;b&gt;case" in html and "javascript:" not in html and "<img src=x" not in html


def test_the_page_needs_nothing_from_outside_and_tells_nobody_where_its_reader_came_from(
    picture: Any, shown: Any
) -> None:
    picture("f", "hers")
    html, _ = shown()
    assert re.findall(r'src="(?!data:image/jpeg;base64,)', html) == []
    assert html.count("data:image/jpeg;base64,") == 2  # the face and its picture; the subject has no reference here
    assert 'name="referrer" content="no-referrer"' in html and "default-src 'none'" in html


def test_a_card_says_how_sure_it_is_and_what_speaks_against_it(anna: Gallery, picture: Any, shown: Any) -> None:
    picture("f", "hers", faces=3, quality=0.2, warning="the population is small", population=5000, **RATES)
    html, _ = shown()
    for words in (
        "1 in 25,000 strangers, between 1 in 8,000 and 1 in 91,000",
        "25,000명 중 1명꼴 (8,000명 중 1명에서 91,000명 중 1명 사이)",
        "the population is small", "A blurred or small face", "3 faces of one track",
        "among 5,000 faces", "0.500 ≤ 0.700",
    ):  # fmt: skip
        assert words in html


def test_a_warnings_code_is_said_in_both_languages(anna: Gallery, picture: Any, shown: Any) -> None:
    picture("f", "hers", warning="extrapolated")
    searched(anna, warning="few_people")
    html, _ = shown()
    for code in ("extrapolated", "few_people"):
        assert all(words in html for words in text_of(code))
    assert "few_people" not in html


def test_what_is_open_comes_first_then_what_is_confirmed_and_the_best_of_each_before_the_rest(
    anna: Gallery, picture: Any, shown: Any
) -> None:
    for post, (face, expected) in enumerate([("worst", 0.9), ("sure", 0.1), ("better", 0.2), ("known", 0.3)], 1):
        picture(f"in {face}", face, posts=(post,), expected_false_matches=expected)
    anna.said("confirmed", "known")
    anna.said("confirmed", "sure")
    html, faces = shown()
    assert re.findall(r'<dt>face_id</dt><dd class="id">(.*?)</dd>', html) == ["better", "worst", "sure", "known"]
    assert faces == 4 and "2 to decide, 2 confirmed, 0 rejected" in html


def test_a_verdict_is_told_with_who_when_why_and_whence(anna: Gallery, picture: Any, shown: Any) -> None:
    picture("f", "hers")
    picture("copy", "again", posts=(2,), looks="f")
    anna.said("confirmed", "hers", given_by="a counsellor", reason="the scar")
    html, _ = shown()
    assert html.count("a counsellor") == html.count("the scar") == 2
    assert "carried over from a near-duplicate</span>: f" in html


def test_whoever_was_rejected_is_a_bystander_and_not_shown(anna: Gallery, picture: Any, shown: Any) -> None:
    picture("f", "stranger")
    anna.post(1, title="about a stranger")
    anna.said("rejected", "stranger", reason="another nose")
    html, faces = shown()
    assert faces == 0 and Outline(html).pictures == {}
    assert "<details>" in html and "another nose" in html and "stranger" in html
    assert "about a stranger" not in html and "https://p/1" not in html and "No match" not in html


def test_a_file_posted_again_is_one_card_and_near_duplicates_are_said_to_be_so(
    anna: Gallery, picture: Any, shown: Any
) -> None:
    picture("f", "hers", posts=(1, 2, 3))
    anna.file("resembles", looks="f", bits=12, posts=(4,))
    anna.file("unlike", posts=(5,))
    anna.post(2, title="gone by now", status="deleted")
    html, faces = shown()
    assert faces == 1 and html.count("<article>") == 1
    same, near = html.split("Posts that show a near-duplicate")
    assert [f"https://p/{post}" in same for post in (1, 2, 3, 4)] == [True, True, True, False]
    assert "https://p/4" in near and "12 of 256 bits differ" in near and "no proof" in near
    assert "https://p/5" not in html and "deleted" in same


def test_pictures_of_one_post_stand_together_and_are_not_called_independent(
    anna: Gallery, picture: Any, shown: Any
) -> None:
    picture("f", "first", posts=(1,))
    picture("g", "second", posts=(1, 2))
    anna.post(1, posted_at=NOW)
    html, faces = shown()
    assert faces == 2 and html.count("<section>") == 1
    assert "2 sightings in one post: more support for one candidate, and no proofs of their own" in html


def test_no_match_is_a_result_that_says_how_many_faces_were_searched(anna: Gallery, shown: Any) -> None:
    searched(anna, engine="older", faces=11, searched_at=NOW - timedelta(days=9))
    searched(anna, run_key="r0", faces=10, searched_at=NOW - timedelta(days=1))
    searched(anna, warning="fewer than 1,000 strangers", rate=1e-5)
    html, faces = shown()
    assert (
        faces == 0
        and "No match" in html
        and "12,345 faces were searched" in html
        and "얼굴 12,345개를 검색했지만" in html
    )
    assert "fewer than 1,000 strangers" in html and "1 / 100,000" in html and "asked for" in html
    assert html.count("<tr><td>") == 2, "the newest search of each engine"


def test_who_was_never_searched_for_is_not_said_to_be_nowhere(shown: Any) -> None:
    html, _ = shown()
    assert "No search is recorded" in html and "No match" not in html


def test_what_is_not_shown_is_told_with_its_query(picture: Any, shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case, "MAX_SHOWN", 1)
    picture("f", "first")
    picture("g", "second", posts=(2,))
    html, faces = shown()
    assert faces == 1 and "+ 1: SELECT * FROM facewarden_biometrics.evidence" in html


def test_a_match_whose_face_has_expired_is_told_without_a_picture(anna: Gallery, shown: Any) -> None:
    anna.file("f", engines=())
    anna.seen("hers", "f", expired=True)
    html, faces = shown()
    assert faces == 1 and "Picture not readable" in html


def test_the_rows_say_what_the_page_says(anna: Gallery, bq: bigquery.Client, picture: Any, shown: Any) -> None:
    picture("f", "hers", posts=(1, 2))
    anna.file("resembles", looks="f", bits=5, posts=(3,))
    anna.seen("nowhere", "not in a post", expired=True, expected_false_matches=2.0)
    html, _ = shown()
    found = [
        dict(row) for row in bq.query("SELECT * FROM facewarden_biometrics.evidence ORDER BY rank, post_no").result()
    ]
    assert [(row["rank"], row["copy"], row["copy_bits"], row["post_no"]) for row in found] == [
        (1, "same", 0, 1), (1, "same", 0, 2), (1, "near", 5, 3), (2, None, 0, None)]  # fmt: skip
    assert {row["label"] for row in found} == {"case of anna"}
    assert all(row["post_url"] in html for row in found if row["post_url"])


def test_a_page_ends_with_the_consent(
    anna: Gallery, bq: bigquery.Client, gcs: storage.Client, bucket: str, make_run: MakeRun
) -> None:
    anna.part("gone").enrolled(valid=-timedelta(hours=1))
    anna.load(bq)
    address = f"gs://{bucket}/evidence/"
    for name in ("gone.html", "never-was.html", "notes.txt"):
        write(gcs, address + name, "x", "text/html")
    assert draw_page(make_run(), "anna") == {"subject_id": "anna", "faces": 0, "evidence": address + "anna.html"}
    assert {blob.name for blob in gcs.list_blobs(bucket, prefix="evidence/")} == {
        "evidence/anna.html", "evidence/notes.txt"}  # fmt: skip
    gcs.bucket(bucket).delete_blobs(list(gcs.list_blobs(bucket, prefix="evidence/")))


def test_a_page_is_not_written_over_by_one_that_knows_less(
    anna: Gallery, bq: bigquery.Client, gcs: storage.Client, bucket: str, make_run: MakeRun
) -> None:
    """A verdict may be recorded, and told on its subject's page, while another run draws it."""
    anna.load(bq)
    blob = gcs.bucket(bucket).blob("evidence/anna.html")
    for hours, stays in ((1, True), (-1, False)):
        blob.metadata = {"asked_at": (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="microseconds")}
        blob.upload_from_string("of another run", "text/html")
        assert draw_page(make_run(), "anna")["faces"] == 0
        assert (blob.download_as_text() == "of another run") == stays
    blob.delete()


def test_a_page_that_another_run_writes_meanwhile_is_kept_if_it_knows_more(
    anna: Gallery, bq: bigquery.Client, gcs: storage.Client, bucket: str, make_run: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    anna.load(bq)
    upload = storage.Blob.upload_from_string

    def late(blob: storage.Blob, *given: Any, **options: Any) -> None:
        monkeypatch.setattr(storage.Blob, "upload_from_string", upload)
        other = gcs.bucket(bucket).blob(blob.name)
        other.metadata = {"asked_at": "9999"}
        other.upload_from_string("of another run", "text/html")
        upload(blob, *given, **options)

    monkeypatch.setattr(storage.Blob, "upload_from_string", late)
    draw_page(make_run(), "anna")
    page = gcs.bucket(bucket).blob("evidence/anna.html")
    assert page.download_as_text() == "of another run"
    page.delete()


def test_pages_of_ended_consents_go_also_when_drawing_fails(
    anna: Gallery, bq: bigquery.Client, gcs: storage.Client, bucket: str, make_run: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    anna.part("gone").enrolled(valid=-timedelta(hours=1))
    anna.load(bq)
    write(gcs, f"gs://{bucket}/evidence/gone.html", "x", "text/html")
    monkeypatch.setattr(evidence, "page", lambda case, viewer: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        draw_page(make_run(), "anna")
    assert not gcs.bucket(bucket).blob("evidence/gone.html").exists()


def test_a_page_is_drawn_when_it_is_asked_for_and_again_only_where_there_is_one(
    anna: Gallery, picture: Any, bq: bigquery.Client, gcs: storage.Client, bucket: str, make_run: MakeRun
) -> None:
    picture("f", "hers")
    anna.load(bq)
    blob = gcs.bucket(bucket).blob("evidence/anna.html")
    assert draw_again(make_run(), "anna") == {"subject_id": "anna"} and not blob.exists()
    draw_page(make_run(), "anna")
    anna.said("rejected", "hers")
    load(bq, "verdict", anna.tables["verdict"])
    address = f"gs://{bucket}/evidence/anna.html"
    assert read(gcs, address).count(b"<article>") == 1
    assert draw_again(make_run(), "anna")["faces"] == 0 and b"<article>" not in read(gcs, address)
    gcs.bucket(bucket).blob("evidence/anna.html").delete()


def test_nobody_without_a_live_consent_gets_a_page_and_one_that_is_there_goes(
    anna: Gallery, bq: bigquery.Client, gcs: storage.Client, bucket: str, make_run: MakeRun
) -> None:
    anna.part("gone").enrolled(valid=-timedelta(hours=1))
    anna.load(bq)
    for asked in (lambda: draw_page(make_run(), "gone"), lambda: remove_pages(make_run())):
        write(gcs, f"gs://{bucket}/evidence/gone.html", "x", "text/html")
        with contextlib.suppress(Mistake):
            asked()
        assert not gcs.bucket(bucket).blob("evidence/gone.html").exists()
    with pytest.raises(Mistake, match="no page was drawn"):
        draw_page(make_run(), "nobody")


def test_whose_clock_runs_ahead_keeps_nobody_from_drawing_a_page_later(
    anna: Gallery, bq: bigquery.Client, gcs: storage.Client, bucket: str, make_run: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What a page knows is told by the warehouse's clock, and not by that of the worker who draws it."""
    anna.load(bq)

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(days=365)

    with monkeypatch.context() as ahead:
        ahead.setattr(case, "datetime", Ahead)
        draw_page(make_run(), "anna")
    blob = gcs.bucket(bucket).blob("evidence/anna.html")
    blob.reload()
    assert blob.metadata["asked_at"] < (datetime.now(UTC) + timedelta(days=1)).isoformat()
    blob.delete()


def test_what_would_take_too_long_is_left_without_a_picture(
    picture: Any, shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crops, "MAX_SECONDS", -1.0)
    picture("f", "hers")
    html, faces = shown()
    assert faces == 1 and Outline(html).pictures == {} and "Picture not readable" in html


def test_of_a_reference_photograph_the_face_is_shown_and_nothing_beside_it(viewer: Viewer, make_run: MakeRun) -> None:
    image = np.zeros((100, 160, 3), np.uint8)
    image[20:60, 20:60] = 200
    _, encoded = cv2.imencode(".png", image)
    stored = put_once(make_run(), encoded.tobytes(), FileType("image/png", "png"))
    shown = reference_crop(viewer, ReferenceFacts("r", "e", stored.file_path, Box(**BOX)))
    assert shown and decode(base64.b64decode(shown.split(",")[1])).min() > 150


def test_bystanders_of_a_video_are_covered_although_their_best_faces_are_elsewhere(
    anna: Gallery, gcs: storage.Client, viewer: Viewer, shown: Any, tmp_path: Path, make_run: MakeRun
) -> None:
    """Of whoever stands beside the subject in that frame the table knows nothing: they have to be found again."""
    engine, pair = viewer.engine(), two_people()
    video = film(tmp_path / "f.mp4", steady([(3000, pair)], 5)).read_bytes()
    stored = put_once(make_run(), video, FileType("video/mp4", "mp4"))
    item: Any = {"sha256": stored.sha256, "file_path": stored.file_path, "type": "video/mp4", "size": stored.size}
    faces = scan_files(partial(read_into, gcs), [item], engine, print).faces
    hers = next(row for row in faces if row["box"]["x"] < 500)
    assert {row["track"] for row in faces} == {1, 2}
    anna.file(stored.sha256, kind="video", file_path=stored.file_path, engines=())
    anna.seen(hers["face_id"], stored.sha256, engine=engine.name, track=hers["track"], expired=True)
    anna.tables["face"].append({**hers})

    html, cards = shown()
    assert cards == 1
    pictures = [base64.b64decode(data) for data in re.findall(r"data:image/jpeg;base64,([^\"]+)", html)]
    assert [len(engine.find(decode(picture))) for picture in pictures] == [1, 1]
    assert f"0:0{hers['at_ms'] / 1000:.1f}" in html


def two_people() -> np.ndarray:
    """The one on the left, the other on the right."""
    folder = Path(__file__).resolve().parents[2] / ".local" / "replica" / "photos"
    photos.fetch(folder)
    left = cv2.resize(decode((folder / "astronaut.png").read_bytes()), (480, 480))
    right = cv2.resize(decode((folder / "obama.jpg").read_bytes())[:900, :900], (480, 480))
    return np.concatenate([left, right], axis=1)
