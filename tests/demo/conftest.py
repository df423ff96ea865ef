"""The built replica, and a server for it, for every test that wants one."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.demo.build import build
from include.demo.server import Replica

ROOT = Path(__file__).resolve().parents[2] / ".local" / "replica"
SEED = 7


@pytest.fixture(scope="session")
def replica_root() -> Path:
    """The folder of the built replica; built here if set-up has not done so."""
    build(ROOT, SEED)
    return ROOT


@pytest.fixture(scope="session")
def truth(replica_root: Path) -> dict[str, Any]:
    """What a perfect crawl finds."""
    facts: dict[str, Any] = json.loads((replica_root / "truth.json").read_text(encoding="utf-8"))
    return facts


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
