"""Known vulnerabilities of everything that is pinned.

    python3 tools/audit.py        (make audit)

pip-audit asks for each pin of each compiled file; it lives in an environment of its own. What it could not ask about
(without a network, or where a mirror of the registry knows no vulnerabilities) is said and counts as unknown, not as
safe. Exit code 0: all was asked, and nothing is known; 1: something is known; 2: something could not be asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.pins import FILES
from tools.setup.interpreters import python
from tools.setup.plan import UV
from tools.setup.step import LOCAL, REPO, SetupFailed, call

ENVIRONMENT = LOCAL / "audit"
# The id of what is known and does not reach us, and why it does not. Take it out when the pin has moved.
ACCEPTED: dict[str, str] = {}


@dataclass
class Answers:
    """What came of one compiled file."""

    known: list[str] = field(default_factory=list)
    asked: int = 0
    unasked: list[str] = field(default_factory=list)


def read(said: str, error: str) -> Answers:
    """pip-audit's answer. One that is no JSON is that it could not ask at all; the last line of its error says why."""
    try:
        pins = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Answers(unasked=[(error.strip().splitlines() or ["it said nothing"])[-1][:300]])
    found = Answers()
    for pin in pins:
        if "skip_reason" in pin:
            found.unasked.append(pin["name"])
            continue
        found.asked += 1
        for each in pin["vulns"]:
            if not {each["id"], *each.get("aliases", [])} & ACCEPTED.keys():
                mended = ", ".join(each.get("fix_versions", [])) or "nowhere yet"
                found.known.append(f"{pin['name']} {pin['version']}: {each['id']}, mended in {mended}")
    return found


def told(name: str, answers: Answers) -> list[str]:
    """Lines for the user."""
    lines = [f"{name}: {line}" for line in answers.known]
    if answers.unasked:
        shown = ", ".join(answers.unasked[:5]) + (" …" if len(answers.unasked) > 5 else "")
        lines.append(f"{name}: could not ask about {len(answers.unasked)} ({shown})")
    return [*lines, f"{name}: asked about {answers.asked}, {len(answers.known)} known"]


def verdict(every: Iterable[Answers]) -> int:
    """The exit code."""
    answers = list(every)
    if any(each.known for each in answers):
        return 1
    return 2 if any(each.unasked for each in answers) else 0


def _asked(target: Path) -> Answers:
    command = [str(ENVIRONMENT / "bin" / "pip-audit"), "--format", "json", "--progress-spinner", "off"]
    command += ["--disable-pip", "--no-deps", "--require-hashes", "--requirement", str(target)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1800)
    return read(done.stdout, done.stderr)


def main() -> int:
    try:
        if not (ENVIRONMENT / "bin" / "python").exists():
            call([UV, "venv", "--quiet", "--python", python("3.11", UV), ENVIRONMENT])
        pins = REPO / "requirements-audit.txt"
        call([UV, "pip", "sync", "--quiet", "--require-hashes", "--python", ENVIRONMENT / "bin" / "python", pins])
    except SetupFailed as error:
        print(f"Nothing was asked: pip-audit could not be installed. {error}", file=sys.stderr)
        return 2
    every = {file.target.name: _asked(file.target) for file in FILES}
    for name, answers in every.items():
        print("\n".join(told(name, answers)))
    return verdict(every.values())


if __name__ == "__main__":
    sys.exit(main())
