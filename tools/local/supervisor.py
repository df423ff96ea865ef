"""The supervisor: starts the services, waits until they are healthy, restarts what dies, ends them all."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone

from tools.local import environment, ports, processes
from tools.local.services import NotInstalled, Service, port_names, services
from tools.local.state import REPO, State

RESTARTS = 5  # of one service, each after twice the wait of the one before; then the system gives up
LAST_LINES = 15
_NEVER = datetime.min.replace(tzinfo=timezone.utc)


class Failed(Exception):
    """The system cannot go on; the text is for whoever called `up`."""


class PortLost(Exception):
    """Another program took a port between the choice and the use."""


@dataclass
class Running:
    """A service and its process, if it has been started."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    since: datetime = _NEVER
    started: float = 0
    seconds: float | None = None  # from start to healthy; None: not healthy yet
    restarts: int = 0
    resume: float = 0

    @property
    def healthy(self) -> bool:
        return self.seconds is not None

    def told(self) -> dict[str, object]:
        pid = self.process.pid if self.process else None
        told = {"pid": pid, "ports": self.service.ports, "seconds": self.seconds, "restarts": self.restarts}
        return {**told, "warning": self.service.warning}


@dataclass
class Supervisor:
    """One local system. `run` returns when it was told to end; everything it started has ended then."""

    state: State
    groups: tuple[str, ...]
    running: list[Running] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    stopping: bool = False

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        try:
            self.start_all()
            self._watch()
        except (Failed, NotInstalled) as error:
            self._report("ending", str(error))
            self.end_all()
            self._report("failed", str(error))
            return 1
        self._report("ending")
        self.end_all()
        self.state.forget()
        return 0

    def _stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def start_all(self) -> None:
        """Start everything; with other ports when one was lost to another program on the way."""
        for _ in range(3):
            self.ports = ports.pick(port_names(self.groups), last=self.state.last_ports())
            self.running = [Running(service) for service in services(self.state, self.groups, self.ports)]
            environment.write_sites(self.state, self.ports)
            try:
                self._wait_until_healthy()
            except PortLost:
                self.end_all()
                continue
            return
        raise Failed("three times in a row, other programs took the ports that were free a moment before")

    def _wait_until_healthy(self) -> None:
        self._report("starting")
        while not self.stopping and not all(one.healthy for one in self.running):
            for one in self.running:
                if self._advance(one):
                    self._report("starting")
            time.sleep(0.1)
        if not self.stopping:
            environment.write_env(self.state, environment.values(self.state, self.ports))
            self.state.remember_ports(self.ports)
            self._report("healthy")

    def _advance(self, one: Running) -> bool:
        """Take one service a step further; true when there is something new to tell."""
        if one.healthy:
            self._raise_if_dead(one)
            return False
        if one.process is None:
            done = {other.service.name for other in self.running if other.healthy}
            return set(one.service.after) <= done and self._start(one)
        if not self._is_healthy(one):
            return False
        one.seconds = round(time.monotonic() - one.started, 1)
        return True

    def _start(self, one: Running) -> bool:
        env = {**environment.inherited(), **environment.values(self.state, self.ports), **one.service.environment}
        one.since, one.started = datetime.now(timezone.utc), time.monotonic()
        os.chdir(REPO)
        one.process = processes.start(one.service.command, env, self.state.root, self.state.log(one.service.name))
        return True

    def _is_healthy(self, one: Running) -> bool:
        if one.service.once and one.process and one.process.poll() == 0:
            return True
        self._raise_if_dead(one)
        if time.monotonic() - one.started > one.service.patience:
            raise Failed(self._complaint(one, f"was not healthy after {one.service.patience:.0f} s"))
        if one.service.once or not one.service.check(one.since):
            return False
        # The answer may have come from another program that was quicker to take the port.
        own = processes.marked(self.state.root)
        if all(ports.listeners(port) & own for port in one.service.ports):
            return True
        self._raise_if_port_lost(one)
        return False

    def _raise_if_dead(self, one: Running) -> None:
        if one.process is None or one.process.poll() is None or (one.service.once and one.healthy):
            return
        self._raise_if_port_lost(one)
        raise Failed(self._complaint(one, f"ended with code {one.process.returncode} while the system was starting"))

    def _raise_if_port_lost(self, one: Running) -> None:
        own = processes.marked(self.state.root)
        if any(not ports.is_free(port) and not ports.listeners(port) & own for port in one.service.ports):
            raise PortLost

    def _complaint(self, one: Running, what: str) -> str:
        log = self.state.log(one.service.name)
        lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:] if log.exists() else []
        return "\n".join([f"{one.service.name} {what}. Its log, {log}, ends with:", *(f"  {line}" for line in lines)])

    def _watch(self) -> None:
        """Restart what dies, until told to end."""
        while not self.stopping:
            for one in self.running:
                self.revive(one)
            time.sleep(0.3)

    def revive(self, one: Running) -> None:
        if one.service.once or one.process is None:
            return
        if one.resume and time.monotonic() >= one.resume:
            one.resume, one.restarts = 0, one.restarts + 1
            self._start(one)
            self._report("healthy")
        elif not one.resume and one.process.poll() is not None:
            if one.restarts >= RESTARTS:
                raise Failed(self._complaint(one, f"died again after {RESTARTS} restarts"))
            self._end([one])  # what its death left of its group
            one.resume = time.monotonic() + 2**one.restarts

    def end_all(self) -> None:
        self._end(self.running)
        processes.sweep(self.state.root)

    @staticmethod
    def _end(some: list[Running]) -> None:
        """TERM to each group, KILL to those that are there after ten seconds."""
        pids = [one.process.pid for one in some if one.process]
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, number)
            until = time.monotonic() + 10
            while time.monotonic() < until and any(one.process and one.process.poll() is None for one in some):
                time.sleep(0.05)

    def _report(self, phase: str, error: str = "") -> None:
        self.state.write_report(
            {
                "phase": phase,
                "error": error,
                "supervisor": os.getpid(),
                "groups": self.groups,
                "ports": self.ports,
                "services": {one.service.name: one.told() for one in self.running},
            }
        )
