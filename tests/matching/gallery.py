"""Rows of pictures, sightings and verdicts, written down as they would have been found, and loaded at once."""

import io
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import bigquery
from google.cloud.bigquery.format_options import ParquetOptions

from include.warehouse.schemas import load_specs
from include.warehouse.shards import parquet

Row = dict[str, Any]
NOW = datetime.now(UTC).replace(microsecond=0)
SIZE = (1000, 500)


def hash_of(name: str, differing: int = 0) -> str:
    """A perceptual hash made from a name; or one that differs from it in so many bits, spread over all of it."""
    places = sum(1 << (bit * 5 % 256) for bit in range(differing))
    return f"{random.Random(name).getrandbits(256) ^ places:064x}"


class Gallery:
    """Collects rows by table; `load` puts them into the warehouse as they are."""

    def __init__(self, subject: str = "anna", prefix: str = "") -> None:
        self.subject, self.prefix = subject, prefix
        self.tables: dict[str, list[Row]] = defaultdict(list)

    def part(self, name: str) -> "Gallery":
        """Rows of another subject, whose files and faces have names of their own, in the same tables."""
        other = Gallery(name, f"{name}-")
        other.tables = self.tables
        return other

    def enrolled(self, valid: timedelta = timedelta(days=9)) -> None:
        who = {"subject_id": self.subject}
        self.tables["subject"].append({**who, "label": f"case of {self.subject}", "created_at": NOW})
        consent = {"consent_id": f"c-{self.subject}", "event": "given", "given_by": "herself", "basis": "form 1"}
        self.tables["consent"].append({**who, **consent, "valid_until": NOW + valid, "recorded_at": NOW})

    def file(
        self, name: str, looks: str | None = None, bits: int = 0, quality: int = 90, posts: tuple[int, ...] = (1,),
        engines: tuple[str, ...] = ("e",), size: tuple[int, int] = SIZE, **more: Any,
    ) -> None:  # fmt: skip
        """A file in some posts, scanned by some engines; it looks like the hash of a name, but for some bits."""
        sha256 = self.prefix + name
        stored = {"sha256": sha256, "file_path": f"gs://none/{sha256}", "file_name": f"{name}.png", "fetched_at": NOW}
        hashed = {"phash": hash_of(self.prefix + (looks or name), bits), "phash_quality": quality}
        for number in posts:
            ids = {"media_id": f"{self.prefix}{number}/{name}", "kind": "image", "ordinal": 1}
            self.tables["media"].append({**self._where(number), **ids, **stored, **hashed, **more})
        for age, engine in enumerate(engines):
            self.tables["scan"].append({
                "sha256": sha256, "engine": engine, "outcome": "faces", "faces": 1, "width": size[0], "height": size[1],
                "scanned_at": NOW + timedelta(hours=age),
            })  # fmt: skip

    def post(self, number: int, **more: Any) -> None:
        self.tables["post"].append({**self._where(number), "status": "published", "seen_at": NOW, **more})

    def seen(
        self, name: str, file: str, at: tuple[float, float] = (0.5, 0.5), width: float = 0.1, engine: str = "e",
        track: int | None = None, expired: bool = False, size: tuple[int, int] = SIZE, **more: Any,
    ) -> None:  # fmt: skip
        """A face of the subject's, by its middle and width as shares of the picture, and its match."""
        shared = {"face_id": self.prefix + name, "sha256": self.prefix + file, "engine": engine, "track": track}
        side = width * size[0]
        box = {"x": at[0] * size[0] - side / 2, "y": at[1] * size[1] - side / 2, "width": side, "height": side}
        if not expired:
            self.tables["face"].append({**shared, "at_ms": 0, "box": box, "detected_at": NOW, "embedding": [0.5]})
        self.tables["match"].append({
            **shared, "subject_id": self.subject, "distance": 0.5, "band": "likely", "threshold": 0.7, "faces": 1,
            "false_match_rate": 1e-4, "expected_false_matches": 0.5, "matched_at": NOW, **more,
        })  # fmt: skip

    def said(self, verdict: str, face: str | None = None, file: str | None = None, hour: int = 0, **more: Any) -> None:
        """What a person said of a face, or of a whole file, at an hour; as recording writes it down."""
        self.tables["verdict"].append({
            "subject_id": self.subject, "verdict_id": f"v{len(self.tables['verdict'])}", "verdict": verdict,
            "given_by": "a counsellor", "reason": "looked", "recorded_at": NOW + timedelta(hours=hour),
            **(self._content_of(self.prefix + face) if face else self._content(self.prefix + str(file))), **more,
        })  # fmt: skip

    def load(self, bq: bigquery.Client) -> None:
        for table, rows in self.tables.items():
            load(bq, table, rows)

    def _where(self, number: int) -> Row:
        address = f"https://p/{self.prefix}{number}"
        return {"platform": "p", "gallery": self.subject, "post_no": number, "post_url": address}

    def _content_of(self, face_id: str) -> Row:
        match = next(row for row in self.tables["match"] if row["face_id"] == face_id)
        place = {"place": self._place(face_id), "track": match["track"]}
        return {"face_id": face_id, **place, **self._content(match["sha256"])}

    def _content(self, sha256: str) -> Row:
        media = next(row for row in self.tables["media"] if row["sha256"] == sha256)
        return {"sha256": sha256, "phash": media["phash"], "phash_quality": media["phash_quality"]}

    def _place(self, face_id: str) -> Row | None:
        face = next((row for row in self.tables["face"] if row["face_id"] == face_id), None)
        scan = face and next((row for row in self.tables["scan"] if row["sha256"] == face["sha256"]), None)
        if not face or not scan:
            return None
        box, across, down = face["box"], scan["width"], scan["height"]
        middle = ((box["x"] + box["width"] / 2) / across, (box["y"] + box["height"] / 2) / down)
        return {"x": middle[0], "y": middle[1], "width": box["width"] / across}


def load(bq: bigquery.Client, table: str, rows: list[Row]) -> None:
    """Appends rows to a table as they are, without a merge."""
    spec, options = load_specs()[table], ParquetOptions()
    options.enable_list_inference = True
    config = bigquery.LoadJobConfig(source_format="PARQUET", parquet_options=options, write_disposition="WRITE_APPEND")
    bq.load_table_from_file(io.BytesIO(parquet(spec, rows)), spec.address, job_config=config).result()
