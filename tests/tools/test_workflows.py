"""What a public host runs: valid, as little as it needs, and the same as we run here."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).resolve().parents[2] / ".github" / "workflows").glob("*.yml"))


def read(path: Path) -> Any:
    # YAML reads the key `on` as true.
    return {("on" if key is True else key): value for key, value in yaml.safe_load(path.read_text()).items()}


def commands(name: str) -> list[str]:
    (path,) = [path for path in WORKFLOWS if path.stem == name]
    return [step["run"] for job in read(path)["jobs"].values() for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.stem))
def test_it_is_valid_and_may_only_read(path: Path) -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/github-workflows.json").read_text())
    workflow = read(path)
    assert list(jsonschema.Draft7Validator(schema).iter_errors(workflow)) == []
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow["on"]
    assert "secrets." not in path.read_text()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.stem))
def test_what_it_takes_from_others_is_pinned_to_a_commit(path: Path) -> None:
    uses = re.findall(r"uses: (\S+)", path.read_text())
    assert uses
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in uses)


def test_the_audit_is_asked_each_week_and_with_each_change() -> None:
    (path,) = [path for path in WORKFLOWS if path.stem == "audit"]
    assert {"schedule", "pull_request"} <= read(path)["on"].keys()
    assert commands("audit") == ["make audit"]


def test_tests_are_those_of_ci() -> None:
    assert commands("tests")[-1] == ".ci/run"
