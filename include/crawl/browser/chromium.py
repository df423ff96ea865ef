"""A headless Chromium of our own: how it is started, what it may not do, and how it is ended with nothing left."""

import logging
import os
import queue
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, BinaryIO

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import ChromeOptions, Remote
from selenium.webdriver.chrome.remote_connection import ChromeRemoteConnection
from selenium.webdriver.common.proxy import Proxy
from selenium.webdriver.remote.client_config import ClientConfig
from urllib3.exceptions import HTTPError

from include.crawl.browser import reaper
from include.crawl.net.failures import Unreachable

# For the driver to start, for Chromium to start, and for each command: a page's script may never end.
COMMAND_S = 30.0
# Set to 1, and only then, Chromium goes without its own sandbox: for a container that forbids it, and is one itself.
NO_SANDBOX = "FACEWARDEN_CHROMIUM_NO_SANDBOX"
# Who it is where the worker is root: Chromium makes no sandbox for root, and nobody's processes are the decoders'.
USER = 65_533
# What Selenium raises when a page, Chromium or its driver does not do as asked.
FAILURES = (WebDriverException, HTTPError, OSError)
_ROOT_ALONE = (
    f"Chromium makes no sandbox for root, and root cannot become user {USER} here: run the worker as another user than "
    "root, or let it change its user (in Docker: the capabilities CHOWN, SETUID and SETGID)"
)
_MISSING = "there is no {0} on this machine: apt-get install chromium chromium-driver"
_STARTED = re.compile(rb"started successfully on port (\d+)")
# A driver that is killed hangs up on Selenium's listener, which would call that an error.
logging.getLogger("websocket").setLevel(logging.CRITICAL)
_LOG = logging.getLogger(__name__)
_SWITCHES = (
    "--headless=new",
    "--remote-debugging-pipe",  # no port that somebody else could speak to; and it ends when chromedriver does
    # Nothing but through the egress proxy: no names are resolved, no datagrams sent, loopback is no exception.
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    # Nothing on its own behalf. (What it tries all the same ends at that proxy.)
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
    "--disable-default-apps",
    "--disable-component-extensions-with-background-pages",
    "--disable-features=Translate,OptimizationHints,MediaRouter,NetworkTimeServiceQuerying,AutofillServerCommunication",
    "--component-updater=url-source=http://127.0.0.1:9/",
    "--gaia-url=http://127.0.0.1:9",
    # Nothing that a page need not have.
    "--block-new-web-contents",
    "--deny-permission-prompts",
    "--blink-settings=imagesEnabled=false",
    "--mute-audio",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # 64 MiB in a container
    "--password-store=basic",
    "--log-level=3",  # what pages write to their console would fill the disk
)


class NoDriver(Unreachable):
    """Chromedriver ended before it began; now and then it finds the port taken that it chose itself."""


def started(agent: str, proxy: str) -> "Chromium":
    """A Chromium that runs."""
    try:
        return Chromium(agent, proxy)
    except NoDriver:
        return Chromium(agent, proxy)


class Chromium:
    """One Chromium, its driver, and one folder that holds all that both of them write. `driver` is Selenium's.

    Where the worker is root they are another user, who cannot look into the worker. The folder itself stays ours, so
    that nothing in it can be put in another's place.
    """

    def __init__(self, agent: str, proxy: str) -> None:
        chromedriver = os.environ.get("SE_CHROMEDRIVER") or _found("chromedriver")
        binary = _found("chromium")
        self.folder = Path(tempfile.mkdtemp(prefix="fw-chromium-"))
        self.folder.chmod(0o711)
        self._reaper: subprocess.Popen[bytes] | None = None
        # What has become of each download that has ended.
        self.ends: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with tempfile.TemporaryFile() as log:
            try:
                own = self.own_folder("own-")
                self._reaper = _reaped(self.folder, own, chromedriver, log.fileno())
                port = self._port(log.fileno())
                self.driver = Remote(_connection(port), options=_options(binary, agent, proxy, own))
                self.home = self.driver.current_window_handle
                self.driver.browsing_context.add_event_handler("download_end", self.ends.put)
            except (*FAILURES, AttributeError) as error:  # Selenium's, where chromedriver goes before it has answered
                self.end()
                raise _unstartable(error, _said(log.fileno())) from None
            except BaseException:
                self.end()
                raise

    def own_folder(self, prefix: str) -> Path:
        """A new folder into which Chromium may write."""
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=self.folder))
        if os.geteuid() == 0:
            try:
                os.chown(folder, USER, USER)
            except OSError:
                raise Unreachable(_ROOT_ALONE) from None
        return folder

    def cdp(self, command: str, **parameters: Any) -> dict[str, Any]:
        """A command of Chromium's own protocol, to the tab that is in front."""
        answer = self.driver.execute("executeCdpCommand", {"cmd": command, "params": parameters})
        result: dict[str, Any] = answer["value"]
        return result

    def answers(self) -> bool:
        """Whether it still lives."""
        try:
            self.driver.switch_to.window(self.home)
        except FAILURES:
            return False
        return True

    def end(self) -> None:
        """Kill it with all its children and remove its folder: whatever is in there was for once."""
        if self._reaper:
            self._reaper.terminate()
            try:
                self._reaper.wait(COMMAND_S)
            except subprocess.TimeoutExpired:
                self._reaper.kill()
                self._reaper.wait()
        shutil.rmtree(self.folder, ignore_errors=True)  # in case that it was the reaper who was killed

    def _port(self, log: int) -> int:
        deadline = time.monotonic() + COMMAND_S
        while time.monotonic() < deadline:
            if port := _STARTED.search(_said(log)):
                return int(port[1])
            if self._reaper is None or self._reaper.poll() is not None:
                raise ChildProcessError("chromedriver ended at once")
            time.sleep(0.01)
        raise TimeoutError("chromedriver does not answer")


