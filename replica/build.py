"""Build the replica site: `python -m replica.build --out .local/replica`.

Promised: the same seed gives the same bytes (for one set of library versions); a built folder is left alone; a
broken-off build is not taken for a whole one; two at once are one after the other, and a server that runs meanwhile
goes on serving. What changes the outcome belongs into this package: its files are part
of the stamp, so that a changed generator builds again.
"""

import argparse
import fcntl
import hashlib
import json
import time
from pathlib import Path

from replica import photos
from replica.world import TRUTH_FILE

STAMP, LOCK = "built.json", "lock"
VIDEOS = 10
# What only serves a world, or makes another one: a change there builds nothing again.
SERVING = (
    "answers.py", "cache.py", "changes.py", "connection.py", "corpus.py", "current_world.py", "delivery.py",
    "faults.py", "page_clutter.py", "page_parts.py", "server.py", "wire.py",
)  # fmt: skip


def build(out: Path, seed: int) -> bool:
    """Make the folder hold the replica of this seed. Returns False when it already did."""
    stamp = {"seed": seed, "generator": _generator()}
    if _stamped(out) == stamp:
        return False
    out.mkdir(parents=True, exist_ok=True)
    with (out / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _stamped(out) == stamp:
            return False
        (out / STAMP).unlink(missing_ok=True)
        photos.fetch(out / "photos")
        _make(out, seed)
        (out / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    return True


def _make(out: Path, seed: int) -> None:
    # Imported here: a build that has nothing to do should not wait for numpy and OpenCV.
    from replica import world as worlds
    from replica.broken_files import documents, odd_files
    from replica.chance import chance
    from replica.library import Library, write
    from replica.picture_shelf import Studio, make_shelf, scene
    from replica.picture_tools import jpeg, read
    from replica.placeholder_videos import make_videos
    from replica.recipes import Stock
    from replica.scenario import make_galleries, robots
    from replica.truth import truth

    library = Library(out)
    backgrounds = [read(out / "photos" / one.name) for one in photos.photos() if one.role == "scenery"]
    studio = Studio(seed, library, backgrounds)
    shelf = make_shelf(studio, out / "photos")
    whole = jpeg(scene(studio, chance(seed, "whole"), 640, 480), 85)
    stock = Stock(seed, shelf, make_videos(studio, shelf, VIDEOS), odd_files(library, whole), documents(library))
    galleries = make_galleries(stock)
    world = worlds.World(seed, library.files, galleries, robots(galleries))
    worlds.save(world, out)
    names = sorted({head.name for head in shelf.heads} | {who for one in shelf.strangers for who in one.who})
    facts = truth(world, ["photos/obama.jpg", "photos/obama2.jpg"], names)
    write(out / TRUTH_FILE, (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
    for old in (out / "files").iterdir():
        if old.name not in library.files:
            old.unlink()


def _generator() -> str:
    """A hash of everything in this package that a build depends on: all but what only serves it."""
    folder = Path(__file__).parent
    files = sorted([*folder.glob("*.py"), *folder.glob("*.toml")])
    parts = [path.read_bytes() for path in files if path.name not in SERVING and not path.name.startswith("gnuboard")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _stamped(out: Path) -> object:
    try:
        return json.loads((out / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def main(arguments: list[str] | None = None) -> None:
    """Build, and say in one line what is there."""
    parser = argparse.ArgumentParser(prog="python -m replica.build", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".local/replica"))
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    start = time.monotonic()
    try:
        built = build(options.out, options.seed)
    except photos.PhotoRefused as refused:
        raise SystemExit(f"replica: {refused}") from refused
    facts = json.loads((options.out / TRUTH_FILE).read_text(encoding="utf-8"))
    posts = sum(len(gallery["posts"]) for gallery in facts["galleries"].values())
    word = f"built in {time.monotonic() - start:.1f} s" if built else "already there"
    print(f"replica: {len(facts['galleries'])} galleries, {posts} posts, {word}: {options.out}")


if __name__ == "__main__":
    main()
