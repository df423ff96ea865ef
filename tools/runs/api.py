"""The few calls of Airflow's REST API that running a DAG needs."""

from __future__ import annotations

import json
import os
import shlex
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy to 127.0.0.1
_PAGE = 100
_AWAY = 30  # seconds that the server may be away, for instance while it is restarted


class NotUp(Exception):
    """There is no local system to talk to."""


class Refused(Exception):
    """The server understood, and said no; the text is its reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass
class Api:
    """A server and a user; the token is fetched when it is needed, and again when it has expired."""

    address: str
    user: str
    password: str
    _token: str = field(default="", repr=False)

    def get(self, path: str, **query: str | int) -> Json:
        return self._call("GET", f"/api/v2{path}?{urllib.parse.urlencode(query)}")

    def pages(self, path: str, key: str, **query: str | int) -> Iterator[Json]:
        """All the entries of a collection, over as many pages as it has."""
        offset = 0
        while True:
            page = self.get(path, limit=_PAGE, offset=offset, **query)
            yield from page[key]
            offset += len(page[key])
            if not page[key] or offset >= page["total_entries"]:
                return

    def unpause(self, dag_id: str) -> None:
        self._call("PATCH", f"/api/v2/dags/{quoted(dag_id)}?update_mask=is_paused", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Json) -> str:
        """Start a run and return its id. Not repeated when the server goes away: there might be two runs."""
        body = {"logical_date": None, "conf": conf}
        return str(self._call("POST", f"/api/v2/dags/{quoted(dag_id)}/dagRuns", body)["dag_run_id"])

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        until = time.monotonic() + _AWAY
        while True:
            try:
                return self._authorized(method, path, body)
            except OSError as error:  # not reached, hung up, too slow
                if method == "POST" or time.monotonic() > until:
                    raise NotUp(f"{self.address} does not answer ({error})") from error
                time.sleep(1)

    def _authorized(self, method: str, path: str, body: Json | None) -> Json:
        for attempt in (1, 2):
            self._token = self._token or self._new_token()
            try:
                return self._send(method, path, body)
            except Refused as refused:
                if refused.status != 401 or attempt == 2:
                    raise
                self._token = ""
        raise AssertionError("not reached")

    def _new_token(self) -> str:
        return str(
            self._send("POST", "/auth/token", {"username": self.user, "password": self.password})["access_token"]
        )

    def _send(self, method: str, path: str, body: Json | None) -> Json:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data=data, headers=headers, method=method)
        try:
            with _direct.open(request, timeout=60) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            raise Refused(error.code, _reason(error)) from error


def from_env_file(path: Path) -> Api:
    """The server that `make up` started, or the one that the shell's own environment names."""
    names = {**os.environ, **(exports(path) if path.exists() else {})}
    try:
        return Api(names["AIRFLOW_API"], names["AIRFLOW_USER"], names["AIRFLOW_PASSWORD"])
    except KeyError:
        raise NotUp(f"there is no {path} that names an Airflow") from None


def quoted(part: str) -> str:
    """A piece of a path: a run's id has colons and a plus."""
    return urllib.parse.quote(part, safe="")


def exports(path: Path) -> dict[str, str]:
    """The names and values in the file of export lines that `make up` writes."""
    return dict(word.split("=", 1) for word in shlex.split(path.read_text()) if "=" in word)


def _reason(error: urllib.error.HTTPError) -> str:
    text = error.read().decode(errors="replace")
    try:
        detail = json.loads(text)["detail"]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}: {text[:500]}"
    return detail if isinstance(detail, str) else json.dumps(detail)
