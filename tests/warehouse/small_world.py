"""A small world with rows in every table, and what the questions of docs/sql.md answer there.

Two galleries; one subject, in a picture that two posts show, in a near-duplicate that an older engine saw in a third
post, and in a video; somebody who withdrew their consent.
"""

import datetime
from typing import Any

from include.core.seoul_time import KST

Row = dict[str, Any]
HOUR = datetime.timedelta(hours=1)
DAY = 24 * HOUR
HASH = "60bb9c4189bcc2c1cb23c0b9a3ea3418bf0bceb36cd9591ee3e42e36fc9889e5"
NEAR_HASH = f"{int(HASH, 16) ^ 0b111:064x}"
IN_G, IN_H = {"platform": "p", "gallery": "g"}, {"platform": "p", "gallery": "h"}
OF_ENGINE = {"engine": "e"}


def yesterday(now: datetime.datetime) -> datetime.datetime:
    """Noon, in Seoul."""
    return now.astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0) - 12 * HOUR


def next_month(now: datetime.datetime) -> datetime.datetime:
    """Its first moment, in Seoul."""
    first = now.astimezone(KST).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + 32 * DAY).replace(day=1)


def world(now: datetime.datetime) -> dict[str, list[Row]]:
    """Rows by table; the rest of their columns does not matter."""
    return _published(now) | _found(now) | _searched(now)


def _published(now: datetime.datetime) -> dict[str, list[Row]]:
    noon = yesterday(now)
    post = {"status": "published", "seen_at": now}
    stored = {"kind": "image", "file_path": "gs://b/o", "size": 1 << 20, "fetched_at": noon}
    hashed = {"phash": HASH, "phash_quality": 90}
    return {
        "post": [
            {**IN_G, **post, "post_no": 1, "post_url": "u/1", "title": "one", "posted_at": now - 50 * HOUR},
            {**IN_G, **post, "post_no": 2, "post_url": "u/2", "status": "deleted"},
            {**IN_H, **post, "post_no": 1, "post_url": "u/3", "title": "two", "posted_at": now - 40 * HOUR},
            {
                **IN_G,
                **post,
                "post_no": 4,
                "post_url": "u/4",
                "status": "incomplete",
                "seen_at": noon,
                "posted_at": now - 47 * HOUR,
            },
        ],
        "post_outcome": [
            {**IN_G, "post_no": 1, "status": "published", "seen_at": noon, "run_key": "r1"},
            {**IN_G, "post_no": 2, "status": "published", "seen_at": noon - DAY, "run_key": "r0"},
            {**IN_G, "post_no": 2, "status": "deleted", "seen_at": noon, "run_key": "r1"},
            {**IN_G, "post_no": 2, "status": "deleted", "seen_at": now, "run_key": "r2"},
            {**IN_G, "post_no": 4, "status": "incomplete", "seen_at": noon, "run_key": "r1", "reason": "HTTP 503"},
            {**IN_H, "post_no": 1, "status": "published", "seen_at": noon - DAY, "run_key": "r0"},
        ],
        "media": [
            {**IN_G, **stored, **hashed, "media_id": "1", "sha256": "SHA256", "post_url": "u/1"},
            {
                **IN_H,
                **stored,
                **hashed,
                "media_id": "2",
                "sha256": "SHA256",
                "post_url": "u/3",
                "fetched_at": noon - DAY,
            },
            {
                **IN_G,
                **stored,
                **hashed,
                "media_id": "3",
                "sha256": "near",
                "post_url": "u/4",
                "post_no": 4,
                "phash": NEAR_HASH,
            },
            {**IN_G, **stored, "media_id": "4", "sha256": "film", "post_url": "u/2", "post_no": 2, "kind": "video"},
            {**IN_G, "media_id": "5", "kind": "image", "post_no": 4, "rejected": "HTTP 503", "fetched_at": noon},
            {**IN_H, **stored, "media_id": "6", "sha256": "new", "fetched_at": now},
        ],
        "gallery": [
            {**IN_G, "status": "open", "seen_at": now - 20 * HOUR},
            {**IN_H, "status": "open", "seen_at": now - 44 * HOUR, "covered_from": noon, "covered_to": noon},
        ],
        "crawl_count": [{}],
    }


def _found(now: datetime.datetime) -> dict[str, list[Row]]:
    scan = {**OF_ENGINE, "outcome": "faces", "faces": 2, "scanned_at": now - HOUR}
    film = {"sha256": "film", "duration_ms": 9500, "frames": 10, "tracks": 2}
    face = {**OF_ENGINE, "detected_at": now - HOUR, "at_ms": 0, "sha256": "SHA256", "size": 60.0}
    in_film = {**face, "sha256": "film", "at_ms": 2000, "track": 1}
    return {
        "scan": [
            {**scan, "sha256": "SHA256"},
            {**scan, "sha256": "near", "outcome": "no_face", "faces": 0},
            {**scan, **film},
        ],
        "face": [
            {**face, "face_id": "FACE_ID", "embedding": [0.6, 0.8], "size": 80.0},
            {**face, "face_id": "bystander", "embedding": [0.8, 0.6]},
            {**in_film, "face_id": "OTHER_FACE_ID", "embedding": [1.0, 0.0]},
            {**in_film, "face_id": "small", "reason": "too small: 9 pixels, 20 are needed", "size": 9.0},
        ],
    }


