"""The DAGs themselves, run in this process against the emulators and a replica of one's own."""

import functools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from replica.server import Replica

REPO = Path(__file__).resolve().parents[2]
Run = Callable[..., Any]


@pytest.fixture(scope="session")
def one_api(airflow_db: None) -> Iterator[None]:
    """`dag.test()` builds Airflow's API anew for every task, which takes two seconds; here all tasks share one."""
    from airflow.sdk.execution_time import supervisor

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(supervisor, "in_process_api_server", functools.cache(supervisor.in_process_api_server))
        yield


@pytest.fixture
def run(one_api: None, warehouse: None, site: Replica, tmp_path: Path) -> Iterator[Run]:
    """`run("find_faces", {…})` runs a DAG to its end; the test fails unless it ended as it should."""
    from airflow.dag_processing.dagbag import DagBag

    models = Path(os.environ.get("FACEWARDEN_MODELS") or REPO / ".local" / "models").absolute()
    sites = tmp_path / "sites.toml"
    host = site.address.removeprefix("http://")
    sites.write_text(
        f'[sites.replica]\nadapter = "dcinside"\nbase = "{site.address}"\nmedia_hosts = ["{host}"]\npace = 0\n'
    )
    engine = json.loads((models / "engine.json").read_text())["engine"]
    own = {"FACEWARDEN_SITES": str(sites), "FACEWARDEN_MODELS": str(models), "FACEWARDEN_ENGINE": engine}
    bag = DagBag(REPO / "dags", include_examples=False)

    def run(dag_id: str, conf: dict[str, Any] | None = None, state: str = "success") -> Any:
        ended = bag.dags[dag_id].test(run_conf=conf)
        assert ended.state == state
        return ended

    with pytest.MonkeyPatch.context() as patch:
        for name, value in own.items():
            patch.setenv(name, value)
        yield run
