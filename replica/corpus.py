"""A large, plain world to measure crawlers with: `python -m replica.corpus --out DIR --posts 200 --images 600`.

Promised: one minor gallery, every post published, every picture a good JPEG of its own, the same for the same seed and
numbers, served by the same server as the replica. truth.json holds counts and hashes. A folder that already holds this
corpus is left alone. Where there are more posts than pictures, posts share them; large corpora have smaller pictures.
"""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from replica import korean_words
from replica.chance import chance, noise, token
from replica.library import Library
from replica.list_page import last_page
from replica.picture_tools import Pixels
from replica.scenario import NEWEST
from replica.world import TRUTH_FILE, Block, Post, ReplicaGallery, World, save

KEY, NAME = "bench", "replica_bench"
LARGE, SMALL = (800, 600), (200, 150)
LARGE_UP_TO = 1000
QUALITY = 84


def build(out: Path, posts: int, images: int, seed: int = 7) -> bool:
    """Make the folder hold this corpus. Returns False when it already did."""
    wanted = {"seed": seed, "posts": posts, "images": images}
    if wanted.items() <= _truth(out).items():
        return False
    (out / TRUTH_FILE).unlink(missing_ok=True)
    library = Library(out)
    keys = [library.add(jpeg, "jpg") for jpeg in _pictures(seed, images, LARGE if images <= LARGE_UP_TO else SMALL)]
    gallery = ReplicaGallery(KEY, "minor", NAME, "측정 마이너 갤러리", posts=list(_posts(seed, posts, keys)))
    save(World(seed, library.files, [gallery], ["User-agent: *", "Allow: /", ""]), out)
    shown = [block.file for post in gallery.posts for block in post.blocks if block.file]
    facts = {
        **wanted,
        "list": gallery.list_path,
        "pages": last_page(posts, 50, 0),
        "shown": len(shown),
        "bytes": sum(file.size for file in library.files.values()),
        "sha256": sorted(file.sha256 for file in library.files.values()),
    }
    (out / TRUTH_FILE).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return True


def _truth(out: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((out / TRUTH_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts


def _posts(seed: int, count: int, keys: list[str]) -> Iterator[Post]:
    """The posts, newest first: together they show each picture, and each post at least one."""
    rng, each = chance(seed, "corpus"), max(count, len(keys))
    for number in range(count):
        mine = range(number * each // count, (number + 1) * each // count)
        yield Post(
            no=10 + count - number,
            title=korean_words.title(rng),
            nick=korean_words.nick(rng),
            uid="",
            ip="192.0",
            posted_at=(NEWEST - timedelta(minutes=7 * number)).strftime("%Y-%m-%d %H:%M:%S"),
            icon="pic",
            subject=rng.choice(korean_words.SUBJECTS),
            replies=f"[{rng.randint(1, 30)}]",
            blocks=[
                Block("text", text=korean_words.text(rng)),
                *[_shown(seed, one, keys[one % len(keys)], one == mine.start) for one in mine],
                Block("text", text=korean_words.text(rng)),
            ],
        )


def _shown(seed: int, number: int, key: str, first: bool) -> Block:
    return Block("image" if first else "lazy", key, token(seed, "corpus", number))


def _pictures(seed: int, count: int, size: tuple[int, int]) -> Iterator[bytes]:
    for number in range(count):
        quality = [int(cv2.IMWRITE_JPEG_QUALITY), QUALITY]
        yield cv2.imencode(".jpg", _picture(seed, number, *size), quality)[1].tobytes()


def _picture(seed: int, number: int, width: int, height: int) -> Pixels:
    """Gradients, shapes and grain: nobody, and no two alike."""
    rng, grain = chance(seed, "corpus picture", number), noise(seed, "corpus grain", number)
    corners = grain.integers(20, 235, (2, 2, 3)).astype(np.uint8)
    image = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)
    for _ in range(rng.randint(5, 12)):
        place = (rng.randrange(width), rng.randrange(height))
        axes = (rng.randint(width // 20, width // 4), rng.randint(height // 20, height // 4))
        colour = [rng.randrange(256) for _ in range(3)]
        cv2.ellipse(image, place, axes, rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)
    tile = grain.integers(0, 22, (height // 2, width // 2, 1), dtype=np.uint8)
    rough = cv2.resize(tile, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.add(image, cv2.merge([rough] * 3)), dtype=np.uint8)


def main(arguments: list[str] | None = None) -> None:
    """Build, and say in one line what is there."""
    parser = argparse.ArgumentParser(prog="python -m replica.corpus", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--images", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    start = time.monotonic()
    built = build(options.out, options.posts, options.images, options.seed)
    word = f"built in {time.monotonic() - start:.1f} s" if built else "already there"
    size = _truth(options.out)["bytes"] / 1e6
    print(f"corpus: {options.posts} posts, {options.images} pictures of {size:.0f} MB, {word}: {options.out}")


if __name__ == "__main__":
    main()