def _searched(now: datetime.datetime) -> dict[str, list[Row]]:
    person = {"subject_id": "SUBJECT_ID"}
    picture = {**person, "face_id": "FACE_ID", "sha256": "SHA256"}
    film = {**person, "face_id": "OTHER_FACE_ID", "sha256": "film", "track": 1}
    copy = {**person, "face_id": "of the copy", "sha256": "near", "engine": "older"}
    old = {**person, "face_id": "expired", "sha256": "of no post"}
    other = {"subject_id": "withdrawn", "face_id": "bystander", "sha256": "SHA256"}
    sure = {"band": "likely", "expected_false_matches": 0.01}
    unsure = {"band": "possible", "expected_false_matches": 2.0}
    until = {"valid_until": next_month(now)}
    tail = [{"rate": 0.01, "spreads": 2.5, "pairs": 50.0}, {"rate": 0.001, "spreads": 5.0, "pairs": 0.0}]
    measured = {
        **OF_ENGINE,
        "cohort": 0,
        "mean": 0.0,
        "spread": 0.16,
        "people": 90.0,
        "tail": tail,
        "centre": [0.2, 0.4],
    }
    return {
        "subject": [{"subject_id": name, "label": name} for name in ("SUBJECT_ID", "withdrawn")],
        "consent": [
            {"consent_id": "1", "subject_id": "SUBJECT_ID", "event": "given", **until},
            {"consent_id": "2", "subject_id": "withdrawn", "event": "withdrawn", **until},
        ],
        "reference": [{**OF_ENGINE, **person, "reference_id": "1", "embedding": [0.6, 0.8]}],
        "population": [
            {**measured, "run_key": "r1", "measured_at": now - DAY, "cohort": 7},
            {**measured, "run_key": "r2", "measured_at": now, "faces": 2},
        ],
        "search": [
            {**OF_ENGINE, **person, "run_key": "r1", "searched_at": now - 10 * DAY, "faces": 10},
            {**OF_ENGINE, **person, "run_key": "r2", "searched_at": now, "faces": 30, "accepted": 2},
            {**OF_ENGINE, "subject_id": "withdrawn", "run_key": "r1", "searched_at": now - 2 * HOUR, "faces": 10},
        ],
        "match": [
            {**OF_ENGINE, **picture, **sure, "distance": 0.3, "matched_at": now},
            {**OF_ENGINE, **film, **unsure, "distance": 0.9, "matched_at": now},
            {**copy, **sure, "distance": 0.4, "matched_at": now - 8 * DAY},
            {**OF_ENGINE, **old, **unsure, "distance": 0.95, "matched_at": now - 8 * DAY},
            {**OF_ENGINE, **other, **unsure, "distance": 0.8, "matched_at": now},
        ],
        "verdict": [
            {**picture, "verdict_id": "1", "verdict": "rejected", "recorded_at": now - 46 * HOUR},
            {
                **picture,
                "verdict_id": "2",
                "verdict": "confirmed",
                "recorded_at": now - 45 * HOUR,
                "phash": HASH,
                "phash_quality": 90,
            },
            {**film, "verdict_id": "3", "verdict": "unsure", "recorded_at": now - HOUR},
        ],
        "calibration": _calibrated(now),
    }


def _calibrated(now: datetime.datetime) -> list[Row]:
    """Two calibrations; in the newer one a group whose strangers pass four times as often."""
    row = {**OF_ENGINE, "run_key": "c2", "measured_at": now, "way": "centred", "people": 40}
    rate = {**row, "group_name": "all", "measure": "rate", "false_match_rate": 0.01, "step": 1}
    found = {"threshold": 1.1, "hit_rate": 0.9, "hit_rate_low": 0.85, "hit_rate_high": 0.95, "false_hit_rate": 0.01}
    rare = {"false_match_rate": 1e-6, "step": 2, "reason": "too few pairs of strangers to tell one in 1000000"}
    return [
        {**rate, **found},
        {**rate, **rare},
        {**rate, **found, "reference_count": 3, "hit_rate": 0.97},
        {**rate, **found, "way": "plain"},
        {**rate, **found, "group_name": "a"},
        {**rate, **found, "group_name": "a", "measure": "within", "false_hit_rate": 0.04, "people": 9},
        {**rate, **found, "group_name": "a", "measure": "across", "false_hit_rate": 0.02, "people": 9},
        {**row, **found, "group_name": "all", "measure": "sweep", "way": "plain"},
        {**rate, **found, "run_key": "c1", "measured_at": now - DAY},
    ]


Answer = tuple[str, list[tuple[Any, ...]]]


