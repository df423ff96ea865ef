"""The types of rows follow from bq_schemas/, and a row that does not fit its table is an error of mypy."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import row_types

HEAD = """
from datetime import UTC, datetime
from include.core.run import Run
from include.warehouse.rows import POST, SUBJECT, SubjectRow
from include.warehouse.shards import write_shard

def subject() -> SubjectRow:
    return {"subject_id": "a", "label": "b", "created_at": datetime.now(UTC)}

def write(run: Run) -> None:
    write_shard(run, SUBJECT, "0", [subject()])
"""
WRONG = {
    "a misspelt column": ("row: SubjectRow = {**subject(), 'lable': 'b'}", 'Extra key "lable"'),
    "a misspelt column that is read": ("subject()['lable']", 'has no key "lable"'),
    "a value of another type": ("other: SubjectRow = {**subject(), 'label': 5}", 'expression has type "int"'),
    "a required column left out": (
        "less: SubjectRow = {'subject_id': 'a', 'label': 'b'}",
        'Missing key "created_at"',
    ),
    "a row of another table": ("write_shard(run, POST, '0', [subject()])", '"Row" of "write_shard"'),
    "a name that is no table": ("write_shard(run, 'subject', '0', [subject()])", 'expected "Table[SubjectRow]"'),
}


def test_the_types_are_those_of_the_columns() -> None:
    assert row_types.TARGET.read_text("utf-8") == row_types.module()


def test_a_new_column_is_one_more_of_its_row(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(row_types.SCHEMAS, tmp_path / "bq_schemas"))
    columns = json.loads((copy / "subject.json").read_text())
    columns.append({"name": "seen", "type": "RECORD", "mode": "REPEATED", "fields": [{"name": "on", "type": "DATE"}]})
    (copy / "subject.json").write_text(json.dumps(columns))
    text = row_types.module(copy)
    assert "    seen: NotRequired[list[SubjectSeen]]\n" in text
    assert 'class SubjectSeen(TypedDict):\n    """A value in column `seen` of that table."""\n\n    on: ' in text
    assert "from datetime import date, datetime\n" in text
    compile(text, "rows.py", "exec")


@pytest.mark.slow
@pytest.mark.timeout(600)  # without its cache mypy reads all that is imported
def test_a_row_that_does_not_fit_its_table_is_an_error_of_mypy(tmp_path: Path) -> None:
    lines = [*HEAD.splitlines(), *(f"    {line}" for line, _ in WRONG.values())]
    code = tmp_path / "code.py"
    code.write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-pretty", str(code)], cwd=row_types.REPO, capture_output=True, text=True
    )
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert len(errors) == len(WRONG), done.stdout + done.stderr
    first = len(HEAD.splitlines())
    for number, (error, (line, words)) in enumerate(zip(errors, WRONG.values(), strict=True), 1):
        assert f":{first + number}: " in error and words in error, f"{line}: {error}"
