"""Engines and photographs for the tests of faces. Both come out of packages at first use and stay under .local/."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from include.faces.engine import Engine, FoundFace, load_engine
from include.faces.face import Face
from include.faces.models.manifest import load_manifest
from include.faces.models.model_file import is_there
from include.faces.models.store import NoEngine, choose
from include.media.image import Image
from include.media.pictures import decode
from tests.needs import lacks

LOCAL = Path(__file__).resolve().parents[2] / ".local"


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder with the model files."""
    return Path(os.environ.get("FACEWARDEN_MODELS") or LOCAL / "models").absolute()


@pytest.fixture(scope="session")
def engine(models: Path) -> Engine:
    """The engine that set-up took, or would take."""
    return load_engine(choose(load_manifest(), models, print).engine, models)


@pytest.fixture(scope="session", params=list(load_manifest().engines))
def each_engine(request: pytest.FixtureRequest, models: Path) -> Engine:
    """Every engine whose files can be had here; what this fetches does not change what set-up has taken."""
    name = request.param
    if all(is_there(model, models) for model in load_manifest().files_of(name)):
        return load_engine(name, models)
    try:
        choose(load_manifest(), LOCAL / "models-for-tests", print, only=name)
    except NoEngine as error:
        pytest.skip(lacks("engine", str(error)))
    return load_engine(name, LOCAL / "models-for-tests")


@pytest.fixture(scope="session")
def portrait(photo: Callable[[str], bytes]) -> Callable[[str], Image]:
    """A photograph, decoded and at most 800 pixels high."""

    @cache
    def load(name: str) -> Image:
        image = decode(photo(name))
        step = max(1, image.shape[0] // 800)
        return image[::step, ::step].copy() if step > 1 else image

    return load


@pytest.fixture(scope="session")
def looks(portrait: Callable[[str], Image]) -> Callable[[Engine, str], list[FoundFace]]:
    """What an engine sees in a photograph, embedded by nobody yet. Some detectors take a second: each looks once."""
    return cache(lambda engine, name: engine.find(portrait(name)))


@pytest.fixture(scope="session")
def only_face(looks: Callable[[Engine, str], list[FoundFace]]) -> Callable[[Engine, str], Face]:
    """The face of a photograph that shows one person."""
    return cache(lambda engine, name: engine.embed(looks(engine, name)[:1])[0])
