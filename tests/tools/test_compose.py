"""docker-compose.yaml: valid, whole, and safe to start. No Docker is needed to know that."""

import ast
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

REPO = Path(__file__).resolve().parents[2]
TEXT = (REPO / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
ONE_SHOT = {"migrate", "models"}
SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "AIRFLOW_PASSWORD", "FERNET_KEY", "JWT_SECRET", "API_SECRET_KEY")


def test_it_is_what_the_compose_specification_allows() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    assert list(jsonschema.Draft7Validator(schema).iter_errors(COMPOSE)) == []


def test_every_service_waits_only_for_services_that_can_be_there() -> None:
    for name, service in SERVICES.items():
        for other, wish in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            ends = wish["condition"] == "service_completed_successfully"
            assert ends == (other in ONE_SHOT)
            assert ends or "healthcheck" in SERVICES[other]
            assert set(SERVICES[other].get("profiles", [])) <= set(service.get("profiles", []))


def test_every_image_is_built_here_or_pinned_to_a_version() -> None:
    stages = re.findall(r"^FROM \S+ AS (\w+)$", (REPO / "Dockerfile").read_text(), re.M)
    for service in SERVICES.values():
        if "build" in service:
            assert service["build"]["target"] in stages
        else:
            assert re.fullmatch(r"[\w/]+:\d[\w.]*", service["image"])


def test_everything_that_keeps_running_has_a_health_check() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == ONE_SHOT


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_required_and_has_no_default(name: str) -> None:
    uses = re.findall(r"\$\{" + name + r"\b([^}]*)\}", TEXT)
    assert uses
    assert all(use.startswith(":?") and len(use) > 2 for use in uses)


def test_nothing_that_looks_like_a_secret_is_written_down() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD$|SECRET|_KEY$", key):
                assert str(value).startswith("${"), key


def test_ports_are_published_for_this_machine_only() -> None:
    ports = [str(port) for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_queue_of_the_dags_has_a_worker() -> None:
    commands = [service.get("command", []) for service in SERVICES.values()]
    served = {command[command.index("--queues") + 1] for command in commands if "--queues" in command}
    assert served == {"default", "crawl", "faces"}
    assert _queues() <= served


def test_every_named_volume_is_declared_and_used() -> None:
    used = {str(volume).split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_the_images_are_installed_from_the_pins_and_run_without_root() -> None:
    for stage in re.split(r"^FROM ", (REPO / "Dockerfile").read_text(), flags=re.M)[1:]:
        assert "--require-hashes" in stage
        assert stage.rindex("USER facewarden") > stage.rindex("pip install")


def _queues() -> set[str]:
    """The queues that DAG files name, as their text says."""
    calls = [
        node
        for path in (REPO / "dags").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg == "queue"
    ]
    return {str(call.value.value) for call in calls if isinstance(call.value, ast.Constant)}
