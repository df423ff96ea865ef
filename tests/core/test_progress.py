"""What is told of long work: how far it is, how fast, how long it may take; and not too often."""

import pytest

from include.core import progress
from include.download.download_progress import DownloadProgress
from include.faces.scan_progress import ScanProgress


def test_the_end_is_told_once_and_in_between_only_now_and_then() -> None:
    told: list[str] = []
    download = DownloadProgress(3, 3 * 1024, told.append)
    for _ in range(3):
        download.done(1024)
    assert len(told) == 1
    assert told[0].startswith("3 of 3 files, 3 KiB of 3 KiB, ") and told[0].endswith(" a second, 0 s left")


def test_a_scan_tells_what_it_has_seen_before_its_first_file_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    told: list[str] = []
    scan = ScanProgress(2, 10, told.append)
    scan.searched(2_000_000, 3)
    assert told[0].startswith("0 of 2 files, 1 frames, 3 faces: ")
    assert told[0].endswith(" megapixels a second, time left not known yet")
    scan.done(5)
    assert told[1].startswith("1 of 2 files") and told[1].endswith(" left")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (59, "59 s"), (59.7, "1 min 0 s"), (61, "1 min 1 s"), (119.7, "2 min 0 s"), (3600, "60 min 0 s")],
)
def test_a_length_of_time_is_told_as_a_person_says_it(seconds: float, words: str) -> None:
    assert progress._clock(seconds) == words
