"""The rows of every table, as types. Made from bq_schemas/ by `make types`: change a column there, and nothing here.

A REQUIRED column must be there. What a row lacks of the others is NULL, or an empty list of what is REPEATED.
"""

from datetime import datetime
from typing import Generic, NotRequired, TypedDict, TypeVar

Row = TypeVar("Row")


class Table(str, Generic[Row]):
    """The name of a table, which knows the type of its rows."""


class PostRow(TypedDict):
    """A row of table `post`."""

    platform: str
    gallery: str
    post_no: int
    post_url: str
    title: NotRequired[str | None]
    posted_at: NotRequired[datetime | None]
    status: str
    seen_at: datetime
    kinds: NotRequired[list[str]]
    listed: NotRequired[str | None]


class MediaRow(TypedDict):
    """A row of table `media`."""

    media_id: str
    platform: str
    gallery: str
    post_no: int
    kind: str
    ordinal: int
    file_name: str
    post_url: str
    post_date: NotRequired[datetime | None]
    file_path: NotRequired[str | None]
    sha256: NotRequired[str | None]
    phash: NotRequired[str | None]
    type: NotRequired[str | None]
    size: NotRequired[int | None]
    rejected: NotRequired[str | None]
    fetched_at: datetime
    phash_quality: NotRequired[int | None]
    source_url: NotRequired[str | None]


class PostOutcomeRow(TypedDict):
    """A row of table `post_outcome`."""

    platform: str
    gallery: str
    post_no: int
    run_key: str
    status: str
    reason: NotRequired[str | None]
    page_path: NotRequired[str | None]
    seen_at: datetime


class GalleryRow(TypedDict):
    """A row of table `gallery`."""

    platform: str
    gallery: str
    list_url: str
    status: str
    covered_from: NotRequired[datetime | None]
    covered_to: NotRequired[datetime | None]
    seen_at: datetime


class CrawlCountRow(TypedDict):
    """A row of table `crawl_count`."""

    run_key: str
    batch: str
    platform: str
    name: str
    value: float
    counted_at: datetime


class FaceBox(TypedDict):
    """A value in column `box` of that table."""

    x: NotRequired[float | None]
    y: NotRequired[float | None]
    width: NotRequired[float | None]
    height: NotRequired[float | None]


class FaceLandmarks(TypedDict):
    """A value in column `landmarks` of that table."""

    x: NotRequired[float | None]
    y: NotRequired[float | None]


class FacePose(TypedDict):
    """A value in column `pose` of that table."""

    yaw: NotRequired[float | None]
    pitch: NotRequired[float | None]
    roll: NotRequired[float | None]


class FaceRow(TypedDict):
    """A row of table `face`."""

    face_id: str
    sha256: str
    engine: str
    at_ms: int
    track: NotRequired[int | None]
    box: NotRequired[FaceBox | None]
    landmarks: NotRequired[list[FaceLandmarks]]
    score: NotRequired[float | None]
    sharpness: NotRequired[float | None]
    embedding: NotRequired[list[float]]
    reason: NotRequired[str | None]
    detected_at: datetime
    size: NotRequired[float | None]
    pose: NotRequired[FacePose | None]


class ScanRow(TypedDict):
    """A row of table `scan`."""

    sha256: str
    engine: str
    outcome: str
    reason: NotRequired[str | None]
    faces: int
    width: NotRequired[int | None]
    height: NotRequired[int | None]
    seconds: NotRequired[float | None]
    scanned_at: datetime
    run_key: NotRequired[str | None]
    frames: NotRequired[int | None]
    duration_ms: NotRequired[int | None]
    tracks: NotRequired[int | None]
    tries: NotRequired[int | None]


class SubjectRow(TypedDict):
    """A row of table `subject`."""

    subject_id: str
    label: str
    created_at: datetime


class ConsentRow(TypedDict):
    """A row of table `consent`."""

    consent_id: str
    subject_id: str
    event: str
    given_by: str
    basis: str
    valid_until: datetime
    recorded_at: datetime


class ReferenceBox(TypedDict):
    """A value in column `box` of that table."""

    x: NotRequired[float | None]
    y: NotRequired[float | None]
    width: NotRequired[float | None]
    height: NotRequired[float | None]


class ReferenceLandmarks(TypedDict):
    """A value in column `landmarks` of that table."""

    x: NotRequired[float | None]
    y: NotRequired[float | None]


