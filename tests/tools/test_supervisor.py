"""The supervisor with small servers of the tests' own: ports, deaths, errors."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.local import ports, processes, supervisor
from tools.local.services import Service
from tools.local.state import State
from tools.local.supervisor import Failed, Supervisor

Services = Callable[[dict[str, int]], list[Service]]
SERVER = "import http.server, sys; http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), None).serve_forever()"


@pytest.fixture
def supervise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Services], Supervisor]]:
    """A supervisor of other services than the real ones; nothing of it outlives the test."""
    state = State(tmp_path / "state")

    def make(services: Services) -> Supervisor:
        monkeypatch.setattr(supervisor, "services", lambda state, groups, ports: services(ports))
        return Supervisor(state, ("replica",))

    yield make
    assert processes.sweep(state.root, patience=1) == set()


def server(found: dict[str, int]) -> list[Service]:
    port = found["replica"]
    return [Service("server", [sys.executable, "-c", SERVER, str(port)], ports=(port,))]


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_the_env_file_is_written_when_all_is_healthy(supervise: Callable[[Services], Supervisor]) -> None:
    system = supervise(server)
    system.start_all()
    assert system.state.report()["phase"] == "healthy"
    assert f"FACEWARDEN_REPLICA=http://127.0.0.1:{system.ports['replica']}" in system.state.env.read_text()
    assert system.state.env.stat().st_mode & 0o077 == 0
    listening = ports.listeners(system.ports["replica"])
    system.end_all()
    assert listening
    assert not any(processes.alive(pid) for pid in listening)


def test_a_service_that_cannot_start_is_named_with_the_end_of_its_log(
    supervise: Callable[[Services], Supervisor],
) -> None:
    broken = [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"]
    system = supervise(lambda found: [Service("broken", broken, check=lambda since: False)])
    with pytest.raises(Failed, match=r"broken ended with code 3(.|\n)*broken\.log(.|\n)*no such table"):
        system.start_all()
    assert not system.state.env.exists()


def test_a_service_that_never_answers_is_named(supervise: Callable[[Services], Supervisor]) -> None:
    mute = [sys.executable, "-c", "import time; time.sleep(60)"]
    system = supervise(lambda found: [Service("mute", mute, check=lambda since: False, patience=0.3)])
    with pytest.raises(Failed, match="mute was not healthy after"):
        system.start_all()


def test_a_service_waits_for_those_before_it(supervise: Callable[[Services], Supervisor], tmp_path: Path) -> None:
    made = tmp_path / "made"
    first = Service("first", [sys.executable, "-c", f"open({str(made)!r}, 'w')"], once=True)
    second = Service(
        "second", [sys.executable, "-c", f"open({str(made)!r}); import time; time.sleep(60)"], after=("first",)
    )
    system = supervise(lambda found: [second, first])
    system.start_all()
    assert system.state.report()["services"]["second"]["restarts"] == 0


def test_a_port_lost_on_the_way_is_replaced(
    supervise: Callable[[Services], Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as thief:
        taken, really = thief.getsockname()[1], ports.pick
        lost = [{"replica": taken}]
        monkeypatch.setattr(ports, "pick", lambda names, last: lost.pop() if lost else really(names, last=last))
        system = supervise(server)
        system.start_all()
        assert system.ports["replica"] != taken
        assert lost == []


def test_the_usual_port_is_taken_over_only_when_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setitem(ports.USUAL, "gcs", taken.getsockname()[1])
        monkeypatch.setitem(ports.USUAL, "replica", taken.getsockname()[1])
        chosen = ports.pick(["gcs", "replica"])
        assert len({taken.getsockname()[1], *chosen.values()}) == 3
        assert ports.listeners(taken.getsockname()[1]) == {os.getpid()}


def test_what_dies_is_restarted_and_what_keeps_dying_ends_it_all(
    supervise: Callable[[Services], Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "RESTARTS", 1)
    system = supervise(server)
    system.start_all()
    one = system.running[0]
    first = one.process
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: system.revive(one) or one.process is not first)
    assert one.process is not None
    os.kill(one.process.pid, signal.SIGKILL)
    with pytest.raises(Failed, match="died again after 1 restarts"):
        until(lambda: system.revive(one))
    assert one.restarts == 1


def test_neither_the_caller_nor_those_above_it_are_ever_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_environment", lambda pid: [f"{processes.MARK}={tmp_path}".encode()])
    found = processes.marked(tmp_path)
    assert found
    assert not found & {os.getpid(), os.getppid(), 1, 0}


def test_the_mark_of_another_system_is_another_mark(tmp_path: Path) -> None:
    log = tmp_path / "log"
    sleeper = processes.start(["tail", "-f", "/dev/null"], dict(os.environ), tmp_path / "a", log)
    assert processes.marked(tmp_path / "a") == {sleeper.pid}
    assert processes.marked(tmp_path) == set()
    assert processes.sweep(tmp_path / "a") == set()
    assert sleeper.wait(5) == -signal.SIGTERM


def test_what_ignores_term_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    log = tmp_path / "log"
    process = processes.start([sys.executable, "-c", stubborn], dict(os.environ), tmp_path, log)
    until(lambda: "deaf" in log.read_text())
    assert processes.sweep(tmp_path, patience=0.2) == set()
    assert process.wait(5) == -signal.SIGKILL


def test_the_ports_of_the_last_start_are_taken_again_where_they_are_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as thief, socket.socket() as reserved:
        # Bound and not listening, it is given to nobody else, and yet free to whoever names it.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        taken, free = thief.getsockname()[1], reserved.getsockname()[1]
        chosen = ports.pick(["gcs", "replica"], last={"gcs": taken, "replica": free})
    assert chosen["replica"] == free
    assert chosen["gcs"] != taken