def answers(now: datetime.datetime) -> dict[int, Answer]:
    """By the question's number: in these columns, these rows."""
    noon = yesterday(now)
    today = now.astimezone(KST).date()
    last_day = (next_month(now) - HOUR).date()
    return {
        1: ("gallery posts posts_published posts_waiting images videos rejected mebibytes", [
            ("g", 3, 1, 1, 2, 1, 1, 3.0)
        ]),
        2: ("gallery post_no last_there_at found_gone_at", [("g", 2, noon - DAY, noon)]),
        3: ("sha256 posts galleries file_path", [("SHA256", 2, 2, "gs://b/o")]),
        4: ("sha256 bits copies post_url", [("SHA256", 0, 2, "u/1"), ("near", 3, 1, "u/4")]),
        5: ("what reason times galleries example", [
            ("media", "HTTP N", 1, 1, "HTTP 503"),
            ("post", "deleted", 1, 1, "deleted"),
            ("post", "incomplete: HTTP N", 1, 1, "incomplete: HTTP 503"),
        ]),
        6: ("gallery hours_ago covered_to posts posts_waiting", [("h", 44, noon, 1, 0), ("g", 20, None, 3, 1)]),
        7: ("gallery pictures with_faces percent", [("g", 2, 1, 50.0), ("h", 1, 1, 100.0)]),
        8: ("sha256 seconds_long frames tracks faces", [("film", 9.5, 10, 2, 2)]),
        9: ("engine faces usable too_small too_blurred median_pixels", [("e", 4, 3, 1, 0, 60.0)]),
        10: ("stage engine hours_ago waiting", [("crawl", None, 20, 1), ("match", "e", 0, 0), ("scan", "e", 1, 1)]),
        12: ("face_id dimensions norm first_number largest", [
            ("FACE_ID", 2, 1.0, 0.6, 0.8), ("OTHER_FACE_ID", 2, 1.0, 1.0, 1.0), ("bystander", 2, 1.0, 0.8, 0.8)
        ]),
        13: ("engine dimensions norm centre", [("e", 2, 0.926, [0.8, 0.467])]),
        14: ("face_id sha256 at_ms cohort distance rate expected_false_matches", [
            ("bystander", "SHA256", 0, 0, 0.46, 0.001, 0.002), ("OTHER_FACE_ID", "film", 2000, 0, 1.169, 1.0, 3.0)
        ]),
        15: ("distance pixels other_pixels", [(0.894, 80.0, 60.0)]),
        16: ("rank state band distance sightings still_open post_url title", [
            (1, "confirmed", "likely", 0.3, 1, 0, "u/1", "one"), (2, "confirmed", "likely", 0.3, 1, 0, "u/3", "two"),
            (3, "confirmed", "likely", 0.4, 1, 0, "u/4", None), (4, "open", "possible", 0.9, 1, 1, "u/2", None),
        ]),
        17: ("post_url at_ms state band distance carried_from", [
            ("u/1", 0, "confirmed", "likely", 0.3, None), ("u/3", 0, "confirmed", "likely", 0.3, None),
            ("u/4", None, "confirmed", "likely", 0.4, "SHA256"), ("u/2", 2000, "open", "possible", 0.9, None),
            (None, None, "open", "possible", 0.95, None),
        ]),
        18: ("subject_id face_id band verdict", [
            ("SUBJECT_ID", "OTHER_FACE_ID", "possible", "unsure"), ("SUBJECT_ID", "expired", "possible", None)
        ]),
        19: ("subject_id state gallery post_url", [
            ("SUBJECT_ID", "confirmed", "g", "u/1"), ("SUBJECT_ID", "confirmed", "h", "u/3"),
            ("SUBJECT_ID", "open", "g", "u/2"),
        ]),
        20: ("subject_id last_day", [("SUBJECT_ID", last_day)]),
        21: ("engine others pictures", [("e", 0, 1), ("e", 1, 1), ("older", 0, 1)]),
        22: ("subject_id post_url hours_to_confirm hours_open", [
            ("SUBJECT_ID", "u/1", 5, 45), ("SUBJECT_ID", "u/4", 2, 45), ("SUBJECT_ID", "u/3", 0, 40)
        ]),
        23: ("subject_id searched_at faces accepted", [("SUBJECT_ID", now, 30, 2)]),
        24: ("cohort people rate pairs distance", [(0, 90.0, 0.01, 50.0, 1.095), (0, 90.0, 0.001, 0.0, 0.632)]),
        25: ("engine cohort people faces_then faces between_two measured_on", [("e", 0, 90.0, 2, 3, 0, today)]),
        26: ("group_name reference_count false_match_rate threshold percent_found false_hit_rate people", [
            ("a", 1, 0.01, 1.1, 90.0, 0.04, 9), ("all", 1, 0.01, 1.1, 90.0, 0.01, 40),
            ("all", 1, 0.0, None, None, None, 40), ("all", 3, 0.01, 1.1, 97.0, 0.01, 40),
        ]),
        27: ("subject_id day faces accepted", [
            ("SUBJECT_ID", (today - 10 * DAY), 10, 1), ("SUBJECT_ID", today, 30, 2)
        ]),
        28: ("band judged confirmed rejected copies percent_confirmed", [
            ("likely", 1, 1, 0, 1, 100.0), ("possible", 1, 0, 0, 0, None)
        ]),
    }  # fmt: skip
