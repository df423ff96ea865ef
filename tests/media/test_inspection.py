"""Looking at pictures before they are kept: a good one has its hash, and what is not good is rejected."""

import io
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from include.media import fingerprint
from include.media.file_types import FileType, sniff
from include.media.inspection import Fingerprint, Rejected, inspect
from include.media.inspector import DecoderLost, Inspector
from tests.media.bombs import BOMBS
from tests.media.conftest import Facts, Painting, Pixels

FORMATS = ["JPEG", "progressive JPEG", "PNG", "GIF", "WEBP", "lossless WEBP", "AVIF", "BMP"]
ANIMATED = ["GIF", "WEBP", "PNG", "AVIF"]
LOOKS_THE_SAME = 31


def distance(a: Fingerprint, b: Fingerprint) -> int:
    assert a.phash
    assert b.phash
    return (int(a.phash, 16) ^ int(b.phash, 16)).bit_count()


def large(picture: NDArray[np.uint8], *size: int) -> Pillow.Image:
    return Pillow.fromarray(picture).resize(size)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_has_the_same_hash_in_every_format(good: dict[str, bytes], kind: str, facts: Facts) -> None:
    assert distance(facts(good[kind]), facts(good["BMP"])) <= LOOKS_THE_SAME
    assert facts(good[kind]).phash_quality == pytest.approx(facts(good["BMP"]).phash_quality, abs=10)


@pytest.mark.parametrize("kind", ANIMATED)
def test_of_an_animation_the_first_frame_is_hashed(
    good: dict[str, bytes],
    painting: Painting,
    saved: Callable[..., bytes],
    kind: str,
    facts: Facts,
    edged: Callable[..., Pixels],
) -> None:
    first, second = (facts(saved(edged(painting(seed, 60, 80)), "PNG")) for seed in (0, 1))
    found = facts(good[f"animated {kind}"])
    assert distance(found, first) <= LOOKS_THE_SAME < distance(found, second)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_hashed_as_it_is_shown(
    painting: Painting, saved: Callable[..., bytes], orientation: int, facts: Facts
) -> None:
    """Whoever saves it turned, without EXIF, has the same picture."""
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    file = saved(large(painting(1, 300, 500), 2000, 1200), "JPEG", exif=exif, quality=95)
    upright = Pillow.open(io.BytesIO(file))
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    shown = upright if orientation == 1 else upright.transpose(Pillow.Transpose(turns[orientation]))
    assert distance(facts(file), facts(saved(shown.convert("RGB"), "PNG"))) <= 4


def test_a_large_picture_is_decoded_small_and_hashed_as_the_whole(
    painting: Painting, saved: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch, facts_here: Facts
) -> None:
    data = saved(large(painting(2, 300, 425), 1700, 1200), "JPEG")
    drafted = facts_here(data)
    monkeypatch.setattr(Pillow.Image, "draft", lambda *_: None)
    monkeypatch.setattr(fingerprint, "shrinking", lambda _: 1)
    assert distance(drafted, facts_here(data)) <= 4


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_hashed_on_white(
    painting: Painting, edged: Callable[..., Pixels], saved: Callable[..., bytes], facts: Facts, mode: str
) -> None:
    picture = Pillow.fromarray(edged(painting(1, 100, 100))).convert("L").convert("RGBA")
    picture.paste((0, 0, 0, 0), (20, 30, 70, 80))
    white, black = (
        facts(saved(Pillow.alpha_composite(Pillow.new("RGBA", (100, 100), on), picture).convert("RGB"), "PNG"))
        for on in ("white", "black")
    )
    found = facts(saved(picture.quantize(256) if mode == "P" else picture.convert(mode), "PNG"))
    assert distance(found, white) <= 10 < distance(found, black)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_has_a_hash(painting: Painting, saved: Callable[..., bytes], mode: str, facts: Facts) -> None:
    grey = painting(1, 1100, 1100)[..., 0]
    picture = Pillow.fromarray(grey.astype(np.uint16) * 200) if mode == "I;16" else Pillow.fromarray(grey).convert(mode)
    assert facts(saved(picture, "PNG")).phash_quality


def test_what_cannot_be_opened_here_is_kept_unhashed(facts: Facts) -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x10meta" + bytes(8)
    assert facts(heic) == Fingerprint()
    assert facts(b"\x1a\x45\xdf\xa3" + bytes(99)) == Fingerprint()


@pytest.mark.parametrize("exif", [b"MM\0*\0\0\0\x08\xff\xff\x01\x12", b"nothing of the kind"])
def test_an_unreadable_exif_does_not_cost_the_picture(
    painting: Painting, saved: Callable[..., bytes], facts: Facts, exif: Any
) -> None:
    assert facts(saved(painting(1, 100, 100), "JPEG", exif=b"Exif\0\0" + exif)).phash


@pytest.mark.parametrize("kind", [*FORMATS, *(f"animated {kind}" for kind in ANIMATED), "turned JPEG", "MP4"])
@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.95])
def test_a_file_that_was_cut_off_is_rejected(good: dict[str, bytes], kind: str, part: str, facts: Facts) -> None:
    data = good[kind]
    with pytest.raises(Rejected, match=r"truncated|broken|known kind"):
        facts(data[: max(64, int(len(data) * part))])


def test_a_large_jpeg_that_was_cut_off_is_noticed_although_it_is_decoded_small(
    painting: Painting, saved: Callable[..., bytes], facts: Facts
) -> None:
    data = saved(large(painting(1, 240, 320), 3200, 2400), "JPEG")
    with pytest.raises(Rejected, match="truncated"):
        facts(data[: int(len(data) * 0.97)])


