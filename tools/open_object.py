"""Where an object of the bucket opens in a browser.

    make open ADDRESS=gs://BUCKET/evidence/SUBJECT_ID.html

Of the local bucket it is a link to this one object, for reading, which runs out. Of Google's it is the console's
address, which asks who you are. Standard library only.
"""

import argparse
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO))

from tools.local import links  # noqa: E402
from tools.local.environment import BUCKET  # noqa: E402
from tools.local.state import State  # noqa: E402
from tools.runs.api import NotUp, exports  # noqa: E402

_CONSOLE = "https://storage.cloud.google.com"
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NoObject(Exception):
    """The address is none, or nothing lies there."""


def where_it_opens(address: str, state: State) -> str:
    """What to open, and until when. Raises NoObject, or NotUp where the bucket is the local one and is not up."""
    scheme, _, rest = address.partition("://")
    bucket, _, name = rest.partition("/")
    if scheme != "gs" or not bucket or not name:
        raise NoObject(f"{address} is no address of an object. One is gs://BUCKET/FOLDER/NAME")
    endpoint = os.environ.get("STORAGE_EMULATOR_HOST", "")
    if state.env.exists():
        endpoint = exports(state.env)["STORAGE_EMULATOR_HOST"]
    if endpoint:
        return _local_link(endpoint, bucket, name, state)
    if bucket == BUCKET:
        raise NotUp(f"gs://{bucket} is the local bucket, and it is not up")
    return f"{_CONSOLE}/{urllib.parse.quote(f'{bucket}/{name}')}"


def _local_link(endpoint: str, bucket: str, name: str, state: State) -> str:
    _look(endpoint, bucket, name)
    until = int(time.time()) + links.SECONDS
    base = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(endpoint))
    hour = time.strftime("%H:%M", time.localtime(until))
    return f"{links.link(base, state.secrets()['links'], bucket, name, until)}\n(until {hour})"


def _look(endpoint: str, bucket: str, name: str) -> None:
    path = f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}"
    try:
        _direct.open(endpoint + path, timeout=30).close()
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        raise NoObject(f"Nothing lies at gs://{bucket}/{name}") from None
    except OSError as error:
        raise NotUp(f"The local bucket does not answer ({error})") from None


def main() -> int:
    parser = argparse.ArgumentParser(description="Where an object of the bucket opens in a browser.")
    parser.add_argument("address", help="gs://BUCKET/NAME")
    parser.add_argument("--state", type=Path, default=REPO / ".local", help="folder of the local system")
    given = parser.parse_args()
    try:
        print(where_it_opens(given.address, State(given.state.resolve())))
    except NoObject as error:
        return _complain(str(error))
    except NotUp as error:
        return _complain(f"{error}. Start the local system with `make up`.")
    return 0


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
