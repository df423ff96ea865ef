"""The floors that pyproject.toml draws: lint sees an arrow upwards, one between siblings, and a circle of files."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house in which walls may be moved."""
    copy = tmp_path_factory.mktemp("house")
    for name in ("include", "replica"):
        shutil.copytree(REPO / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "sql"))
    shutil.copy(REPO / "pyproject.toml", copy)
    return copy


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_the_house_as_it_is_keeps_its_floors(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        (
            "include/lake/objects.py",
            "from include.warehouse import sql",
            "include.lake.objects -> include.warehouse.sql",
        ),
        ("include/download/names.py", "from include.faces import face", "include.download.names -> include.faces.face"),
        ("include/core/sizes.py", "import numpy", "include.core.sizes -> numpy"),
        ("include/matching/match.py", "import airflow", "include.matching.match -> airflow"),
        ("include/faces/nets/net.py", "from include.faces.nets import runtime", "No circle of files BROKEN"),
        ("include/newcomer/__init__.py", "", "include.newcomer"),
        ("include/media/judge.py", "from include.media import pictures", "decoded in the cage"),
        ("include/matching/enrol.py", "import PIL.Image", "include.matching.enrol -> PIL"),
    ],
    ids=[
        "upwards",
        "between siblings",
        "heavy below",
        "airflow",
        "a circle",
        "a room on no floor",
        "decoding by a detour",
        "decoding beside credentials",
    ],
)
def test_a_wall_that_is_broken_is_seen(house: Path, file: str, line: str, told: str) -> None:
    path = house / file
    before = path.read_text("utf-8") if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{line}\n", "utf-8")
    try:
        done = lint(house)
    finally:
        if before is None:
            shutil.rmtree(path.parent)
        else:
            path.write_text(before, "utf-8")
    assert done.returncode != 0
    assert told in " ".join(done.stdout.split())
