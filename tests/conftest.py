"""What all tests share: the two emulators, clients for them, a prepared warehouse, Airflow's database.

Everything here belongs to one process of the tests, and to a project of its own: no test can reach Google, nor touch
what `make up` keeps. The emulators start with the first test that asks for them. To save their start while working on
something, name the state folder of a running system in FACEWARDEN_TEST_STATE (`make up` writes .local).

The whole suite runs in as many processes as there are processors, each with emulators and an Airflow of its own; all
tests of a file run in one of them.
"""

import atexit
import fcntl
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from include.core.run import Log, Run
from include.core.settings import from_environment
from replica.server import Replica
from tools.local.state import State

pytest_plugins = ["tests.needs"]
MakeRun = Callable[..., Run]
REPO = Path(__file__).resolve().parents[1]
HOME = Path(tempfile.mkdtemp(prefix="facewarden-tests-"))
RUNNING = os.environ.get("FACEWARDEN_TEST_STATE")
MAX_PROCESSES = 4
LONGEST = ("e2e", "matching", "crawl", "warehouse")
PROJECT = "facewarden-test"
BUCKET = "facewarden-test"
STATE = State((Path(RUNNING) if RUNNING else HOME / "state").resolve())  # of the emulators
SEED = 7  # of the replica
ENDPOINTS = ("BIGQUERY_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")
NOBODY = "http://127.0.0.1:9"  # where nothing listens: a test that did not ask for emulators fails, and reaches no one

