"""Set up everything under .local: tools, environments, models, replica. Run it as often as you like.

    python3.11 tools/setup_env.py [STEP …]        (all steps without a name)

What is done already is skipped in no time and without the network. Nothing needs root; what is missing is named, with
the command that installs it.
"""

import fcntl
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.setup.plan import plan
from tools.setup.steps import LOCAL, Missing


def main(names: list[str]) -> int:
    steps = {step.name: step for step in plan()}
    unknown = set(names) - set(steps)
    if unknown:
        print(f"no such step: {', '.join(sorted(unknown))}. There are: {', '.join(steps)}", file=sys.stderr)
        return 2
    since = time.monotonic()
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at once would install into each other's environments
        try:
            done = [step.do() for step in steps.values() if not names or step.name in names]
        except Missing as error:
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
