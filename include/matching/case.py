"""A subject's case: all that is known of them, typed, as the tables had it when it was asked for.

Whatever shows or uses it asks nothing more. Pictures are not in it, but where in the lake they lie is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, TypeVar

from include.core.run import Run
from include.media.box import Box
from include.warehouse.sql import rows

Row = dict[str, Any]
State = Literal["open", "confirmed", "rejected"]
Facts = TypeVar("Facts")
# Of a subject so many sightings that are open or confirmed, and so many that were rejected.
MAX_SHOWN = 200
# Of a sighting so many posts that show its file, and so many that show a near-duplicate.
MAX_COPIES = 30


@dataclass(frozen=True)
class Consent:
    """What allows the search. `valid_until` is the first moment at which it no longer does."""

    consent_id: str
    given_by: str
    basis: str
    recorded_at: datetime
    valid_until: datetime


@dataclass(frozen=True)
class Subject:
    """Who is searched for."""

    subject_id: str
    label: str
    consent: Consent


@dataclass(frozen=True)
class ReferenceFacts:
    """A photograph that the subject's template comes from, and where they are in it."""

    reference_id: str
    engine: str
    file_path: str
    box: Box | None


@dataclass(frozen=True)
class SearchFacts:
    """The newest search by one engine. `accepted` is 0 where it found nothing, which is a result."""

    engine: str
    searched_at: datetime
    faces: int
    reference_count: int
    false_match_rate: float
    rate: float
    expected_false_matches: float
    accepted: int
    warning: str | None


@dataclass(frozen=True)
class VerdictFacts:
    """What a person said of a sighting. `carried_from` is the file of which it was said, where that was a copy."""

    said: str
    given_by: str
    reason: str
    recorded_at: datetime
    carried_from: str | None


@dataclass(frozen=True)
class PostFacts:
    """A post as it was last seen. Without a title, a time and a status it was never read, only its files."""

    platform: str
    gallery: str
    post_no: int
    post_url: str
    title: str | None
    posted_at: datetime | None
    post_status: str | None


@dataclass(frozen=True)
class Copy:
    """A file in a post: the sighting's own, or a near-duplicate of which so many of 256 `bits` differ."""

    media_id: str
    sha256: str
    file_name: str
    seen_at: datetime
    bits: int
    post: PostFacts


@dataclass(frozen=True)
class Copies:
    """The nearest and first ones, and how many there are."""

    first: tuple[Copy, ...]
    total: int

    @property
    def more(self) -> int:
        """How many are left out."""
        return self.total - len(self.first)


@dataclass(frozen=True)
class KnownFace:
    """A face that the table has in a file: of a video only the best of each track, and none after it expired."""

    face_id: str
    sha256: str
    engine: str
    at_ms: int
    box: Box


@dataclass(frozen=True)
class Sighting:
    """A face in a picture, or a track in a video, that resembles the subject. Who it is, a person says.

    `candidate` is the post in which its file was first published: more sightings of one are no proofs of their own.
    Where the face has expired, `box`, `at_ms` and `score` are None; where the lake has no file, `file_path` is.
    """

    face_id: str
    sha256: str
    engine: str
    rank: int
    candidate: str
    state: State
    verdict: VerdictFacts | None
    matched_at: datetime
    # How sure it is: the columns of the table match.
    band: str
    distance: float
    threshold: float
    false_match_rate: float
    rate: float | None
    rate_low: float | None
    rate_high: float | None
    expected_false_matches: float | None
    population: int | None
    cohort: int | None
    quality: float | None
    faces: int
    warning: str | None
    # Where it is to be seen.
    kind: str | None
    file_path: str | None
    track: int | None
    at_ms: int | None
    box: Box | None
    score: float | None
    others: tuple[KnownFace, ...]  # who else is known in the file, at whatever time; of what was rejected nobody
    same: Copies
    near: Copies


@dataclass(frozen=True)
class Case:
    """A subject and what is known of them. `counts` is of all sightings, of which `left_out` are not here."""

    asked_at: datetime  # what was written later is not in it
    subject: Subject
    references: tuple[ReferenceFacts, ...]  # the first is the one to show beside a sighting
    searches: tuple[SearchFacts, ...]  # the newest first
    sightings: tuple[Sighting, ...]  # open, then confirmed, then rejected; each by rank
    counts: dict[State, int]

    @property
    def shown(self) -> tuple[Sighting, ...]:
        """The sightings whose pictures may be shown: whoever was rejected is a bystander."""
        return tuple(sighting for sighting in self.sightings if sighting.state != "rejected")

    @property
    def left_out(self) -> int:
        return sum(self.counts.values()) - len(self.sightings)

    def of(self, state: State) -> tuple[Sighting, ...]:
        """The sightings in this state."""
        return tuple(sighting for sighting in self.sightings if sighting.state == state)


