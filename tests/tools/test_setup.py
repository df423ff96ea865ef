"""Set-up: done once, repaired after an interruption, and clear about what is missing."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tools.setup import interpreters, plan
from tools.setup import step as step_module
from tools.setup.interpreters import name_of, python, runs_as, with_pip
from tools.setup.step import SetupFailed, Step

INPUTS = {"checkout": "/a", "python": "", "pins": "1"}


@pytest.fixture
def calls() -> list[bool]:
    return []


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[bool]) -> Callable[..., Step]:
    """Makes a step that notes whether it may build on what is there, and leaves its result."""
    monkeypatch.setattr(step_module, "LOCAL", tmp_path)
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
    with pytest.raises(SetupFailed, match="no such wheel"):
        step_module.call(["sh", "-c", "echo no such wheel; exit 1"])


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(SetupFailed, match="did not end within"):
        step_module.call(["sh", "-c", "exec tail -f /dev/null"], seconds=0.2)


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def call(command: object) -> str:
        raise SetupFailed("ImportError: libz.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(plan, "call", call)
    with pytest.raises(SetupFailed, match=r"libz\.so\.1(.|\n)*apt-get install zlib1g"):
        plan._check_libraries()


@pytest.fixture(params=["3.11", "3.13"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def no_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> Path:
    """A machine on which nothing answers as a Python but what a test adds; returns pyenv's root."""
    shim = _program(tmp_path / f"bin/python{version}", "echo 'pyenv: python: command not found' >&2; exit 127")
    monkeypatch.setenv("PATH", f"{shim.parent}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv(name_of(version), raising=False)
    really = interpreters._answers
    monkeypatch.setattr(
        interpreters, "_answers", lambda path, asked: really(path, asked) if path.is_relative_to(tmp_path) else ""
    )
    return tmp_path / "pyenv"


def _program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_shim_that_fails_is_passed_over_for_one_that_pyenv_has(no_python: Path, version: str) -> None:
    real = _program(no_python / f"versions/{version}.9/bin/python{version}", f"echo {version}")
    assert python(version, Path("/nowhere/uv")) == real


def test_without_any_the_message_names_the_commands(no_python: Path, version: str) -> None:
    with pytest.raises(SetupFailed, match=rf"fetching one failed too(.|\n)*pyenv install {version}") as missing:
        python(version, Path("/nowhere/uv"))
    assert version == "3.13" or "sudo apt-get install python3.11" in str(missing.value)


def test_the_last_resort_is_one_that_uv_fetches_into_the_folder_of_set_up(no_python: Path, version: str) -> None:
    fetched = _program(no_python.parent / f"fetched/python{version}", f"echo {version}")
    script = f'test "$2" = install && echo "$UV_PYTHON_INSTALL_DIR" >"$0.done"; test -e "$0.done" && echo {fetched}'
    uv = _program(no_python.parent / "uv", script)
    assert python(version, uv) == fetched
    assert (no_python.parent / "uv.done").read_text().strip() == str(step_module.LOCAL / "python")


def test_one_that_a_user_had_uv_install_is_found(no_python: Path, version: str) -> None:
    theirs = _program(no_python.parent / f"theirs/python{version}", f"echo {version}")
    uv = _program(no_python.parent / "uv", f'test -z "$UV_PYTHON_INSTALL_DIR" && test "$2" = find && echo {theirs}')
    assert python(version, uv) == theirs


def test_a_named_python_of_another_version_is_refused(
    no_python: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name_of(version), str(_program(no_python / "old", "echo 3.9")))
    with pytest.raises(SetupFailed, match=f"does not run as Python {re.escape(version)}"):
        python(version, Path("/nowhere/uv"))


def test_any_python_with_pip_begins_it(no_python: Path) -> None:
    """Debian's own may lack venv and pip, which are packages of their own there."""
    with pytest.raises(SetupFailed, match="apt-get install python3-venv"):
        with_pip()
    other = _program(no_python / "versions/3.12.1/bin/python3.12", "echo True")
    assert with_pip() == other


def test_a_version_is_believed_only_when_it_runs(tmp_path: Path) -> None:
    assert not runs_as(tmp_path / "python3.11", "3.11")
    assert runs_as(_program(tmp_path / "python", "echo 3.11"), "3.11")


def test_a_change_of_the_code_that_fills_a_folder_fills_it_anew() -> None:
    filled = {step.name: step.inputs["code"] for step in plan.plan() if "code" in step.inputs}
    assert set(filled) == {"models", "replica"}
    assert step_module.content([]) not in filled.values(), "code that is not where set-up looks for it"
