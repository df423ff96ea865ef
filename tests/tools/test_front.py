"""The front before the stores: programs that know the token pass. Pages, other names and other users do not."""

import http.client
import io
import json
import os
import socket
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import bigquery, storage

from tests.conftest import REPO, STATE
from tools.local import namespace, ports, processes

OBJECTS = "/storage/v1/b/{bucket}/o"
BROWSERS = {
    "a foreign page": {"Origin": "https://evil.test"},
    "a page without an origin": {"Origin": "null"},
    "a page of a service beside it": {"Origin": "http://127.0.0.1:8080"},
    "a picture in a foreign page": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"},
    "a page of this host": {"Sec-Fetch-Site": "same-site"},
    "an address that was typed": {"Sec-Fetch-Site": "none"},
    "a name that leads here": {"Host": "rebound.evil.test"},
    "a name with our port": {"Host": "rebound.evil.test:{port}"},
    "our address with another port": {"Host": "127.0.0.1:1"},
    "a form": {"Origin": "https://evil.test", "Content-Type": "text/plain"},
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Front:
    """Raw requests to the front of one store."""

    def __init__(self, variable: str) -> None:
        parts = urlsplit(os.environ[variable])
        self.port, self.token = parts.port or 0, parts.path

    def ask(self, path: str, method: str = "GET", body: str = "", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        told = {name.replace("_", "-"): value.format(port=self.port) for name, value in headers.items()}
        connection.request(method, path, body or None, told)
        answer = connection.getresponse()
        found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return found


@pytest.fixture(scope="module")
def store(emulators: None) -> Front:
    return Front("STORAGE_EMULATOR_HOST")


@pytest.fixture(scope="module")
def warehouse(emulators: None) -> Front:
    return Front("BIGQUERY_EMULATOR_HOST")


@pytest.fixture
def folder(gcs: storage.Client, bucket: str) -> Callable[..., storage.Blob]:
    """Blobs below a prefix of the test's own."""
    prefix = uuid.uuid4().hex
    return lambda name: gcs.bucket(bucket).blob(f"{prefix}/{name}")


@pytest.mark.parametrize("headers", BROWSERS.values(), ids=BROWSERS.keys())
def test_no_page_reads_or_changes_anything_even_if_it_knew_the_token(
    store: Front, warehouse: Front, gcs: storage.Client, bq: bigquery.Client, bucket: str, headers: dict[str, str]
) -> None:
    bad = uuid.uuid4().hex
    body, write = json.dumps({"datasetReference": {"datasetId": bad}}), f"?uploadType=media&name={bad}"
    headers = {"Content-Type": "application/json", **headers}
    answers = [
        store.ask(store.token + OBJECTS.format(bucket=bucket), **headers),
        store.ask(store.token + "/upload" + OBJECTS.format(bucket=bucket) + write, "POST", "bad", **headers),
        warehouse.ask(f"{warehouse.token}/bigquery/v2/projects/{bq.project}/datasets", **headers),
        warehouse.ask(f"{warehouse.token}/bigquery/v2/projects/{bq.project}/datasets", "POST", body, **headers),
    ]
    assert {answer.status for answer in answers} == {403}
    assert not [name for answer in answers for name in answer.headers if name.startswith("access-control-")]
    assert not gcs.bucket(bucket).blob(bad).exists()
    with pytest.raises(NotFound):
        bq.get_dataset(bad)


def test_a_preflight_is_refused(store: Front, warehouse: Front, bucket: str) -> None:
    asks = {"Origin": "https://evil.test", "Access-Control-Request-Method": "DELETE"}
    for front in (store, warehouse):
        answer = front.ask(f"{front.token}/", "OPTIONS", **asks)
        assert answer.status == 403
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_without_the_token_nothing_is_told(
    store: Front, warehouse: Front, folder: Callable[[str], storage.Blob], bq: bigquery.Client
) -> None:
    there = folder("there")
    there.upload_from_string(b"secret")
    wrong = f"/{'0' * 48}"
    path = f"/storage/v1{there.path}"
    told = [store.ask(path) for path in (path, f"{path}not", "/", wrong + path, warehouse.token + path)]
    told += [store.ask(f"/storage/v1{there.path}", Authorization=f"Bearer {wrong}")]
    told += [store.ask(f"/storage/v1{there.path}", "DELETE"), store.ask("//storage/v1")]
    told += [warehouse.ask(f"{gone}/bigquery/v2/projects/{bq.project}/datasets") for gone in ("", wrong, store.token)]
    assert {(answer.status, answer.body) for answer in told} == {(404, b"There is nothing here.\n")}
    assert there.exists()


def test_a_bearer_is_as_good_as_the_path(store: Front, warehouse: Front, bq: bigquery.Client, bucket: str) -> None:
    bearer = {"Authorization": f"Bearer {store.token[1:]}"}
    assert store.ask(f"/storage/v1/b/{bucket}", **bearer).status == 200
    bearer = {"Authorization": f"Bearer {warehouse.token[1:]}"}
    assert warehouse.ask(f"/bigquery/v2/projects/{bq.project}/datasets", **bearer).status == 200


def test_both_names_of_this_machine_are_known(store: Front, bucket: str) -> None:
    path = f"{store.token}/storage/v1/b/{bucket}"
    assert store.ask(path, Host="localhost:{port}").status == store.ask(path, Host="127.0.0.1:{port}").status == 200


def test_the_client_of_cloud_storage_passes(
    folder: Callable[[str], storage.Blob], gcs: storage.Client, bucket: str
) -> None:
    small, large, odd = folder("small"), folder("large"), folder("odd/한글 & 50%?#.txt")
    big = os.urandom(9 << 20)
    small.upload_from_string(b"one", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        small.upload_from_string(b"two", if_generation_match=0)
    large.upload_from_string(big)  # resumable: at the address in the answer's Location
    odd.upload_from_string(b"odd")
    assert large.media_link.startswith(os.environ["STORAGE_EMULATOR_HOST"])
    assert (small.download_as_bytes(), large.download_as_bytes(), odd.download_as_bytes()) == (b"one", big, b"odd")
    assert large.download_as_bytes(start=5, end=9) == big[5:10]
    both, copy = folder("both"), gcs.bucket(bucket).copy_blob(small, gcs.bucket(bucket), f"{small.name}-copy")
    both.compose([small, odd])
    copy.rewrite(small)
    prefix = small.name.partition("/")[0]
    listed = {blob.name: blob for blob in gcs.list_blobs(bucket, prefix=prefix)}
    assert set(listed) == {blob.name for blob in (small, large, odd, both, copy)}
    assert listed[both.name].download_as_bytes() == b"oneodd"
    small.delete()
    assert not small.exists()


def test_slices_of_unknown_length_pass(folder: Callable[[str], storage.Blob]) -> None:
    blob = folder("slices")
    blob.chunk_size = 1 << 18
    with blob.open("wb") as writer:
        for _ in range(5):
            writer.write(b"x" * 200_000)
    with blob.open("rb") as reader:
        assert reader.read() == b"x" * 1_000_000


def test_gcsfs_passes(folder: Callable[[str], storage.Blob], bucket: str) -> None:
    import gcsfs

    files = gcsfs.GCSFileSystem(token="anon", endpoint_url=os.environ["STORAGE_EMULATOR_HOST"])
    path = f"{bucket}/{folder('by gcsfs.txt').name}"
    files.pipe(path, b"text")
    assert files.cat(path) == b"text"
    assert files.ls(path.rpartition("/")[0]) == [path]


def test_the_client_of_bigquery_passes_and_reads_and_writes_the_bucket(
    bq: bigquery.Client, folder: Callable[[str], storage.Blob], bucket: str
) -> None:
    dataset = bq.create_dataset(f"front_{uuid.uuid4().hex}")
    table = f"{dataset.dataset_id}.t"
    for number in (1, 2):
        folder(f"rows/{number}.json").upload_from_string(json.dumps({"n": number}))
    wild = f"gs://{bucket}/{folder('rows').name}/*.json"
    lines = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", autodetect=True)
    bq.load_table_from_uri(wild, table, job_config=lines).result()
    bq.load_table_from_file(io.BytesIO(b'{"n": 3}'), table, job_config=lines).result()
    assert bq.insert_rows_json(bq.get_table(table), [{"n": 4}]) == []
    assert [row.n for row in bq.query_and_wait(f"SELECT n FROM {table} ORDER BY n")] == [1, 2, 3, 4]
    out = folder("out.csv")
    bq.extract_table(table, f"gs://{bucket}/{out.name}").result()
    assert sorted(out.download_as_text().split()) == ["1", "2", "3", "4", "n"]
    bq.delete_dataset(dataset, delete_contents=True)


def test_the_front_holds_nothing_whole(store: Front, folder: Callable[[str], storage.Blob]) -> None:
    (pid,) = ports.listeners(store.port)
    blob, big = folder("big"), bytes(64 << 20)
    blob.upload_from_string(big)
    assert blob.download_as_bytes() == big
    (peak,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 60 << 10


def test_only_the_fronts_listen(store: Front, warehouse: Front) -> None:
    if refused := namespace.refusal():
        pytest.skip(f"this machine refuses a network of one's own: {refused}")
    found = ports.addresses(processes.marked(STATE.root))
    assert {("127.0.0.1", store.port), ("127.0.0.1", warehouse.port)} <= found
    assert {address for address, _ in found} == {"127.0.0.1"}
    assert len(found) == len(STATE.report()["ports"])


AS_NOBODY = """
import os, socket, sys
ports, folders = eval(sys.argv[1])
os.setgroups([]), os.setgid(65534), os.setuid(65534)
for port in ports:
    with socket.socket() as ask:
        ask.connect(("127.0.0.1", port))
        ask.sendall(b"GET /storage/v1/b HTTP/1.1\\r\\nHost: 127.0.0.1:%d\\r\\n\\r\\n" % port)
        print(ask.recv(99).split()[1].decode())
for folder in folders:
    try:
        print(os.listdir(folder))
    except PermissionError:
        print("closed")
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_another_user_of_this_machine_reaches_nothing(store: Front, warehouse: Front) -> None:
    listening = [store.port, warehouse.port]
    folders = [str(STATE.root), str(STATE.root / "data"), str(STATE.root / "run")]
    command = [sys.executable, "-c", AS_NOBODY, repr((listening, folders))]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert said == ["404"] * len(listening) + ["closed"] * len(folders)


HIDDEN = f"""
import ctypes, os, socket, sys
sys.path.insert(0, {str(REPO)!r})
from tools.local import namespace
if os.getuid() == 0 and sys.argv[1] == "nobody":
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1)  # so that it owns its own /proc again
outside = socket.create_server(("127.0.0.1", 0))
namespace.enter()
inside = socket.create_server(("127.0.0.1", 0))
socket.socket().connect(inside.getsockname())
print(outside.getsockname()[1], inside.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("who", ["myself", "nobody"])
def test_what_listens_in_a_network_of_its_own_is_reached_from_nowhere_else(who: str) -> None:
    if refused := namespace.refusal():
        pytest.skip(f"this machine refuses a network of one's own: {refused}")
    command = [sys.executable, "-c", HIDDEN, who]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hidden:
        assert hidden.stdin and hidden.stdout
        outside, inside = map(int, hidden.stdout.readline().split())
        socket.create_connection(("127.0.0.1", outside), timeout=5).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", inside), timeout=5)
        hidden.stdin.close()


def test_no_token_stands_on_a_command_line_or_in_a_log(store: Front, warehouse: Front, bucket: str) -> None:
    tokens = [store.token[1:].encode(), warehouse.token[1:].encode()]
    store.ask(f"{store.token}/storage/v1/b/{bucket}/o/none")
    store.ask(f"{store.token}/storage/v1/b/none", "DELETE")
    shown = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in processes.marked(STATE.root)]
    shown += [log.read_bytes() for log in STATE.log("x").parent.glob("*.log")]
    assert len(shown) > 4
    assert not [text for text in shown for token in tokens if token in text]


def test_what_the_system_keeps_is_this_users_alone(store: Front, warehouse: Front) -> None:
    kept = [STATE.root, *(path for path in STATE.root.rglob("*") if not path.is_symlink())]
    assert len(kept) > 10
    assert [path for path in kept if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077] == []
