"""Videos by a headless Chromium: the very bytes, the site's hosts only, and nothing left behind. Real Chromium."""

import os
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from include.crawl.adapters import load_adapter
from include.crawl.browser import player_page, reaper
from include.crawl.browser.browser import Browser
from include.crawl.browser.chromium import NO_SANDBOX, USER, opened
from include.crawl.net import fetch
from include.crawl.net.fetch import Away, Fetcher, Refused, Unreachable
from include.crawl.sites import Site
from include.media.file_types import MediaKind
from tests.needs import lacks

pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") and (os.environ.get("SE_CHROMEDRIVER") or shutil.which("chromedriver"))),
    reason=lacks("browser", "Chromium and its driver are not both here"),
)
REPO = Path(__file__).resolve().parents[2]
POST = "/board/view/?id=g&no=1"
FILES = {"/first": bytes(range(256)) * 4000, "/second": b"another file" * 10_000, "/nothing": b""}
SAME_NAME = 'attachment; filename="../../video.mp4"'
PAGE = '<html><body>{0}<button class="btn_down" onclick="{1}">download</button></body></html>'
HOSTILE = """
<iframe src="http://{trap}/frame"></iframe><iframe src="file:///etc/passwd"></iframe>
<img src="http://localhost:{port}/picture"><link rel="preconnect" href="http://{trap}">
<script>
const places = ["http://{trap}/", "http://localhost:{port}/", "http://169.254.169.254/latest/", "http://[::1]:{port}/"];
for (const place of places) {{
    fetch(place, {{mode: "no-cors"}}).catch(() => 0);
    navigator.sendBeacon(place);
    window.open(place);
}}
new WebSocket("ws://{trap}/socket");
new EventSource("http://{trap}/events");
const peer = new RTCPeerConnection({{iceServers: [{{urls: "stun:{trap}"}}]}});
peer.createDataChannel("x");
peer.createOffer().then((offer) => peer.setLocalDescription(offer));
try {{ new WebTransport("https://{trap}/transport"); }} catch (error) {{}}
navigator.serviceWorker.register("/worker.js").catch(() => 0);
alert("stop here");
</script>
"""


class Stage(ThreadingHTTPServer):
    """A site whose player pages lead to one kind of trouble each; it remembers who asked for what, as from where."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StageHandler)
        self.asked: list[tuple[str, str | None]] = []
        self.over = threading.Event()
        self.hostile = ""
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Who downloads two files leaves one."""

    def player(self, file: str) -> str:
        return f"{self.base}/player{file}"


