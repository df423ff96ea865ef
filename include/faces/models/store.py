"""Gets the model files of the best engine that can be had here, and writes down which one that is.

    python -m include.faces.models.store --folder .local/models

A file that is in the folder already and right is used as it is, whoever put it there.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from include.faces.models.bucket import ensure_models, put_models
from include.faces.models.manifest import Manifest, Model, load_manifest
from include.faces.models.model_file import WrongFile, is_there, put, what_is_wrong, write_whole
from include.faces.models.package_managers import NoAnswer
from include.faces.models.sources import fetch

__all__ = ["Choice", "NoEngine", "choose", "ensure", "ensure_models", "put_models", "record"]

Say = Callable[[str], None]


class NoEngine(Exception):
    """The files of no engine could be had."""


@dataclass(frozen=True)
class Choice:
    """Which engine was taken, why, and how to get a better one; engine.json holds the same."""

    engine: str
    dimensions: int
    why: str
    better: str
    files: dict[str, str]


def ensure(model: Model, folder: Path, say: Say) -> list[str]:
    """Gets one file from the first source that has it. Returns why not, a line a source; nothing when it is there."""
    if is_there(model, folder):
        return []
    if not model.sources:
        return [f"{model.name}: {what_is_wrong(model, folder)}"]
    reasons = []
    for source in model.sources:
        try:
            put(fetch(source), model, folder)
        except (NoAnswer, WrongFile) as error:
            reasons.append(
                f"{model.name}: {error}" if str(source) in str(error) else f"{model.name}: {source}: {error}"
            )
            say(f"  {reasons[-1]}")
        else:
            say(f"  {model.name}: taken from {source}")
            return []
    return reasons


def choose(manifest: Manifest, folder: Path, say: Say, only: str = "", refresh: bool = False) -> Choice:
    """Takes the best engine that is there already; else (or with refresh) the best whose files can be had."""
    wanted = [manifest.engine(only).name] if only else [one.name for one in manifest.engines.values() if one.chosen]
    there = [name for name in wanted if all(is_there(model, folder) for model in manifest.files_of(name))]
    if there and not refresh:
        return _choice(manifest, there[0], folder, "its files are already there")
    return _get(manifest, wanted, folder, say)


def _get(manifest: Manifest, wanted: list[str], folder: Path, say: Say) -> Choice:
    failed: dict[str, list[str]] = {}
    for name in wanted:
        for model in manifest.files_of(name):
            if model.name not in failed and (reasons := ensure(model, folder, say)):
                failed[model.name] = reasons
        if not any(model.name in failed for model in manifest.files_of(name)):
            why = "; ".join(line for lines in failed.values() for line in lines)
            return _choice(manifest, name, folder, why or "the best there is")
    raise NoEngine("no engine's files could be had, nothing was changed that was there:\n  " + "\n  ".join(
        line for lines in failed.values() for line in lines))  # fmt: skip


def _choice(manifest: Manifest, name: str, folder: Path, why: str) -> Choice:
    return Choice(
        engine=name,
        dimensions=manifest.models[manifest.engine(name).embedder].dimensions,
        why=why,
        better=_better(manifest, name, folder),
        files={model.file: model.sha256 for model in manifest.files_of(name)},
    )


def _better(manifest: Manifest, name: str, folder: Path) -> str:
    """How to get the best engine, when this is not the one."""
    best = next((engine for engine in manifest.engines.values() if engine.chosen), manifest.engine(name))
    if name == best.name:
        return ""
    missing = [model for model in manifest.files_of(best.name) if not is_there(model, folder)]
    put_there = " and ".join(_by_hand(model, folder) for model in missing)
    return f"{best.name} finds more: {put_there}, or run this with --refresh on a machine that reaches all sources"


def _by_hand(model: Model, folder: Path) -> str:
    wrong = f" (what lies there as {model.file} is another file)" if (folder / model.file).exists() else ""
    source = model.sources[0] if model.sources else "the file"
    return f"put {source} (sha256 {model.sha256}) into {folder} as {model.file}{wrong}"


def record(choice: Choice, folder: Path) -> None:
    """Writes engine.json, unless it says the same engine already: then its account of why stays."""
    path = folder / "engine.json"
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    if before.get("engine") != choice.engine or before.get("files") != choice.files:
        write_whole(json.dumps(asdict(choice), indent=2).encode(), path)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Get the model files of the best engine that can be had here.")
    parser.add_argument("--folder", type=Path, default=os.environ.get("FACEWARDEN_MODELS", ".local/models"))
    parser.add_argument("--engine", default="", help="this engine and no other")
    parser.add_argument("--refresh", action="store_true", help="try for a better one although one is there")
    parser.add_argument("--pip", default="", help="how pip is called here, for instance 'uv pip'")
    options = parser.parse_args(arguments)
    if options.pip:
        os.environ["FACEWARDEN_PIP"] = options.pip
    try:
        choice = choose(load_manifest(), options.folder, print, options.engine, options.refresh)
    except (NoEngine, LookupError) as error:
        print(error, file=sys.stderr)
        return 1
    record(choice, options.folder)
    print(f"engine {choice.engine} ({choice.dimensions} numbers a face): {choice.why}")
    if choice.better:
        print(f"  {choice.better}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
