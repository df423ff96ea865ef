"""What was skipped is told at the end, with what would help; and fails where it is required."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.needs import NEEDS, lacks

REPO = Path(__file__).resolve().parents[2]
Run = Callable[..., tuple[int, str]]
TESTS = f"""
import pytest
@pytest.mark.skipif(True, reason={lacks("browser", "there is none")!r})
@pytest.mark.parametrize("number", range(3))
def test_of_the_browser(number): pass
def test_of_an_engine(): pytest.skip({lacks("engine", "no network")!r})
def test_of_a_moon(): pytest.skip("a full moon\\nand a wolf")
def test_of_all_machines(): pass
@pytest.mark.xfail(strict=True)
def test_of_a_known_fault(): assert False
"""


@pytest.fixture(params=["0", "2"], ids=["one process", "two processes"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Runs a suite of its own with the tests above."""
    (tmp_path / "test_some.py").write_text(TESTS)

    def run(required: str = "") -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "tests.needs", "-n", request.param]
        settings = {"PYTHONPATH": str(REPO), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "FACEWARDEN_TEST_REQUIRE": required}
        env = {**os.environ, **settings}
        done = subprocess.run(command, cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_run_ends_by_telling_what_was_skipped_and_how_to_get_it(run: Run) -> None:
    code, said = run()
    assert code == 0
    *_, title, first, second, third, last = said.strip().splitlines()
    assert "not tested here" in title
    assert first == f"3 tests of the browser: {NEEDS['browser'][1]}"
    assert {second, third} == {f"1 test of engines: {NEEDS['engine'][1]}", "1 test: a full moon"}
    assert "5 skipped" in last


def test_what_is_required_fails_instead_of_being_skipped(run: Run) -> None:
    code, said = run("browser")
    assert code == 1
    assert "skipped, although it is required: browser: there is none" in said
    assert "3 errors" in said and "2 skipped" in said


def test_a_need_that_no_test_has_is_refused(run: Run) -> None:
    code, said = run("browsr")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "no test needs browsr, but browser, engine" in said
