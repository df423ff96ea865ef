"""Photographs come as pinned, or not at all."""

import sys
import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from replica import photos


def test_every_photo_says_where_it_is_from_and_under_which_licence() -> None:
    known = {source.name for source in photos.sources()}
    for photo in photos.photos():
        assert photo.source in known and photo.licence and len(photo.sha256) == 64
        assert (photo.face is not None) == (photo.role != "scenery")


def test_a_changed_photo_is_refused_and_not_written(tmp_path: Path) -> None:
    photo = photos.photos()[0]
    with pytest.raises(photos.PhotoRefused, match="nothing was written"):
        photos.checked(b"another picture", photo)


def test_a_package_with_other_bytes_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "pip.py"
    archive = tmp_path / "face_recognition-1.3.0.tar.gz"
    wanted = next(source for source in photos.sources() if source.form == "sdist")
    names = [photo.name for photo in photos.photos() if photo.source == wanted.name]
    with tarfile.open(archive, "w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(wanted.folder + name)
            member.size = 5
            tar.addfile(member, BytesIO(b"wrong"))
    fake.write_text(f"import shutil, sys\nshutil.copy({str(archive)!r}, sys.argv[sys.argv.index('--dest') + 1])\n")
    monkeypatch.setenv("FACEWARDEN_PIP", f"{sys.executable} {fake}")
    with pytest.raises(photos.PhotoRefused, match="is not the pinned"):
        photos.fetch(tmp_path / "photos", say=lambda line: None)
    assert list((tmp_path / "photos").iterdir()) == []


def test_a_pip_that_fails_is_one_line_of_explanation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEWARDEN_PIP", f"{sys.executable} -c 'raise SystemExit(\"no route\")'")
    with pytest.raises(photos.PhotoRefused, match="no route"):
        photos.fetch(tmp_path / "photos", say=lambda line: None)


def test_fetching_again_asks_nobody(replica_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEWARDEN_PIP", "/nonexistent/pip")
    assert photos.fetch(replica_root / "photos") == 0


def test_a_photo_larger_than_allowed_is_never_unpacked(tmp_path: Path) -> None:
    source, photo = photos.sources()[0], replace(photos.photos()[0], size=photos.LARGEST + 1)
    with pytest.raises(photos.PhotoRefused, match="more than a photograph may have"):
        list(photos._members(tmp_path / "none.tar.gz", source, [photo]))
