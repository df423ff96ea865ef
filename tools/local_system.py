"""The local system of Facewarden: emulators, replica site and Airflow on 127.0.0.1.

    python3 tools/local_system.py up|down|status [--state DIR] [--only emulators,replica,airflow]

`up` returns when everything is healthy and DIR/env can be sourced. `down` leaves no process and no port, also after
the supervisor was killed. Standard library only.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.local import environment, ports, private, processes
from tools.local.services import GROUPS
from tools.local.state import REPO, State
from tools.local.supervisor import Supervisor


def up(state: State, groups: tuple[str, ...]) -> int:
    """Start what is not up; a system that is half up, or has lost its supervisor, is ended and started anew."""
    with state.lock():
        if state.is_ours():
            private.only_mine_if_open(state.root)
        report = state.report()
        if _is_up(state, report) and set(groups) <= set(report["groups"]):
            _warn(report)
            print(f"already up: {state.env}")
            return 0
        if processes.marked(state.root):
            print("ending what is left of an earlier start", flush=True)
        if _end(state):
            return 1
        try:
            return _start(state, groups)
        except KeyboardInterrupt:
            print("\ninterrupted: ending what was started", flush=True)
            return _end(state) or 130


def down(state: State) -> int:
    """End everything that carries this folder's mark, and look whether anything is left."""
    if not state.root.exists() and not processes.marked(state.root):
        print("nothing was up")
        return 0
    with state.lock():
        # Without its supervisor a system ends by itself, sooner or later; its report stays until somebody clears up.
        there = bool(processes.marked(state.root) or state.report())
        code = _end(state)
        if not code:
            print("down: no process and no port is left" if there else "nothing was up")
        return code


def status(state: State) -> int:
    """A line for each service; exit 0 only when the system is up."""
    report = state.report()
    running = _is_up(state, report)
    for name, told in report.get("services", {}).items():
        print(_line(name, told) + (f"  (restarted {told['restarts']} times)" if told["restarts"] else ""))
    _warn(report)
    if report.get("error"):
        print(report["error"])
    left = len(processes.marked(state.root))
    print(f"up: {state.env}" if running else f"not up; {left} processes of it are left")
    return 0 if running else 1


def _is_up(state: State, report: dict[str, Any]) -> bool:
    alive = report.get("supervisor") in processes.marked(state.root)
    return alive and report["phase"] == "healthy" and state.env.exists()


def _start(state: State, groups: tuple[str, ...]) -> int:
    command = [sys.executable, __file__, "supervise", "--state", str(state.root), "--only", ",".join(groups)]
    log = state.log("supervisor")
    supervisor = processes.start(command, environment.inherited(), state.root, log, outlive=True)
    told: set[str] = set()
    while True:
        over = supervisor.poll() is not None
        report = state.report()
        _tell(report, told)
        if report.get("phase") == "healthy":
            _warn(report)
            print(f"up: {state.env}")
            return 0
        if over:
            print(f"not up: {report.get('error') or f'the supervisor ended; see {log}'}", file=sys.stderr)
            return _end(state) or 1
        time.sleep(0.1)


def _tell(report: dict[str, Any], told: set[str]) -> None:
    for name, service in report.get("services", {}).items():
        if service["seconds"] is not None and name not in told:
            told.add(name)
            print(_line(name, service), flush=True)


def _warn(report: dict[str, Any]) -> None:
    for service in report.get("services", {}).values():
        if service.get("warning"):
            print(f"  WARNING: {service['warning']}", flush=True)


def _line(name: str, service: dict[str, Any]) -> str:
    where = " ".join(f"127.0.0.1:{port}" for port in service["ports"])
    health = "not healthy" if service["seconds"] is None else f"{service['seconds']:5.1f} s"
    return f"  {name:14} {health}  {where}".rstrip()


def _end(state: State) -> int:
    """The supervisor first, so that it can end the others in good order; then whatever is left."""
    report = state.report()
    supervisor = {report.get("supervisor", 0)} & processes.marked(state.root)
    processes.end(supervisor, patience=25)
    resisting = processes.sweep(state.root)
    strangers = {port: ports.listeners(port) for port in report.get("ports", {}).values() if not ports.is_free(port)}
    if resisting:
        print(f"still there after KILL: processes {sorted(resisting)}", file=sys.stderr)
        return 1
    for port, pids in strangers.items():
        print(f"port {port} is in use by a program that is not ours: {sorted(pids) or 'not visible'}", file=sys.stderr)
    state.forget()
    return 0


def _groups(text: str) -> tuple[str, ...]:
    wanted = set(text.split(","))
    if wanted - set(GROUPS):
        raise argparse.ArgumentTypeError(f"choose from {', '.join(GROUPS)}")
    return tuple(group for group in GROUPS if group in wanted)


def main() -> int:
    parser = argparse.ArgumentParser(description="The local system: emulators, replica site, Airflow.")
    parser.add_argument("verb", choices=("up", "down", "status", "supervise"))
    parser.add_argument("--state", type=Path, default=REPO / ".local", help="folder of all its files")
    parser.add_argument("--only", type=_groups, default=GROUPS, help="groups of services, with commas between")
    given = parser.parse_args()
    state = State(given.state.resolve())
    os.umask(private.UMASK)
    if given.verb == "supervise":
        return Supervisor(state, given.only).run()
    return up(state, given.only) if given.verb == "up" else down(state) if given.verb == "down" else status(state)


if __name__ == "__main__":
    sys.exit(main())
