"""Set up everything under .local: tools, environments, models, replica. Run it as often as you like.

    python3 tools/setup_env.py [STEP …]        (all steps without a name)

Any Python from 3.9 on runs it; those that the environments need, 3.11 and 3.13, are found or fetched. What is done
already is skipped in no time and without the network. Nothing needs root; what is missing is named, with the command
that installs it.
"""

import fcntl
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.local import private
from tools.setup.plan import EMULATORS, VENV, plan
from tools.setup.step import LOCAL, SetupFailed


def main(names: list[str]) -> int:
    steps = {step.name: step for step in plan()}
    unknown = set(names) - set(steps)
    if unknown:
        print(f"no such step: {', '.join(sorted(unknown))}. There are: {', '.join(steps)}", file=sys.stderr)
        return 2
    since = time.monotonic()
    os.umask(private.UMASK)
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at once would install into each other's environments
        try:
            private.only_mine_if_open(LOCAL)
            done = [step.do() for step in steps.values() if not names or step.name in names]
            for environment in (VENV, EMULATORS):
                private.writes_only_mine(environment)
        except SetupFailed as error:
            print(f"\nSet-up stopped. {error}\nWhat is done stays done; run the same command again.", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nInterrupted. Run the same command again to go on.", file=sys.stderr)
            return 130
    if any(done):
        print(f"set up in {time.monotonic() - since:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
