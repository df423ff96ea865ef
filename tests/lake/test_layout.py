"""Everything in the bucket lies under a prefix of the layout, and nobody else spells one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.lake import layout
from include.lake.layout import PREFIXES, Prefix, prefix_of

REPO = Path(__file__).resolve().parents[2]
NAMES = {
    layout.ORIGINALS: layout.original("ab" * 32, "jpg"),
    layout.REFERENCES: layout.reference("anna", "cd" * 32, "png"),
    layout.EVIDENCE: layout.evidence_page("anna"),
    layout.CALIBRATION: layout.calibration_folder("run_1"),
    layout.MODELS: layout.model("ef" * 32),
    layout.DOWNLOADS: layout.download_folder("run_1"),
    layout.SCANNED: layout.scan_mark("engine"),
    layout.PACE: layout.host_folder("127.0.0.1:8100"),
    layout.UNPARSED: layout.unparsed_folder("run_1", "0000"),
}


@pytest.mark.parametrize(("prefix", "name"), NAMES.items(), ids=lambda it: it.name if isinstance(it, Prefix) else "")
def test_each_name_lies_under_its_prefix(prefix: Prefix, name: str) -> None:
    assert prefix_of(name) is prefix


def test_what_passes_through_a_run_lies_under_staging_which_empties_itself() -> None:
    names = [
        layout.shards("face", "run_1"),
        layout.crawl_batch_name("run_1", 3),
        layout.crawl_plan_name("run_1"),
        layout.crawl_attempts("run_1", "0003"),
        layout.clock_name("run_1", "0003"),
        layout.scan_batch_name("run_1", 3),
        layout.scan_attempts("run_1", "0003"),
    ]
    assert {prefix_of(name) for name in names} == {layout.STAGING}
    assert layout.STAGING.days


def test_what_holds_embeddings_or_a_known_face_is_biometric() -> None:
    assert {prefix.name for prefix in PREFIXES if prefix.biometric} == {
        "reference/", "evidence/", "download/", "staging/",
    }  # fmt: skip


def test_no_prefix_is_the_beginning_of_another() -> None:
    assert not [(a, b) for a in PREFIXES for b in PREFIXES if a is not b and a.name.startswith(b.name)]
    with pytest.raises(ValueError, match="ends with its slash"):
        Prefix("media", "", None, biometric=False)


def test_what_nobody_here_put_into_the_bucket_is_known_as_such() -> None:
    assert prefix_of("somebody's/own.txt") is None


def test_no_other_module_spells_a_prefix() -> None:
    spelt = re.compile(rf"(^|gs://[^/]*/)({'|'.join(re.escape(prefix.name) for prefix in PREFIXES)})")
    found = [
        f"{path.relative_to(REPO)}:{line}: {text}"
        for folder in ("include", "dags", "tools", "plugins")
        for path in sorted((REPO / folder).rglob("*.py"))
        if path.name != "layout.py"
        for line, text in _texts(path)
        if spelt.search(text)
    ]
    assert found == []


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module, docstrings apart; of an f-string its constant pieces, the first of them first."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            whole = "".join(str(it.value) if isinstance(it, ast.Constant) else "…" for it in node.values)
            yield node.lineno, whole
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value
