"""Set-up: done once, repaired after an interruption, and clear about what is missing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tools.setup import interpreters, plan, steps
from tools.setup.interpreters import python313, runs_as
from tools.setup.steps import Missing, Step

INPUTS = {"checkout": "/a", "python": "", "pins": "1"}


@pytest.fixture
def calls() -> list[bool]:
    return []


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[bool]) -> Callable[..., Step]:
    """Makes a step that notes whether it may build on what is there, and leaves its result."""
    monkeypatch.setattr(steps, "LOCAL", tmp_path)
    result = tmp_path / "result"

    def make(action: Callable[[], None] = result.touch, **inputs: str) -> Step:
        def act(builds_on: bool) -> None:
            calls.append(builds_on)
            action()

        return Step("one", "a step", INPUTS | inputs, result, act)

    return make


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_what_is_done_is_not_done_again(step: Callable[..., Step], calls: list[bool]) -> None:
    assert [step().do(), step().do()] == [True, False]
    assert calls == [False]


def test_changed_pins_build_on_what_is_there(step: Callable[..., Step], calls: list[bool]) -> None:
    step().do()
    step(pins="2").do()
    assert calls == [False, True]


@pytest.mark.parametrize("change", [{"checkout": "/b"}, {"python": "another"}])
def test_another_place_or_interpreter_starts_anew(
    step: Callable[..., Step], calls: list[bool], change: dict[str, str]
) -> None:
    step().do()
    step(**change).do()
    assert calls == [False, False]


def test_an_interrupted_step_starts_anew_although_its_result_is_there(
    step: Callable[..., Step], calls: list[bool]
) -> None:
    step().do()
    with pytest.raises(KeyboardInterrupt):
        step(_interrupt, pins="2").do()
    step().do()
    assert calls == [False, True, False]


def test_a_file_that_a_user_adds_is_looked_at_and_what_the_step_adds_is_not(
    step: Callable[..., Step], calls: list[bool], tmp_path: Path
) -> None:
    looking = replace(step(), found=lambda: " ".join(sorted(file.name for file in tmp_path.glob("*.onnx"))))
    assert [looking.do(), looking.do()] == [True, False]
    (tmp_path / "better.onnx").touch()
    assert [looking.do(), looking.do()] == [True, False]


def test_a_lost_result_is_made_again(step: Callable[..., Step], calls: list[bool], tmp_path: Path) -> None:
    step().do()
    (tmp_path / "result").unlink()
    step().do()
    assert calls == [False, False]


def test_a_failed_program_is_quoted() -> None:
    with pytest.raises(Missing, match="no such wheel"):
        steps.call(["sh", "-c", "echo no such wheel; exit 1"])


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(Missing, match="did not end within"):
        steps.call(["sh", "-c", "exec tail -f /dev/null"], seconds=0.2)


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def call(command: object) -> str:
        raise Missing("ImportError: libz.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(plan, "call", call)
    with pytest.raises(Missing, match=r"libz\.so\.1(.|\n)*apt-get install zlib1g"):
        plan._check_libraries()


@pytest.fixture
def no_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing answers as Python 3.13 but what a test adds; returns pyenv's root."""
    shim = _program(tmp_path / "bin" / "python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    monkeypatch.setenv("PATH", f"{shim.parent}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("FACEWARDEN_PYTHON313", raising=False)
    really = interpreters.runs_as
    monkeypatch.setattr(
        interpreters, "runs_as", lambda path, version: path.is_relative_to(tmp_path) and really(path, version)
    )
    return tmp_path / "pyenv"


def _program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_shim_that_fails_is_passed_over_for_one_that_pyenv_has(no_python: Path) -> None:
    real = _program(no_python / "versions/3.13.9/bin/python3.13", "echo 3.13")
    assert python313(Path("/nowhere/uv")) == real


def test_without_any_the_message_names_the_commands(no_python: Path) -> None:
    with pytest.raises(Missing, match=r"pyenv install 3\.13"):
        python313(Path("/nowhere/uv"))


def test_the_last_resort_is_one_that_uv_fetches(no_python: Path) -> None:
    fetched = _program(no_python.parent / "fetched/python3.13", "echo 3.13")
    uv = _program(
        no_python.parent / "uv", f'test "$2" = install && touch "$0.done"; test -e "$0.done" && echo {fetched}'
    )
    assert python313(uv) == fetched


def test_a_named_python_of_another_version_is_refused(no_python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEWARDEN_PYTHON313", str(_program(no_python / "old", "echo 3.9")))
    with pytest.raises(Missing, match=r"does not run as Python 3\.13"):
        python313(Path("/nowhere/uv"))


def test_a_version_is_believed_only_when_it_runs(tmp_path: Path) -> None:
    assert not runs_as(tmp_path / "python3.11", "3.11")
    assert runs_as(_program(tmp_path / "python", "echo 3.11"), "3.11")