atexit.register(shutil.rmtree, HOME, ignore_errors=True)
# Set here, at import, because Airflow reads its settings once, when it is first imported.
os.environ.update(
    {
        "AIRFLOW_HOME": str(HOME / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPO / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPO / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(HOME / "airflow" / "passwords.json"),
        "AIRFLOW__API_AUTH__JWT_SECRET": "of-the-tests-only-and-long-enough-for-it",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow/airflow.db",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": json.dumps(
            {"conn_type": "google_cloud_platform", "extra": {"project": PROJECT, "is_anonymous": True}}
        ),
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",  # else each process waits a minute for a probe of Google
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "FACEWARDEN_BUCKET": BUCKET,
        "FACEWARDEN_SITES": str(HOME / "sites.toml"),  # a test that crawls writes its own
        "FACEWARDEN_MODELS": os.environ.get("FACEWARDEN_MODELS", str(REPO / ".local" / "models")),
        "FACEWARDEN_ENGINE": os.environ.get("FACEWARDEN_ENGINE", "none"),  # a test that scans names its own
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        **dict.fromkeys(ENDPOINTS, NOBODY),
    }
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest first, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: next((at for at, name in enumerate(LONGEST) if f"tests/{name}/" in item.nodeid), 9))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes `-n auto` is: one for what was chosen by its path, or shares emulators that run already."""
    chosen = config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    return 0 if chosen or RUNNING else min(os.cpu_count() or 1, MAX_PROCESSES)


@pytest.fixture(scope="session")
def emulators() -> Iterator[None]:
    """BigQuery's and Cloud Storage's emulator, on free ports, named in the environment as everywhere else.

    They stand behind the same fronts as those of `make up`.
    """
    state = STATE.root
    if not RUNNING:
        with (Path(tempfile.gettempdir()) / "facewarden-tests.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two at once would find the same ports free
            _local_system("up", "--state", str(state), "--only", "emulators")
    exports = dict(word.split("=", 1) for word in shlex.split((state / "env").read_text()) if "=" in word)
    os.environ.update({name: exports[name] for name in ENDPOINTS})
    yield
    if not RUNNING:
        _local_system("down", "--state", str(state))


def _local_system(*arguments: str) -> None:
    command = [sys.executable, str(REPO / "tools" / "local_system.py"), *arguments]
    said = HOME / "local_system.txt"  # a file and no pipe: what it starts in the background may keep a pipe open
    with said.open("w") as output:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    if done.returncode:
        reason = f"the tests' emulators: {' '.join(arguments)} failed\n{said.read_text()}"
        pytest.exit(reason, returncode=3)


@pytest.fixture(scope="session")
def bq(emulators: None) -> bigquery.Client:
    """A BigQuery client, of the tests' own project."""
    return bigquery.Client(project=PROJECT, credentials=AnonymousCredentials())


@pytest.fixture(scope="session")
def gcs(emulators: None) -> storage.Client:
    """A Cloud Storage client."""
    return storage.Client(project=PROJECT, credentials=AnonymousCredentials())


@pytest.fixture(scope="session")
def bucket(gcs: storage.Client) -> str:
    """Name of a bucket that exists."""
    if gcs.lookup_bucket(BUCKET) is None:
        gcs.create_bucket(BUCKET)
    return BUCKET


@pytest.fixture(scope="session")
def make_run(bq: bigquery.Client, gcs: storage.Client, bucket: str) -> MakeRun:
    """A run by its key, with a log, and with whatever of its settings a test wants to be otherwise."""

    def make(key: str = "run_1", log: Log = print, **settings: Any) -> Run:
        return Run(bq, gcs, replace(from_environment(), **{"bucket": bucket, **settings}), key, log)

    return make


@pytest.fixture(scope="session")
def warehouse(make_run: MakeRun) -> None:
    """Datasets, tables, views and routines, prepared once."""
    from include.warehouse.apply import prepare

    prepare(make_run())


@pytest.fixture(scope="session")
def used_tables(warehouse: None, bq: bigquery.Client) -> Callable[[], list[str]]:
    """Tables that any job, of whatever process, may have written since this was last asked."""
    from include.warehouse.schemas import load_specs

    addresses = [spec.address for spec in load_specs().values()]
    asked: datetime | None = None

    def used() -> list[str]:
        nonlocal asked
        since, asked = asked, datetime.now(UTC)
        jobs = bq.list_jobs(all_users=True, min_creation_time=since)
        written = " ".join(
            str(job.destination) if isinstance(job, bigquery.LoadJob) else getattr(job, "query", "")
            for job in jobs
            if getattr(job, "statement_type", None) != "SELECT"
        )
        return [address for address in addresses if re.search(rf"\b{re.escape(address)}\b", written)]

    return used


@pytest.fixture
def clean_tables(used_tables: Callable[[], list[str]], bq: bigquery.Client, gcs: storage.Client, bucket: str) -> None:
    """All tables empty, no shard and mark in the bucket. Only what was used is emptied: it takes a second for all."""
    if used := used_tables():
        bq.query("".join(f"TRUNCATE TABLE {address};" for address in used)).result()
    for prefix in ("staging/", "scanned/"):
        for blob in list(gcs.list_blobs(bucket, prefix=prefix)):
            blob.delete()


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """Airflow's own database, fresh and migrated: what `dag.test()` needs."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture(scope="session")
def replica_root() -> Path:
    """The folder of the built replica; built here if set-up has not done so."""
    from replica.build import build

    root = REPO / ".local" / "replica"
    build(root, SEED)
    return root


@pytest.fixture(scope="session")
def truth(replica_root: Path) -> dict[str, Any]:
    """What a perfect crawl finds."""
    facts: dict[str, Any] = json.loads((replica_root / "truth.json").read_text(encoding="utf-8"))
    return facts


@pytest.fixture(scope="session")
def photo() -> Callable[[str], bytes]:
    """A photograph's bytes by its name: obama.jpg, obama2.jpg, obama3.jpg, biden.jpg, astronaut.png, …"""
    from replica import photos

    folder = REPO / ".local" / "replica" / "photos"
    photos.fetch(folder)
    return lambda name: (folder / name).read_bytes()


@pytest.fixture
def site(replica_root: Path) -> Iterator[Replica]:
    """A running replica of one's own, on a free port."""
    server = Replica(replica_root)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
