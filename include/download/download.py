"""A question to files: asked, planned, fetched, told."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from include.core.errors import Mistake
from include.core.run import Run
from include.core.sizes import readable
from include.download.answer import answer
from include.download.file_plan import PlannedRow, plan
from include.download.folder import Folder
from include.download.manifest_table import files, manifest
from include.download.question import Question, question
from include.download.verified_fetch import FileOutcome, FileStatus, room
from include.download.zipped import Zip
from include.lake.layout import download_folder


def download_asked(run: Run, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a filled-in form asks for. The same run, tried again, goes on in the same place."""
    return download(run, question(asked), target(run, asked["folder"], asked["zip"]))


def download(run: Run, asked: Question, to: Path | str) -> dict[str, Any]:
    """Files and their manifest in a folder (a path), or in a zip (a path or gs:// address that ends in .zip).

    Raises Mistake for what is refused, before anything is fetched; RuntimeError, after all others came, for files that
    another try may bring. What is gone or broken for good is a row that says so, and no error.
    """
    table = answer(run, asked)
    planned = plan(table, run.bucket, asked.label)
    run.log(f"{table.num_rows} rows, {len(planned.contents)} different files in them" + _refused(planned.rows))
    sink = _sink(run, to)
    with room(sink.kept), sink:
        outcomes = sink.take(planned.contents, asked.most_fetched)
        for name, data in files(manifest(table, planned, outcomes)).items():
            sink.write(name, data)
        sink.finish()
    done = _summary(table.num_rows, outcomes, sink.fetched, str(to))
    run.log(_told(done))
    if failed := done["files"].get(FileStatus.FAILED):
        raise RuntimeError(f"{failed} files did not come; the others are there. Run again: only these are asked for")
    return done


def target(run: Run, folder: str | None, zipped: bool) -> Path | str:
    """Where it goes: below FACEWARDEN_DOWNLOADS where there is one, and otherwise into the bucket, as a zip."""
    if run.settings.downloads is None:
        if folder:
            raise Mistake("no FACEWARDEN_DOWNLOADS is set, so there are no folders: leave it empty, and a zip in the "
                          "bucket is made. Nothing was downloaded")  # fmt: skip
        return run.address(f"{download_folder(run.key)}media.zip")
    root = run.settings.downloads.resolve()
    to = (root / (folder or run.key)).resolve()
    if to == root or not to.is_relative_to(root):
        raise Mistake("a folder is a name below FACEWARDEN_DOWNLOADS, and that is none: nothing was downloaded")
    return to.with_name(f"{to.name}.zip") if zipped else to


def _sink(run: Run, to: Path | str) -> Folder | Zip:
    if isinstance(to, Path) and to.suffix != ".zip":
        return Folder(run, to)
    return Zip(run, to)


def _refused(rows: list[PlannedRow]) -> str:
    refused = sum(row.refused is not None for row in rows)
    return f"; {refused} rows name nothing that is taken, and the manifest says why" if refused else ""


def _summary(rows: int, outcomes: Mapping[str, FileOutcome], fetched: int, to: str) -> dict[str, Any]:
    return {
        "rows": rows,
        "files": dict(Counter(str(it.status) for it in outcomes.values())),
        "bytes": sum(it.size or 0 for it in outcomes.values()),
        "fetched": fetched,
        "to": to,
    }


def _told(done: Mapping[str, Any]) -> str:
    if not done["rows"]:
        return f"the query found nothing: an empty manifest is in {done['to']}"
    counts = ", ".join(f"{number} {status}" for status, number in sorted(done["files"].items()))
    return f"files: {counts or 'none'}; {readable(done['bytes'])}, {done['fetched']} fetched now, in {done['to']}"
