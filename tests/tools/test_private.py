"""Whatever lies under .local is its user's alone, also what an older version left open."""

import os
import stat
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tools.local.environment import write_env
from tools.local.private import only_mine, only_mine_if_open, writes_only_mine
from tools.local.state import REPO, State, write


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def an_open_folder(root: Path) -> Path:
    folder = root / "old"
    (folder / "data" / "deep").mkdir(parents=True)
    for path, permits in ((folder, 0o755), (folder / "data", 0o775), (folder / "data" / "deep", 0o750)):
        path.chmod(permits)
    (folder / "data" / "faces").write_text("faces")
    (folder / "data" / "faces").chmod(0o664)
    (folder / "program").write_text("#!/bin/sh\n")
    (folder / "program").chmod(0o755)
    return folder


def test_what_an_older_version_left_open_is_closed(tmp_path: Path) -> None:
    folder = an_open_folder(tmp_path)
    only_mine_if_open(folder)
    assert [mode(path) for path in (folder, folder / "data", folder / "data" / "deep")] == [0o700] * 3
    assert (mode(folder / "data" / "faces"), mode(folder / "program")) == (0o600, 0o700)


def test_what_is_closed_is_not_searched_again(tmp_path: Path) -> None:
    folder = an_open_folder(tmp_path)
    folder.chmod(0o700)
    only_mine_if_open(folder)
    assert mode(folder / "data") == 0o775


def test_another_name_of_a_file_keeps_its_mode_and_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = an_open_folder(tmp_path)
    cached, linked = tmp_path / "cached", tmp_path / "linked"
    for path in (cached, linked):
        path.write_text("ours and theirs")
        path.chmod(0o644)
    (folder / "data" / "same").hardlink_to(cached)
    (folder / "data" / "there").symlink_to(linked)
    only_mine(folder)
    assert (mode(cached), mode(linked), mode(folder / "data" / "same")) == (0o644, 0o644, 0o600)
    assert (folder / "data" / "same").read_text() == "ours and theirs"


def local_system(verb: str, state: State) -> None:
    """Called from a shell whose files everybody may read."""
    command = [sys.executable, "-S", str(REPO / "tools" / "local_system.py"), verb, "--state", str(state.root)]
    more = ["--only", "replica"] if verb == "up" else []
    subprocess.run([*command, *more], check=True, capture_output=True, umask=0o022)


@pytest.mark.parametrize("ours", [True, False], ids=["its own folder", "somebody's folder"])
def test_up_closes_what_an_older_version_made_and_nothing_else_and_makes_nothing_open(
    tmp_path: Path, ours: bool
) -> None:
    state = State(an_open_folder(tmp_path))
    if ours:
        write(state.root / "secrets.json", "{}")
    theirs = [path for path in (state.root, *state.root.rglob("*")) if path.name != "secrets.json"]
    before = [mode(path) for path in theirs]
    try:
        local_system("up", state)
        made = set(state.root.rglob("*")) - set(theirs)
        assert [path for path in made if mode(path) & 0o077] == []
        assert [mode(path) for path in theirs] == [permits & 0o700 if ours else permits for permits in before]
        assert state.env in made
    finally:
        local_system("down", state)


def test_a_python_of_an_environment_writes_for_its_user_alone(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    packages = next((tmp_path / "venv").glob("lib/python3*/site-packages"))
    (packages / "whatever").mkdir()
    (packages / "whatever" / "__init__.py").touch()
    writes_only_mine(tmp_path / "venv")
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-c", "import whatever"], check=True, umask=0o022, env=own)
    assert mode(packages / "whatever" / "__pycache__") == 0o700


def test_a_shell_that_sourced_the_env_file_writes_for_its_user_alone(tmp_path: Path) -> None:
    state = State(tmp_path)
    write_env(state, {"PATH": ""})
    script = 'umask 022; . "$1"; : >"$2"'
    subprocess.run(["sh", "-euc", script, "sh", state.env, tmp_path / "face"], check=True)
    assert mode(tmp_path / "face") == 0o600


def test_a_recipe_of_make_writes_for_its_user_alone(tmp_path: Path) -> None:
    made = tmp_path / "made"
    recipe = f"try: ; @: >{made} && echo \"it's\" '$(PYTHON)'"
    done = subprocess.run(["make", "--eval", recipe, "try"], cwd=REPO, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("it's python")
    assert mode(made) == 0o600
