"""The built world: the same every time, small, and with everything in it."""

import hashlib
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from replica import build as build_module
from replica.build import build
from replica.scenario import COOKS, GALLERIES
from replica.world import load

SEED = 7


def _digests(root: Path) -> dict[str, str]:
    files = [path for path in root.rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(replica_root: Path, tmp_path: Path) -> None:
    shutil.copytree(replica_root / "photos", tmp_path / "again" / "photos")
    assert build(tmp_path / "again", SEED)
    assert _digests(tmp_path / "again") == _digests(replica_root)


def test_building_again_does_nothing(replica_root: Path) -> None:
    before = (replica_root / "truth.json").stat().st_mtime_ns
    assert not build(replica_root, SEED)
    assert (replica_root / "truth.json").stat().st_mtime_ns == before


def test_a_folder_can_be_served_while_it_is_built_again(replica_root: Path, tmp_path: Path) -> None:
    root = tmp_path / "again"
    shutil.copytree(replica_root, root)
    (root / "built.json").unlink()
    (root / "files" / "of_an_older_world.jpg").write_bytes(b"old")
    file = next(iter(load(root).files.values()))
    with (root / file.path).open("rb") as before:
        assert build(root, SEED)
        assert hashlib.sha256(before.read()).hexdigest() == file.sha256
    assert _digests(root) == _digests(replica_root)


def test_the_replica_is_small(replica_root: Path) -> None:
    assert sum(path.stat().st_size for path in replica_root.rglob("*") if path.is_file()) < 60_000_000


def test_there_are_two_galleries_of_each_kind_and_hundreds_of_posts(truth: dict[str, Any]) -> None:
    kinds = Counter(gallery["kind"] for gallery in truth["galleries"].values() if gallery["state"] == "open")
    assert all(kinds[kind] >= 2 for kind in ("major", "minor", "mini", "person"))
    assert sum(len(gallery["posts"]) for gallery in truth["galleries"].values()) > 300


def test_every_recipe_is_cooked_somewhere() -> None:
    used = {recipe for *_, counts in GALLERIES.values() for recipe in counts}
    assert used == set(COOKS)


def test_the_demo_gallery_is_short_enough_for_a_demo_and_longer_than_a_page(truth: dict[str, Any]) -> None:
    demo = truth["galleries"]["demo"]
    assert demo["kind"] == "minor" and demo["pages"] == 2
    assert 60 <= len(demo["posts"]) <= 100
    assert 5 <= len(truth["found_in"]["demo"]) <= 12


def test_the_subject_is_in_a_dozen_posts_and_crowds_of_strangers_around(truth: dict[str, Any]) -> None:
    assert 12 <= sum(map(len, truth["found_in"].values())) <= 20
    assert len(truth["found_in"]) >= 4
    seen = {who for gallery in truth["galleries"].values() for post in gallery["posts"].values() for who in post["who"]}
    assert seen == {*truth["strangers"], "subject"}
    demo = {who for post in truth["galleries"]["demo"]["posts"].values() for who in post["who"]}
    assert len(demo) > 30


def test_post_numbers_fall_and_are_unlike_one_another(replica_root: Path) -> None:
    for gallery in load(replica_root).galleries:
        numbers = [post.no for post in gallery.posts]
        assert numbers == sorted(set(numbers), reverse=True)
        assert [post.posted_at for post in gallery.posts] == sorted((p.posted_at for p in gallery.posts), reverse=True)


def test_the_same_bytes_stand_in_several_posts(truth: dict[str, Any]) -> None:
    posts = [post for gallery in truth["galleries"].values() for post in gallery["posts"].values()]
    uses = Counter(digest for post in posts for digest in {one["sha256"] for one in post["media"]} if digest)
    assert max(uses.values()) >= 3


def test_what_only_serves_a_world_is_named_by_files_that_there_are() -> None:
    assert [name for name in build_module.SERVING if not (Path(build_module.__file__).parent / name).is_file()] == []
