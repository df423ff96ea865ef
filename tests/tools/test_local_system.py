"""`up` and `down` as a user calls them, with real services: nothing is left, whatever happened in between."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.local import environment, namespace, ports, processes
from tools.local.state import REPO, State, write
from tools.local.supervisor import Supervisor

EMULATORS = ("--only", "emulators")


class System:
    """A local system in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder.resolve())

    def call(self, *words: str, code: int = 0) -> str:
        command = [sys.executable, str(REPO / "tools/local_system.py"), *words, "--state", str(self.state.root)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    @property
    def ports(self) -> dict[str, int]:
        return dict(self.state.report()["ports"])

    @property
    def gcs(self) -> dict[str, int]:
        return dict(self.state.report()["services"]["gcs"])

    @property
    def processes(self) -> set[int]:
        return processes.marked(self.state.root)

    @property
    def supervisor(self) -> int:
        return int(self.state.report()["supervisor"])

    def assert_nothing_is_left(self, of: set[int]) -> None:
        """No process, old or new; thereby no port: another program may have taken one the moment it was free."""
        assert self.processes == set()
        assert not any(processes.alive(pid) for pid in of)
        assert not self.state.env.exists()


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    made = System(tmp_path / "state")
    yield made
    made.call("down")


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def kill(pid: int) -> None:
    """Kill a process, and wait until it is dead: that takes its time on a busy machine."""
    os.kill(pid, signal.SIGKILL)
    until(lambda: not processes.alive(pid))


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_up_again_down_and_up_after_a_kill(system: System) -> None:
    system.call("up", *EMULATORS)
    first = system.supervisor
    assert "already up" in system.call("up", *EMULATORS)
    assert system.supervisor == first
    gcs = system.state.report()["services"]["gcs"]["pid"]
    kill(gcs)
    until(lambda: system.state.report()["services"]["gcs"]["restarts"] == 1)
    assert "restarted 1 times" in system.call("status")
    exported = system.state.env.read_text()
    kill(first)
    assert "not up" in system.call("status", code=1)
    system.call("up", *EMULATORS)
    assert system.supervisor != first
    assert system.state.env.read_text() == exported  # a shell that sourced it goes on, with the same tokens
    used = system.processes
    kill(system.supervisor)
    assert "no process and no port is left" in system.call("down")
    system.assert_nothing_is_left(used)
    assert "nothing was up" in system.call("down")


def test_a_front_and_its_emulator_end_together_and_come_back_together(system: System) -> None:
    system.call("up", *EMULATORS)
    for restarts, victim in enumerate(("emulator", "front")):
        front = system.gcs["pid"]
        (emulator,) = (pid for pid in system.processes if parent(pid) == front)
        kill({"front": front, "emulator": emulator}[victim])
        until(lambda: system.gcs["restarts"] > restarts)  # noqa: B023
        assert processes.gone({front, emulator}, 5)
        until(lambda: ports.listeners(system.ports["gcs"]))


def test_down_says_so_also_when_all_ended_by_themselves(system: System) -> None:
    system.call("up", *EMULATORS)
    used = system.processes
    kill(system.supervisor)
    until(lambda: not system.processes)
    assert "no process and no port is left" in system.call("down")
    system.assert_nothing_is_left(used)
    assert "nothing was up" in system.call("down")


def test_down_ends_a_start_that_is_half_done(system: System) -> None:
    command = [sys.executable, str(REPO / "tools/local_system.py"), "up", "--state", str(system.state.root), *EMULATORS]
    starting = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: system.state.report().get("ports"))
    used = system.processes
    starting.kill()
    starting.wait()
    system.call("down")
    system.assert_nothing_is_left(used)


def test_down_needs_no_file_of_the_start(system: System, tmp_path: Path) -> None:
    system.call("up", *EMULATORS)
    used = system.processes
    system.state.root.rename(tmp_path / "elsewhere")  # at once: while its files are removed, it would write others
    assert "no process and no port is left" in system.call("down")
    system.assert_nothing_is_left(used)