def cases(run: Run, subject_ids: Sequence[str] | None = None) -> list[Case]:
    """The cases of these subjects, or of all (None), whose consent holds; by subject_id.

    Five queries, however many subjects there are. All cases are in memory, each bounded by MAX_SHOWN and MAX_COPIES.
    """
    if subject_ids is not None and not subject_ids:
        return []
    wanted = {"subject_ids": list(subject_ids or [])}
    live = {row["subject_id"]: row for row in rows(run.bq, "queries/live_subjects", wanted)}
    wanted = {"subject_ids": list(live)}
    # By the warehouse's clock: whose page knows more must not depend on whose clock runs ahead.
    asked_at = min((row["asked_at"] for row in live.values()), default=datetime.now(UTC))
    bounds = {"most_sightings": MAX_SHOWN, "most_copies": MAX_COPIES}
    evidence = _by("subject_id", rows(run.bq, "queries/evidence", {**wanted, **bounds}))
    references = _by("subject_id", rows(run.bq, "queries/references", wanted))
    searches = _by("subject_id", rows(run.bq, "queries/searches", wanted))
    faces = _faces(run, {row["sha256"] for found in evidence.values() for row in found if row["state"] != "rejected"})
    return [
        Case(
            asked_at=asked_at,
            subject=_facts(Subject, subject, consent=_facts(Consent, subject)),
            references=tuple(_facts(ReferenceFacts, row, box=_box(row)) for row in references[subject_id]),
            searches=tuple(_facts(SearchFacts, row) for row in searches[subject_id]),
            sightings=_sightings(evidence[subject_id], faces),
            counts=_counts(evidence[subject_id]),
        )
        for subject_id, subject in live.items()
    ]


def _faces(run: Run, contents: Iterable[str]) -> dict[str, list[KnownFace]]:
    """All that the table knows in these files, by sha256."""
    found = rows(run.bq, "queries/faces_of_contents", {"contents": sorted(contents)})
    return {
        sha256: [_facts(KnownFace, row, box=_box(row)) for row in those]
        for sha256, those in _by("sha256", found).items()
    }


def _by(column: str, found: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by a column, in their order; of a value that is in none, none."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        groups[row[column]].append(row)
    return groups


def _facts(kind: type[Facts], row: Row, **made: Any) -> Facts:
    """A dataclass from the columns of its fields' names, but for those that were made already."""
    return kind(**{name: row[name] for name in kind.__annotations__ if name not in made}, **made)


def _box(row: Row) -> Box | None:
    return Box.from_row(row["box"]) if row["box"] is not None else None


def _counts(found: Sequence[Row]) -> dict[State, int]:
    """Each row of a subject says how many there are."""
    states: tuple[State, ...] = ("open", "confirmed", "rejected")
    return {state: found[0][f"all_{state}"] if found else 0 for state in states}


def _sightings(found: Iterable[Row], faces: dict[str, list[KnownFace]]) -> tuple[Sighting, ...]:
    """Rows of one sighting follow one another: each is a copy of it."""
    return tuple(_sighting(list(copies), faces) for _, copies in groupby(found, key=itemgetter("face_id")))


def _sighting(copies: list[Row], faces: dict[str, list[KnownFace]]) -> Sighting:
    row = copies[0]
    others = tuple(face for face in faces.get(row["sha256"], ()) if face.face_id != row["face_id"])
    return _facts(
        Sighting,
        row,
        verdict=_verdict(row),
        box=_box(row),
        others=others,
        same=_copies(copies, "same"),
        near=_copies(copies, "near"),
    )


def _verdict(row: Row) -> VerdictFacts | None:
    if row["verdict"] is None:
        return None
    return _facts(
        VerdictFacts, row, said=row["verdict"], given_by=row["verdict_by"], reason=row["verdict_reason"],
        recorded_at=row["verdict_at"],
    )  # fmt: skip


def _copies(copies: list[Row], kind: str) -> Copies:
    found = [copy for copy in copies if copy["copy"] == kind]
    first = tuple(
        _facts(Copy, copy, sha256=copy["copy_sha256"], bits=copy["copy_bits"], post=_facts(PostFacts, copy))
        for copy in found
    )
    return Copies(first, found[0]["all_copies"] if found else 0)
