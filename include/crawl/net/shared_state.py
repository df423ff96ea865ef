"""What all workers share about hosts, kept in the bucket: no server of our own, on any number of machines."""

import json
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, NotFound, PreconditionFailed, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage.exceptions import InvalidResponse
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import RequestException

from include.core.run import Run

_TIMEOUT = (5, 10)
_RETRY = DEFAULT_RETRY.with_timeout(20)
_ABSENT = 0  # the generation of an object that is not there


class StateUnreachable(Exception):
    """The bucket does not answer as it should. No crawl fails for it."""


@dataclass(frozen=True)
class Note:
    """A small JSON object, and which version of it this is."""

    value: dict[str, Any]
    generation: int


class SharedState:
    """Small JSON objects that several workers change: each change only where nobody was faster.

    `run_key` names the run that this worker belongs to.
    """

    def __init__(self, run: Run) -> None:
        self.run_key = run.key
        self._bucket = run.gcs.bucket(run.bucket)

    def read(self, name: str) -> Note:
        """The newest version; empty when there is none, or none that can be read."""
        blob = self._bucket.blob(name)
        try:
            data = blob.download_as_bytes(timeout=_TIMEOUT, retry=_RETRY)
        except NotFound:
            return Note({}, _ABSENT)
        except _UNREACHABLE as error:
            raise StateUnreachable(type(error).__name__) from None
        return Note(_parsed(data), int(blob.generation or _ABSENT))

    def swap(self, name: str, old: Note, value: dict[str, Any]) -> Note | None:
        """Put a value where the old version stands; None when that has been replaced.

        An answer that got lost looks so too: who must know puts something of their own into the value, and reads.
        """
        blob = self._bucket.blob(name)
        try:
            blob.upload_from_string(
                json.dumps(value),
                content_type="application/json",
                if_generation_match=old.generation,
                timeout=_TIMEOUT,
                retry=_RETRY,
            )
        except PreconditionFailed:
            return None
        except _UNREACHABLE as error:
            raise StateUnreachable(type(error).__name__) from None
        return Note(value, int(blob.generation or _ABSENT))


_UNREACHABLE = (GoogleAPICallError, GoogleAuthError, InvalidResponse, OSError, RequestException, RetryError)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
