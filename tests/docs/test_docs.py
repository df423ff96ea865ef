"""The docs name nothing that is not there: no file, module, verb or link; and they stay easy to read."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
DOCS = REPO / "docs"
PAGES = [REPO / "README.md", REPO / "README.ko.md", REPO / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
PICTURE = DOCS / "architecture.svg"
ROOMS = sorted(path.parent.name for path in (REPO / "include").glob("*/__init__.py"))
SHARED = (REPO / "dags" / ".airflowignore").read_text("utf-8").split()  # what DAG files use, and no DAG
DAGS = sorted(path.stem for path in (REPO / "dags").glob("*.py") if path.name not in SHARED)
TABLES = sorted(path.stem for path in (REPO / "bq_schemas").glob("*.json"))
MAX_WORDS_A_SENTENCE = 16

# A path of ours, from the root of the checkout.
_PATH = re.compile(r"(?<![\w./-])(?:include|replica|tools|tests|docs|dags|bq_schemas|plugins)/[\w./*-]*")
_FILE = re.compile(r"(?<![\w./<>*-])[a-z_][\w-]*\.(?:py|sql|toml|j2|svg)\b")
_MODULE = re.compile(r"python[\d.]* -m ([\w.]+)")
_CODE = re.compile(r"^```.*?^```|^ {4}.*?$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_VERB = re.compile(r"\bmake ([a-z-]+)")
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
_OURS = ("include", "replica", "tools", "tests")
# What only looks like ours: names that are the reader's to give, places in Google's environment, an id of a picture.
_NOT_OURS = re.compile(r".*(NAME|TABLE|VERB_NOUN)|dags/(include|bq_schemas)/$|replica/replica_walk/")


def text(page: Path) -> str:
    return page.read_text("utf-8")


def code(page: Path) -> str:
    return "\n".join(_CODE.findall(text(page)))


def each_page(found: re.Pattern[str], of: Callable[[Path], str] = text) -> list[object]:
    """A case for whatever is found in a page, once each."""
    return [
        pytest.param(page, name, id=f"{page.name}: {name}")
        for page in PAGES
        for name in sorted(set(found.findall(of(page))))
        if not _NOT_OURS.match(name)
    ]


def exists(path: str) -> bool:
    return any(REPO.glob(path.rstrip("./"))) if "*" in path else (REPO / path.rstrip(".")).exists()


@pytest.mark.parametrize(("page", "path"), each_page(_PATH))
def test_a_path_that_is_named_is_there(page: Path, path: str) -> None:
    assert exists(path), f"{page.name} names {path}"


@pytest.mark.parametrize(("page", "name"), each_page(_FILE))
def test_a_file_that_is_named_without_its_folder_is_somewhere(page: Path, name: str) -> None:
    folders = (REPO / folder for folder in (*_OURS, "dags", "bq_schemas", "docs"))
    assert (REPO / name).exists() or any(any(it.rglob(name)) for it in folders), f"{page.name} names {name}"


@pytest.mark.parametrize(("page", "module"), each_page(_MODULE))
def test_a_module_that_is_run_can_be_run(page: Path, module: str) -> None:
    path = REPO / module.replace(".", "/")
    assert module.startswith(_OURS)
    assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"{page.name} runs {module}"


@pytest.mark.parametrize(("page", "verb"), each_page(_VERB, code))
def test_a_verb_of_make_is_one(page: Path, verb: str) -> None:
    assert re.search(rf"^{verb}:", text(REPO / "Makefile"), re.MULTILINE), f"{page.name} says make {verb}"


@pytest.mark.parametrize(("page", "link"), each_page(_LINK))
def test_a_link_leads_somewhere(page: Path, link: str) -> None:
    assert link.startswith("https://") or (page.parent / link).exists(), f"{page.name} links to {link}"


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(_LINK.findall(text(REPO / "README.md")))
    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} <= linked
    assert linked >= set(_LINK.findall(text(REPO / "README.ko.md"))) - {"README.md"}


def test_the_picture_shows_every_room_dag_table_and_asset() -> None:
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", text(PICTURE))
    assets = re.findall(r'_table_asset\("(\w+)"', text(REPO / "dags" / "wiring.py"))
    assert assets
    assert {*ROOMS, *DAGS, *TABLES, *assets} - set(shown) == set()


def test_the_glossary_has_a_word_for_every_table() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", text(DOCS / "glossary.md"), re.MULTILINE)
    words = {word.strip() for row in rows for word in row.split(",")}
    assert {*TABLES} - {"post_outcome", "crawl_count"} - words == set()


def test_every_direct_dependency_has_its_reason() -> None:
    pinned = set(re.findall(r"^([\w-]+)==", text(REPO / "requirements.in"), re.MULTILINE))
    told = text(DOCS / "design.md")
    assert [name for name in sorted(pinned) if not re.search(rf"(?<![\w-]){name}(?![\w-])", told)] == []


def sentences(page: str) -> list[str]:
    """The prose of a page, without tables, headings and code."""
    prose = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    lines = [line for line in prose.splitlines() if not re.match(r"[|#!]|    ", line)]
    pieces = re.split(r"\n\s*\n|\n(?=- |\d+\. )", "\n".join(lines))
    return [it for piece in pieces for it in re.split(r"(?<=[.?!])[*)]*\s+", " ".join(piece.split())) if it]


def test_the_design_is_told_in_short_sentences() -> None:
    told = sentences(text(DOCS / "design.md"))
    assert sum(len(sentence.split()) for sentence in told) / len(told) < MAX_WORDS_A_SENTENCE
