"""The compiled requirements follow from the direct pins."""

import ast
import re
import sys
from itertools import pairwise

import pytest

from tools import pins


@pytest.mark.parametrize("file", pins.FILES, ids=lambda file: str(file.name))
def test_every_direct_pin_is_exact_and_compiled_with_hashes(file: pins.Compiled) -> None:
    assert pins.out_of_step(file.source.read_text(), file.target.read_text()) == []


@pytest.mark.parametrize("file", pins.FILES, ids=lambda file: str(file.name))
def test_a_compiled_file_names_no_registry_and_no_folder_of_a_machine(file: pins.Compiled) -> None:
    assert not re.search(r"--index|--find-links|https?://|(?<![\w.-])/\w+/", file.target.read_text())


def test_what_tests_and_airflow_share_has_one_version() -> None:
    first, second = (pins.pins(file.target.read_text()) for file in pins.FILES[:2])
    assert first.items() >= {(name, version) for name, version in second.items() if name in first}


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("ruff>=1", "not pinned"),
        ("ruff==2.0", "compiled as 1.0"),
        ("mypy==1.0", "compiled as None"),
        ("bare==3.0", "without hashes"),
    ],
)
def test_a_pin_out_of_step_is_named(source: str, complaint: str) -> None:
    compiled = "ruff==1.0 \\\n    --hash=sha256:00\nbare==3.0\n"
    assert [complaint in line for line in pins.out_of_step(source, compiled)] == [True]


def test_what_decodes_strangers_bytes_has_a_later_day_than_airflow_and_nothing_else_has() -> None:
    airflow, dev, *others = (pins.resolving(file) for file in pins.FILES)
    for command in (airflow, dev):
        day = command[command.index("--exclude-newer") + 1]
        later = [word for before, word in pairwise(command) if before == "--exclude-newer-package"]
        assert later == [f"{name}={pins.DECODERS_NEWEST}" for name in pins.DECODERS]
        assert day < pins.DECODERS_NEWEST
    assert not any("--exclude-newer-package" in command for command in others)


def test_every_library_that_our_decoding_imports_is_among_the_decoders() -> None:
    packages = {"PIL": "pillow", "av": "av", "cv2": "opencv-python-headless", "lxml": "lxml", "pi_heif": "pi-heif"}
    direct = pins.pins((pins.REPO / "requirements.in").read_text())
    assert set(packages.values()) == set(pins.DECODERS) <= direct.keys()
    trees = [ast.parse(path.read_text()) for path in (pins.REPO / "include" / "media").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    imported = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"include", "numpy"}
    assert imported <= packages.keys()


def test_names_are_compared_as_pip_does() -> None:
    assert pins.out_of_step("Types_PyYAML[x]==1.0", "types-pyyaml==1.0 \\\n    --hash=sha256:00\n") == []
