"""Trigger a DAG of the local system, show its progress, and exit 0 only if it succeeded.

    make run DAG=crawl_galleries CONF='{"galleries": ["http://…"]}' [FOLLOW=1]

With --follow the runs that its assets trigger are waited for, too. The system must be up (`make up`).
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO))

from tools.runs.api import Api, Json, NotUp, Refused, from_env_file, quoted  # noqa: E402
from tools.runs.follow import Chain, RunFailed  # noqa: E402
from tools.runs.table import table_of  # noqa: E402
from tools.runs.watch import Watch  # noqa: E402

KNOWN_WITHIN = 45  # seconds for the dag-processor to have read the file of a DAG


def refuse_unknown_params(api: Api, dag_id: str, conf: Json) -> None:
    """Airflow ignores a name that a DAG does not know: a misspelt one would silently mean "all"."""
    known = api.get(f"/dags/{quoted(dag_id)}/details").get("params") or {}
    if unknown := sorted(set(conf) - set(known)):
        raise BadConf(f"{dag_id} has no param {', '.join(unknown)}. It has: {', '.join(sorted(known)) or 'none'}")


class BadConf(Exception):
    """CONF is not a JSON object."""


def say(line: str) -> None:
    print(line, flush=True)


def run(api: Api, dag_id: str, conf: Json, follow: bool) -> list[Watch]:
    """Trigger a DAG and wait for it. Raises RunFailed, Refused or NotUp."""
    wait_until_known(api, dag_id)
    refuse_unknown_params(api, dag_id, conf)
    chain = Chain(api, say)
    api.unpause(dag_id)
    if follow:
        chain.unpause_followers(dag_id)
    run_id = api.trigger(dag_id, conf)
    say(f"{dag_id}: {run_id}")
    return chain.watch(dag_id, run_id, follow)


def wait_until_known(api: Api, dag_id: str) -> None:
    """A DAG is known once the dag-processor has read its file."""
    until, told = time.monotonic() + KNOWN_WITHIN, False
    while True:
        try:
            api.get(f"/dags/{quoted(dag_id)}")
            return
        except Refused as refused:
            if refused.status != 404:
                raise
        errors = [error["stack_trace"] for error in api.pages("/importErrors", "import_errors")]
        known = sorted(dag["dag_id"] for dag in api.pages("/dags", "dags"))
        if errors or time.monotonic() > until or set(known) >= _files():
            reason = "\n".join(["A DAG file does not import:", *errors]) if errors else f"There are: {', '.join(known)}"
            raise Refused(404, f"there is no DAG {dag_id}. {reason}")
        if not told:
            told = True
            say(f"waiting for Airflow to read the file of {dag_id}")
        time.sleep(1)


def _files() -> set[str]:
    """The DAGs of this repository; each stands in the file of its name."""
    return {path.stem for path in (REPO / "dags").glob("*.py")} - {"wiring"}


def parse_conf(text: str) -> dict[str, Any]:
    """CONF as an object; says where the JSON is wrong."""
    try:
        conf = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        pointer = " " * (error.colno - 1) + "^"
        line = text.splitlines()[error.lineno - 1] if text.strip() else text
        raise BadConf(f"CONF is not JSON: {error.msg}\n  {line}\n  {pointer}\n{_EXAMPLE}") from error
    if not isinstance(conf, dict):
        raise BadConf(f"CONF must be a JSON object, with the names of the DAG's params.\n{_EXAMPLE}")
    return conf


_EXAMPLE = """Put it in single quotes, with double quotes inside: CONF='{"pages": 2}'"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Trigger a DAG and wait for it.")
    parser.add_argument("dag")
    parser.add_argument("--conf", default="{}", help="a JSON object: the run's params")
    parser.add_argument("--follow", action="store_true", help="wait also for the runs that its assets trigger")
    parser.add_argument("--env", type=Path, default=REPO / ".local" / "env", help="the file that `make up` wrote")
    given = parser.parse_args()
    try:
        watches = run(from_env_file(given.env), given.dag, parse_conf(given.conf), given.follow)
    except NotUp as error:
        return _complain(f"{error}. Start the local system with `make up`.")
    except Refused as error:
        return _complain(f"Airflow refused, and nothing was run: {error}")
    except (BadConf, RunFailed) as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return _complain("\ninterrupted; the run itself goes on in Airflow")
    for watch in watches:
        for task, value in watch.results().items():
            say(f"\n{watch.dag_id}.{task} returned\n{table_of(value)}")
    return 0


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
