"""What the two images are made of, by their COPY lines and .dockerignore. No Docker is needed to know that."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
IGNORED = (REPO / ".dockerignore").read_text().split("\n")
SOURCES = {".py", ".toml", ".sql", ".json", ".j2", ".txt", ".airflowignore", ".gitkeep"}


def copied(stage: str) -> set[Path]:
    """The files of the repository that an image of this stage holds."""
    (text,) = [
        part for part in re.split(r"^FROM ", (REPO / "Dockerfile").read_text(), flags=re.M) if f" AS {stage}\n" in part
    ]
    sources = re.findall(r"^COPY (\S+) \S+$", text, re.M)
    assert len(sources) == text.count("COPY "), "a COPY line that this test does not understand"
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=REPO, capture_output=True, text=True)
    files = [Path(line) for line in tracked.stdout.splitlines() if (REPO / line).is_file()]
    return {file for file in files for source in sources if file.is_relative_to(source)}


@pytest.fixture(scope="module")
def airflow() -> set[Path]:
    return copied("airflow")


def test_what_is_sent_to_a_build_is_named_and_nothing_else() -> None:
    assert IGNORED[1] == "*", "all is left out but for what is named"
    named = {line.removeprefix("!") for line in IGNORED if line.startswith("!")}
    assert named == {
        "requirements.txt", "requirements-emulators.txt", "requirements-node.txt", "bq_schemas", "dags", "include",
        "plugins",
    }  # fmt: skip


def test_the_image_of_airflow_holds_the_dags_and_their_library_and_no_replica_and_no_test(airflow: set[Path]) -> None:
    rooms = {file.parts[0] for file in airflow}
    assert rooms == {"requirements.txt", "requirements-node.txt", "include", "bq_schemas", "plugins", "dags"}
    words = ("replica", "demo", "test", "bench", "fixture")
    assert [file for file in airflow for part in file.parts if any(word in part for word in words)] == []


def test_the_image_of_the_emulators_holds_their_pins_and_nothing_of_ours() -> None:
    assert copied("emulators") == {Path("requirements-emulators.txt")}


def test_what_the_image_holds_is_text_of_ours(airflow: set[Path]) -> None:
    assert {file.suffix or file.name for file in airflow} <= SOURCES


def test_every_module_of_the_image_can_be_read_without_the_rest_of_the_repository(
    airflow: set[Path], tmp_path: Path
) -> None:
    for file in airflow:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPO / file, tmp_path / file)
    # Those that load TensorFlow or dlib are read when their engine is chosen, and tried by tests/faces.
    code = """
import importlib, pathlib, sys
heavy = ("facenet_keras", "mtcnn_tensorflow", "dlib_hog", "dlib_resnet", "__main__")
for path in sorted(pathlib.Path("include").rglob("*.py")):
    if path.stem not in heavy:
        importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
print([name for name in sys.modules if name.split(".")[0] in ("airflow", "replica", "tests", "tools", "tensorflow")])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