def test_the_env_file_can_be_sourced_by_any_shell(tmp_path: Path) -> None:
    state, odd = State(tmp_path / "a 'quoted' $folder"), "two words, a \"quote\", an 'apostrophe', $HOME and `ls`\n!"
    environment.write_env(state, {"ODD": odd, "PATH": "/not/used"})
    script = '. "$1"; printf %s "$ODD|$PATH"'
    said = subprocess.run(
        ["sh", "-euc", script, "sh", state.env], capture_output=True, text=True, check=True, env={"PATH": "/bin"}
    )
    assert said.stdout == f"{odd}|{environment.VENV / 'bin'}:/bin"


def test_the_env_file_does_not_hold_the_mark_by_which_processes_are_ended(tmp_path: Path) -> None:
    state = State(tmp_path)
    environment.write_env(state, environment.values(state, ports.USUAL))
    assert processes.MARK not in state.env.read_text()


def test_real_credentials_do_not_reach_the_local_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/home/someone/key.json")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql://elsewhere")
    monkeypatch.setenv("FACEWARDEN_CONNECTION", "production")
    strangers = ("GOOGLE_", "AIRFLOW__", "FACEWARDEN_CONNECTION")
    assert not [name for name in environment.inherited() if name.startswith(strangers)]


def test_secrets_are_made_once_and_are_this_users_only(tmp_path: Path) -> None:
    state = State(tmp_path)
    assert state.secrets() == State(tmp_path).secrets()
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
    assert state.secrets() != State(tmp_path / "other").secrets()


def test_secrets_of_an_older_version_stay_and_what_it_lacked_is_added(tmp_path: Path) -> None:
    state = State(tmp_path)
    write(tmp_path / "secrets.json", json.dumps({"password": "old"}))
    assert state.secrets()["password"] == "old"
    assert len(set(state.secrets().values())) == len(State(tmp_path / "new").secrets())


def test_where_the_machine_refuses_a_network_it_still_starts_and_says_who_reaches_the_bucket(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespace, "refusal", lambda: "refused here")
    supervisor = Supervisor(system.state, ("emulators",))
    supervisor.start_all()
    try:
        assert "other users of this machine can reach the bucket" in system.call("status", code=1)
        listening = {address for address, _ in ports.addresses(system.processes)}
        assert len(listening - {"127.0.0.1"}) == 1  # where no page would look for it
        assert all(address.startswith("127.") for address in listening)
    finally:
        supervisor.end_all()


def test_logs_of_tasks_show_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk import BaseHook
    from airflow.sdk._shared.secrets_masker import redact

    told = environment.values(State(tmp_path), ports.USUAL)
    monkeypatch.setenv("AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT", told["AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT"])
    assert BaseHook.get_connection("google_cloud_default").extra_dejson["project"] == environment.PROJECT
    error = f"404 GET {told['STORAGE_EMULATOR_HOST']}/storage/v1 {told['BIGQUERY_EMULATOR_HOST']}/bigquery/v2"
    assert redact(error) == "404 GET http://127.0.0.1:4443/***/storage/v1 http://127.0.0.1:9050/***/bigquery/v2"


def test_what_is_not_installed_is_named(system: System, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tools.local import services

    monkeypatch.setattr(services, "EMULATORS", tmp_path / "nowhere")
    with pytest.raises(services.NotInstalled, match="make setup"):
        services.services(system.state, ("emulators",), ports.USUAL)


@pytest.mark.slow
def test_the_whole_system_listens_on_this_machine_only_and_ends_after_a_kill(system: System) -> None:
    system.call("up")
    assert set(system.ports) == set(ports.USUAL)
    used = system.processes
    addresses = ports.addresses(used)
    assert len(addresses) >= len(system.ports)
    assert {address for address, _ in addresses} <= {"127.0.0.1", "::ffff:127.0.0.1"}
    passwords = json.loads(system.state.passwords.read_text())
    assert passwords["admin"] in system.state.env.read_text()
    kill(system.supervisor)
    system.call("down")
    system.assert_nothing_is_left(used)