class ReferenceRow(TypedDict):
    """A row of table `reference`."""

    reference_id: str
    subject_id: str
    sha256: str
    engine: str
    file_path: str
    box: NotRequired[ReferenceBox | None]
    landmarks: NotRequired[list[ReferenceLandmarks]]
    score: NotRequired[float | None]
    sharpness: NotRequired[float | None]
    embedding: NotRequired[list[float]]
    enrolled_at: datetime


class PopulationTail(TypedDict):
    """A value in column `tail` of that table."""

    rate: NotRequired[float | None]
    spreads: NotRequired[float | None]
    pairs: NotRequired[float | None]


class PopulationRow(TypedDict):
    """A row of table `population`."""

    run_key: str
    engine: str
    cohort: int
    faces: int
    sample: int
    people: float
    pairs: int
    centre: NotRequired[list[float]]
    mean: float
    spread: float
    tail: NotRequired[list[PopulationTail]]
    measured_at: datetime
    sampled: NotRequired[list[str]]


class SearchLimits(TypedDict):
    """A value in column `limits` of that table."""

    cohort: NotRequired[int | None]
    mean: NotRequired[float | None]
    spread: NotRequired[float | None]
    stretch: NotRequired[float | None]


class SearchRow(TypedDict):
    """A row of table `search`."""

    run_key: str
    subject_id: str
    engine: str
    reference_count: int
    faces: int
    false_match_rate: float
    rate: float
    expected_false_matches: float
    accepted: int
    warning: NotRequired[str | None]
    searched_at: datetime
    basis: NotRequired[str | None]
    searched_to: NotRequired[datetime | None]
    compared: NotRequired[int | None]
    limits: NotRequired[list[SearchLimits]]


class MatchRow(TypedDict):
    """A row of table `match`."""

    subject_id: str
    face_id: str
    sha256: str
    engine: str
    distance: float
    band: str
    threshold: float
    false_match_rate: float
    expected_false_matches: NotRequired[float | None]
    population: NotRequired[int | None]
    matched_at: datetime
    run_key: NotRequired[str | None]
    cohort: NotRequired[int | None]
    track: NotRequired[int | None]
    faces: NotRequired[int | None]
    spreads: NotRequired[float | None]
    rate: NotRequired[float | None]
    rate_low: NotRequired[float | None]
    rate_high: NotRequired[float | None]
    quality: NotRequired[float | None]
    warning: NotRequired[str | None]


class VerdictPlace(TypedDict):
    """A value in column `place` of that table."""

    x: NotRequired[float | None]
    y: NotRequired[float | None]
    width: NotRequired[float | None]


class VerdictRow(TypedDict):
    """A row of table `verdict`."""

    verdict_id: str
    subject_id: str
    sha256: str
    face_id: NotRequired[str | None]
    verdict: str
    given_by: str
    reason: str
    phash: NotRequired[str | None]
    phash_quality: NotRequired[int | None]
    place: NotRequired[VerdictPlace | None]
    track: NotRequired[int | None]
    recorded_at: datetime


class CalibrationRow(TypedDict):
    """A row of table `calibration`."""

    run_key: str
    engine: str
    group_name: str
    measure: str
    way: str
    reference_count: int
    step: int
    people: int
    pictures: int
    without_face: int
    left_out: int
    same_pairs: int
    stranger_pairs: int
    false_match_rate: NotRequired[float | None]
    threshold: NotRequired[float | None]
    hits: NotRequired[int | None]
    hit_rate: NotRequired[float | None]
    hit_rate_low: NotRequired[float | None]
    hit_rate_high: NotRequired[float | None]
    false_hits: NotRequired[int | None]
    false_hit_rate: NotRequired[float | None]
    false_hit_rate_low: NotRequired[float | None]
    false_hit_rate_high: NotRequired[float | None]
    reason: NotRequired[str | None]
    measured_at: datetime


POST: Table[PostRow] = Table("post")
MEDIA: Table[MediaRow] = Table("media")
POST_OUTCOME: Table[PostOutcomeRow] = Table("post_outcome")
GALLERY: Table[GalleryRow] = Table("gallery")
CRAWL_COUNT: Table[CrawlCountRow] = Table("crawl_count")
FACE: Table[FaceRow] = Table("face")
SCAN: Table[ScanRow] = Table("scan")
SUBJECT: Table[SubjectRow] = Table("subject")
CONSENT: Table[ConsentRow] = Table("consent")
REFERENCE: Table[ReferenceRow] = Table("reference")
POPULATION: Table[PopulationRow] = Table("population")
SEARCH: Table[SearchRow] = Table("search")
MATCH: Table[MatchRow] = Table("match")
VERDICT: Table[VerdictRow] = Table("verdict")
CALIBRATION: Table[CalibrationRow] = Table("calibration")
