"""One try of one task, in a process of its own: what a worker of Airflow does, and no more.

A process is forked from one that has imported everything and done nothing else. So a try begins in milliseconds, and a
kill of it is a kill of a worker: nothing of it is left but what it wrote.
"""

import ctypes
import importlib
import os
import tempfile
import traceback
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from include.core.errors import Mistake

# What a task needs, imported once for all of them.
PRELOADED = (
    "google.cloud.bigquery",
    "google.cloud.storage",
    "include.core.warehouse_client",
    "include.crawl.crawl_plan",
    "include.crawl.crawl_run",
    "include.download.download",
    "include.faces.models.bucket",
    "include.faces.scan_run",
    "include.matching.enrol",
    "include.matching.evidence",
    "include.matching.match",
    "include.matching.population",
    "include.warehouse.apply",
    "tests.faults.orphanage",
)
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_PRIVATE_AND_BELOW = 0x44000
_libc = ctypes.CDLL(None, use_errno=True)
_forks = get_context("forkserver")


@dataclass(frozen=True)
class Order:
    """What a try is to do: `function` ("module:name") for the run of this key, in this environment."""

    function: str
    key: str
    arguments: tuple[Any, ...]
    environment: dict[str, str]
    folder: Path  # for temporary files
    disk: int | None = None  # so many bytes of disk, where they are few
    disk_at: Path | None = None  # in the place of that folder


@dataclass(frozen=True)
class Said:
    """How a try that was not killed ended. A mistake is an error that trying again does not mend."""

    value: Any = None
    error: str = ""
    mistake: bool = False
    log: list[str] = field(default_factory=list)


def start(order: Order) -> tuple[ForkServerProcess, Connection]:
    """The process of a try, and where it will say how it ended. Killed, it says nothing."""
    _forks.set_forkserver_preload(list(PRELOADED))
    ours, theirs = _forks.Pipe(duplex=False)
    process = _forks.Process(target=_work, args=(order, theirs))
    process.start()
    theirs.close()
    return process, ours


def _work(order: Order, to: Connection) -> None:
    os.environ.update(order.environment)
    os.environ["TMPDIR"] = tempfile.tempdir = str(order.folder)
    if order.disk is not None:
        small_disk(order.disk_at or order.folder, order.disk)
    log: list[str] = []
    try:
        to.send(Said(_called(order, log), log=log))
    except Exception as error:
        told = "".join(traceback.format_exception(error))
        to.send(Said(error=told, mistake=isinstance(error, Mistake), log=log))


def _called(order: Order, log: list[str]) -> Any:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    from include.core.run import Run
    from include.core.settings import from_environment
    from include.core.warehouse_client import WarehouseClient

    settings, nobody = from_environment(), AnonymousCredentials()
    bq = WarehouseClient(settings.project, nobody, settings.location, settings.labels)
    run = Run(bq, storage.Client(settings.project, nobody), settings, order.key, log.append)
    module, _, name = order.function.partition(":")
    return getattr(importlib.import_module(module), name)(run, *order.arguments)


def small_disk(folder: Path, size: int) -> None:
    """A disk of so many bytes at this folder, which this process alone sees, and which ends with it.

    Raises OSError where the kernel gives nobody a place of their own to mount things in.
    """
    if _libc.unshare(_CLONE_NEWNS) and _libc.unshare(_CLONE_NEWNS | _CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "no mounts of its own for this process")
    _libc.mount(b"none", b"/", None, _MS_PRIVATE_AND_BELOW, None)
    if _libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={size}".encode()):
        raise OSError(ctypes.get_errno(), "no small disk for this process")