def _said(log: int) -> bytes:
    return os.pread(log, 2**16, 0)


def _found(program: str) -> str:
    path = shutil.which(program)
    if not path:
        raise Unreachable(_MISSING.format(program))
    return path


def opened(file: Path) -> BinaryIO:
    """What Chromium wrote, and no other file to which it made a link."""
    stream = open(os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")  # noqa: SIM115
    found = os.fstat(stream.fileno())
    if not stat.S_ISREG(found.st_mode) or (os.geteuid() == 0 and found.st_uid != USER):
        stream.close()
        raise OSError("Chromium did not write this")
    return stream


def _reaped(folder: Path, own: Path, chromedriver: str, log: int) -> subprocess.Popen[bytes]:
    """In a session of its own (a Ctrl-C is for us to answer), and with none of our secrets in its environment."""
    command: list[str | Path] = [sys.executable, "-I", "-S", reaper.__file__, str(os.getpid()), folder, str(USER)]
    command += [chromedriver, "--port=0", "--enable-chrome-logs"]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    environment |= dict.fromkeys(("HOME", "TMPDIR"), str(own))
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd="/", start_new_session=True
    )


def _connection(port: int) -> ChromeRemoteConnection:
    """Straight to the driver that we have started: no proxy of the environment, and no Selenium Manager."""
    config = ClientConfig(
        f"http://127.0.0.1:{port}",
        proxy=Proxy(raw={"proxyType": "DIRECT"}),
        timeout=int(COMMAND_S),
        websocket_timeout=COMMAND_S,
        websocket_interval=0.005,
    )
    return ChromeRemoteConnection(config.remote_server_addr, client_config=config)


def _options(binary: str, agent: str, proxy: str, folder: Path) -> ChromeOptions:
    options = ChromeOptions()
    options.binary_location = binary
    options.enable_bidi = True
    options.page_load_strategy = "none"  # a picture that never comes is no reason to wait
    options.unhandled_prompt_behavior = "dismiss"
    own = [f"--proxy-server=http://{proxy}", f"--user-agent={agent}", f"--user-data-dir={folder / 'profile'}"]
    if os.environ.get(NO_SANDBOX) == "1":
        _LOG.warning("%s=1: Chromium runs without its own sandbox; pages have one wall less to break", NO_SANDBOX)
        own.append("--no-sandbox")
    for switch in (*_SWITCHES, *own):
        options.add_argument(switch)
    options.add_experimental_option("excludeSwitches", ["disable-popup-blocking"])
    options.add_experimental_option("prefs", {"intl.accept_languages": "ko,en"})
    return options


def _unstartable(error: Exception, said: bytes) -> Unreachable:
    if b"cannot become user" in said:
        return Unreachable(_ROOT_ALONE)
    if b"sandbox" in said.lower():
        return Unreachable(
            "Chromium cannot make its sandbox here: let the worker use user namespaces (in Docker: a seccomp profile), "
            f"or, in a container that is sandbox enough, do without: {NO_SANDBOX}=1"
        )
    last = said.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
    kind = NoDriver if isinstance(error, ChildProcessError) else Unreachable
    return kind(f"Chromium does not start: {first_line(error)} ({last})")


def first_line(error: BaseException) -> str:
    """What an error says, without the stack traces that chromedriver adds."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