class StageHandler(BaseHTTPRequestHandler):
    server: Stage

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Referer")))
        if self.path.startswith("/player"):
            self._page(self.path.removeprefix("/player"))
        elif self.path in FILES:
            self._head(len(FILES[self.path]))
            self.wfile.write(FILES[self.path])
        elif self.path in ("/stalled", "/trickling", "/cut"):
            self._never_whole()
        else:
            self.send_error(404)

    def _page(self, file: str) -> None:
        twice = "location.href='/second'; setTimeout(() => location.href='/first', 0)"
        click = twice if file == "/hostile" else f"location.href='{file}'"
        body = PAGE.format(self.server.hostile if file == "/hostile" else "", click)
        text = ("<p>nothing here</p>" if file == "/none" else body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _never_whole(self) -> None:
        self._head(10**6)
        self.wfile.write(bytes(50_000))
        while self.path != "/cut" and not self.server.over.wait(0.05):
            if self.path == "/trickling":
                self.wfile.write(b"drop")

    def _head(self, size: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Disposition", SAME_NAME)
        self.send_header("Content-Length", str(size))
        self.end_headers()


class Trap:
    """Listens for connections and datagrams on one port of 127.0.0.1, and notes whether any came."""

    def __init__(self) -> None:
        self._stream = socket.create_server(("127.0.0.1", 0))
        self.port = self._stream.getsockname()[1]
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.bind(("127.0.0.1", self.port))

    def was_asked(self) -> bool:
        return bool(select.select([self._stream, self._datagrams], [], [], 0)[0])

    def close(self) -> None:
        self._stream.close()
        self._datagrams.close()


class Socks(socketserver.ThreadingTCPServer):
    """A SOCKS5 proxy that knows one server under whatever name it is asked for, and notes the names."""

    daemon_threads = True

    def __init__(self, leads_to: int) -> None:
        super().__init__(("127.0.0.1", 0), SocksHandler)
        self.leads_to, self.asked = leads_to, set[str]()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class SocksHandler(socketserver.StreamRequestHandler):
    server: Socks
    rbufsize = 0

    def handle(self) -> None:
        self.rfile.read(self.rfile.read(2)[1])
        self.wfile.write(b"\x05\x00")
        kind = self.rfile.read(4)[3]
        self.server.asked.add(self.rfile.read(self.rfile.read(1)[0]).decode() if kind == 3 else "an address")
        self.rfile.read(2)
        self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
        with socket.create_connection(("127.0.0.1", self.server.leads_to)) as way:
            back = threading.Thread(target=_pour, args=(way, self.connection), daemon=True)
            back.start()
            _pour(self.connection, way)
            back.join()


def _pour(here: socket.socket, there: socket.socket) -> None:
    try:
        while data := here.recv(2**16):
            there.sendall(data)
        there.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    server = Stage()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.close()


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    """Where temporary files of these tests go; short, for the sake of Chromium's sockets."""
    folder = Path(tempfile.mkdtemp(prefix="fwt", dir="/tmp"))
    folder.chmod(0o711)  # as /tmp is: Chromium is another user where we are root
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    yield folder
    tempfile.tempdir = before
    shutil.rmtree(folder)


def _browser(base: str, **more: object) -> Browser:
    site = Site("stage", "dcinside", base, (), pace=0.0, **more)  # type: ignore[arg-type]
    return Browser(Fetcher(site, load_adapter(site)))


@pytest.fixture(scope="module")
def browser(stage: Stage, scratch: Path) -> Iterator[Browser]:
    with _browser(stage.base) as one:
        yield one
    assert not _left(scratch)


def _left(scratch: Path) -> list[str]:
    """Folders and processes of a Chromium."""
    folders = [folder.name for folder in scratch.glob("fw-*")]
    return [*folders, *(f"{pid}" for pid in _processes(scratch))]


def _processes(scratch: Path) -> list[int]:
    """Everything that was started with something in that folder, and what that has started."""
    parents, ours = {}, set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if f"{scratch}/fw-" in (process / "cmdline").read_text():
                ours.add(int(process.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sorted(ours)


@pytest.fixture
def failure(stage: Stage, browser: Browser, scratch: Path) -> Callable[..., str]:
    """`failure("/cut", Unreachable)`: in what words that download fails. It must leave nothing behind."""

    def failure(file: str, kind: type[Exception]) -> str:
        with pytest.raises(kind) as raised:
            browser.download(stage.player(file), stage.base + POST)
        assert not _left(scratch)
        return str(raised.value)

    return failure


def test_the_file_is_what_was_served_and_the_post_is_the_referer(stage: Stage, browser: Browser) -> None:
    with browser.download(stage.player("/first"), stage.base + POST) as got:
        assert got.file.read() == FILES["/first"] and got.size == len(FILES["/first"])
    assert ("/player/first", stage.base + POST) in stage.asked


def test_two_at_once_of_one_name_are_two_files(stage: Stage, browser: Browser) -> None:
    def download(file: str) -> bytes:
        with browser.download(stage.player(file), stage.base + POST) as got:
            return got.file.read()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(download, ["/first", "/second"])) == [FILES["/first"], FILES["/second"]]


def test_a_page_that_wants_elsewhere_gets_nowhere(stage: Stage, browser: Browser, trap: Trap) -> None:
    stage.hostile = HOSTILE.format(trap=f"127.0.0.1:{trap.port}", port=trap.port)
    with browser.download(stage.player("/hostile"), stage.base + POST) as got:
        assert got.size in (len(FILES["/first"]), len(FILES["/second"]))
    assert not trap.was_asked()


def test_it_keeps_its_own_sandbox_and_is_never_root(stage: Stage, browser: Browser, scratch: Path) -> None:
    browser.download(stage.player("/second"), stage.base + POST).close()
    drawing = [pid for pid in _processes(scratch) if b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert drawing and all("\nSeccomp:\t2\n" in Path(f"/proc/{pid}/status").read_text() for pid in drawing)
    assert all(b"--no-sandbox" not in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _processes(scratch))
    assert 0 not in {_user(pid) for pid in _processes(scratch) if not _is_reaper(pid)}


def _is_reaper(pid: int) -> bool:
    return b"reaper.py" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _user(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Uid:"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts it as somebody else")
def test_whoever_it_is_cannot_look_into_the_worker(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", reaper.__file__, str(os.getpid()), str(tmp_path / "gone"), str(USER)]
    for place in ("environ", "fd", "mem"):
        look = ["/bin/sh", "-c", f"ls /proc/{os.getpid()}/fd; cat /proc/{os.getpid()}/{place}"]
        done = subprocess.run([*command, *look], capture_output=True, text=True)
        assert done.stdout == "" and "Permission denied" in done.stderr


def test_without_a_sandbox_only_by_order_and_not_in_silence(
    stage: Stage, scratch: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(NO_SANDBOX, "1")
    with _browser(stage.base) as browser:
        browser.download(stage.player("/second"), stage.base + POST).close()
        assert any(b"--no-sandbox" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _processes(scratch))
    assert any("without its own sandbox" in line for line in caplog.messages)


START = "from include.crawl.browser.chromium import started; started('agent', '127.0.0.1:9')"


@pytest.mark.skipif(
    subprocess.run(["unshare", "--user", "--map-root-user", "true"], capture_output=True).returncode != 0,
    reason="no namespace can be made here in which there is root and nobody else",
)
def test_root_that_may_not_become_another_user_is_told_what_to_do(tmp_path: Path) -> None:
    alone = ["unshare", "--user", "--map-root-user", sys.executable]
    done = subprocess.run([*alone, "-c", START], cwd=REPO, capture_output=True, text=True)
    assert "run the worker as another user than root" in done.stderr
    reaped = [*alone, "-I", "-S", reaper.__file__, str(os.getpid()), str(tmp_path / "gone"), str(USER), "/bin/true"]
    assert f"cannot become user {USER}" in subprocess.run(reaped, capture_output=True, text=True).stderr


def test_a_link_that_chromium_made_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    for place in (tmp_path / "link", tmp_path / "secret"):
        if os.geteuid() == 0 or place.is_symlink():
            with pytest.raises(OSError, match=r"symbolic links|did not write"):
                opened(place)


def test_a_dead_chromium_is_replaced(stage: Stage, browser: Browser, scratch: Path) -> None:
    browser.download(stage.player("/second"), stage.base + POST).close()
    for pid in _processes(scratch):
        if "--user-data-dir" in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
            break
    with browser.download(stage.player("/second"), stage.base + POST) as got:
        assert got.size == len(FILES["/second"])


def test_a_file_that_is_not_there_is_given_up(failure: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_page, "BEGIN_S", 0.5)
    assert "did not begin" in failure("/missing", Unreachable)


def test_a_page_without_the_button_is_given_up(failure: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_page, "BUTTON_S", 0.3)
    assert "no download button" in failure("/none", Unreachable)


def test_a_server_that_stops_sending_is_given_up(failure: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_page, "IDLE_S", 0.5)
    assert "no new byte" in failure("/stalled", Unreachable)


def test_a_server_that_never_ends_is_given_up(failure: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_page, "IDLE_S", 0.7)
    monkeypatch.setattr(player_page, "TOTAL_S", 1.0)
    assert "took longer than" in failure("/trickling", Unreachable)


def test_half_a_file_is_no_file(failure: Callable[..., str]) -> None:
    assert "broke off" in failure("/cut", Unreachable)


def test_what_grows_too_large_is_refused_while_it_grows(
    failure: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(fetch.MAX_FILE_BYTES, MediaKind.VIDEO, 40_000)
    assert "larger than" in failure("/stalled", Refused)


def test_an_empty_file_is_refused(failure: Callable[..., str]) -> None:
    assert "empty file" in failure("/nothing", Refused)


def test_a_page_of_another_host_is_not_opened(browser: Browser, trap: Trap) -> None:
    with pytest.raises(Away):
        browser.download(f"http://127.0.0.1:{trap.port}/player/first", "")
    assert not trap.was_asked()


def test_through_a_proxy_names_are_resolved_there_and_only_the_sites_are_asked_for(
    stage: Stage, scratch: Path, trap: Trap
) -> None:
    stage.hostile = HOSTILE.format(trap=f"127.0.0.1:{trap.port}", port=trap.port)
    with Socks(stage.server_address[1]) as socks:
        proxy = f"socks5h://127.0.0.1:{socks.server_address[1]}"
        with _browser("http://videos.test", proxy=proxy) as browser:
            browser.download("http://videos.test/player/hostile", "http://videos.test" + POST).close()
        socks.shutdown()
    assert socks.asked == {"videos.test"} and not trap.was_asked()


WORKER = """
import sys, tempfile
from include.crawl.adapters import load_adapter
from include.crawl.browser.browser import Browser
from include.crawl.net.fetch import Fetcher
from include.crawl.sites import Site
tempfile.tempdir = sys.argv[2]
site = Site("stage", "dcinside", sys.argv[1], (), pace=0.0)
Browser(Fetcher(site, load_adapter(site))).download(sys.argv[1] + "/player/first", "").close()
print("downloaded", flush=True)
sys.stdin.read()
"""


def test_a_worker_that_is_killed_leaves_nothing(stage: Stage, scratch: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="w"))
    folder.chmod(0o711)
    command = [sys.executable, "-W", "ignore", "-c", WORKER, stage.base, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)}, **pipes) as worker:  # type: ignore[call-overload]
        assert worker.stdout
        assert worker.stdout.readline() == b"downloaded\n"
        running = [os.pidfd_open(pid) for pid in _processes(folder)]
        assert len(running) > 3
        worker.kill()
    for process in running:
        assert select.select([process], [], [], 20)[0]
        os.close(process)
    assert not _left(folder)
    folder.rmdir()


def test_without_chromium_the_packages_are_named(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SE_CHROMEDRIVER", raising=False)
    with _browser(stage.base) as browser, pytest.raises(Unreachable, match="apt-get install chromium chromium-driver"):
        browser.download(stage.player("/first"), stage.base + POST)