def test_a_heic_that_was_cut_off_is_rejected(facts: Facts) -> None:
    with pytest.raises(Rejected, match="truncated picture"):
        facts(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\x10\0meta" + bytes(8))


@pytest.mark.parametrize("side", [9_000, 15_000])
def test_a_bomb_is_rejected_before_it_goes_off(saved: Callable[..., bytes], side: Any, facts: Facts) -> None:
    bomb = saved(Pillow.new("1", (side, side)), "PNG")
    before = time.process_time()
    with pytest.raises(Rejected, match="too many pixels"):
        facts(bomb)
    assert time.process_time() - before < 1


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_that_would_never_end_is_rejected(
    painting: Painting, saved: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch, kind: str, facts_here: Facts
) -> None:
    frames = [Pillow.fromarray(painting(seed, 40, 50)) for seed in range(30)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=20)
    assert facts_here(data).phash
    monkeypatch.setattr(fingerprint, "MAX_FRAME_PIXELS", 29 * 40 * 50)
    with pytest.raises(Rejected, match="too many pixels: 50 x 40 in 30 frames"):
        facts_here(data)


def test_a_jpeg_that_is_gone_over_again_and_again_is_rejected(saved: Callable[..., bytes], facts: Facts) -> None:
    data = saved(Pillow.new("L", (8000, 8000), 128), "JPEG", progressive=True)
    last = data.rfind(b"\xff\xda")
    before = time.process_time()
    with pytest.raises(Rejected, match="too many pixels"):
        facts(data[:-2] + data[last:-2] * 5000 + data[-2:])
    assert time.process_time() - before < 1


def test_a_file_larger_than_any_picture_is_not_opened() -> None:
    with pytest.raises(Rejected, match="too many bytes"):
        inspect(io.BytesIO(b"\xff\xd8\xff"), 1 << 30, FileType("image/jpeg", "jpg"))


@pytest.mark.parametrize("what", BOMBS)
def test_what_claims_to_be_enormous_is_rejected_and_nothing_dies_of_it(
    inspector: Inspector, good: dict[str, bytes], facts: Facts, what: str
) -> None:
    facts(good["PNG"])
    before = [one.pid for one in inspector.cages]
    with pytest.raises(Rejected, match=r"too many pixels|too long a side|broken picture|known kind"):
        facts(BOMBS[what]())
    assert [one.pid for one in inspector.cages] == before


def test_a_long_capture_is_no_bomb(saved: Callable[..., bytes], facts: Facts) -> None:
    assert facts(saved(Pillow.new("L", (700, 60_000)), "JPEG")).phash


def kill_at_work(inspector: Inspector, fault: signal.Signals, times: int) -> threading.Thread:
    """Kills the process that is looking at a file, once it is at it, so many times."""

    def kill() -> None:
        killed: set[int] = set()
        while len(killed) < times:
            for one in inspector.cages:
                process = one._process
                if process and process.pid not in killed and process.processor_seconds() > 0.5:
                    os.kill(process.pid, fault)
                    killed.add(process.pid)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("fault", "times", "error", "words"),
    [
        (signal.SIGSEGV, 2, Rejected, "its decoder crashed"),
        (signal.SIGABRT, 2, Rejected, "its decoder crashed"),
        (signal.SIGKILL, 1, DecoderLost, "ended from outside"),
        (signal.SIGTERM, 1, DecoderLost, "ended from outside"),
    ],
)
def test_who_ends_a_process_twice_is_rejected_and_what_was_killed_from_outside_is_not(
    good: dict[str, bytes], fault: signal.Signals, times: int, error: type[Exception], words: str
) -> None:
    with Inspector() as inspector:
        for one in inspector.cages:
            one._purpose = "tests.media.liar"
        thread = kill_at_work(inspector, fault, times)
        with pytest.raises(error, match=words):
            inspector.inspect(io.BytesIO(b'["much work"]'), 13, FileType("image/png", "png"))
        thread.join()
        for one in inspector.cages:
            one._purpose = "include.media.inspection"
        data = good["PNG"]
        assert inspector.inspect(io.BytesIO(data), len(data), FileType("image/png", "png")).phash


def test_many_threads_look_at_files_at_once_and_each_is_told_of_its_own(
    good: dict[str, bytes], facts_here: Facts
) -> None:
    kinds = [*FORMATS, *(f"animated {kind}" for kind in ANIMATED)] * 4
    with Inspector() as inspector, ThreadPoolExecutor(8) as threads:

        def look(kind: str) -> Fingerprint:
            data = good[kind]
            file_type = sniff(data[:64])
            assert file_type
            return inspector.inspect(io.BytesIO(data), len(data), file_type)

        found = list(threads.map(look, kinds))
    assert found == [facts_here(good[kind]) for kind in kinds]


def test_a_large_file_on_the_disk_is_lent_and_stays_where_it_is(painting: Painting, inspector: Inspector) -> None:
    """It is read by a descriptor of its own: whoever stores it afterwards finds it at its start, and unchanged."""
    with tempfile.TemporaryFile() as file:
        large(painting(1, 300, 400), 2400, 2000).save(file, "BMP")
        size = file.tell()
        assert size > 4 << 20
        assert inspector.inspect(file, size, FileType("image/bmp", "bmp")).phash


def test_what_ends_the_memory_ends_the_process_too(
    good: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, facts_here: Facts
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(fingerprint, "pdq", exhausted)
    with pytest.raises(MemoryError):
        facts_here(good["PNG"])
