"""docker-compose.yaml: valid, whole, and no service with more than it needs. No Docker is needed to know that."""

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
WORKERS = {"worker-default", "worker-crawl", "worker-faces"}


def secrets(service: str) -> set[str]:
    """The files of deploy/secrets that a service is given."""
    given = SERVICES[service].get("secrets", [])
    return {secret if isinstance(secret, str) else str(secret["source"]) for secret in given}


def holders(secret: str) -> set[str]:
    return {name for name in SERVICES if secret in secrets(name)}


def neighbours(service: str) -> set[str]:
    """Whom a service can reach."""
    own = set(SERVICES[service].get("networks", ["default"]))
    return {name for name in SERVICES if own & set(SERVICES[name].get("networks", ["default"]))} - {service}


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


def test_every_image_is_built_here_or_pinned_to_a_version_and_may_be_pinned_to_a_digest() -> None:
    dockerfile = (REPO / "Dockerfile").read_text()
    for service in SERVICES.values():
        if "build" in service:
            (name,) = service["build"]["args"]
            assert f"FROM ${{{name}}} AS {service['build']['target']}\n" in dockerfile
            (usual,) = re.findall(f"^ARG {name}=(.*)$", dockerfile, re.M)
            assert service["build"]["args"][name] == f"${{{name}:-{usual}}}"
        else:
            assert re.fullmatch(r"\$\{[A-Z]+_IMAGE:-\w+:\d[\w.]*\}", service["image"])


def test_everything_that_keeps_running_has_a_health_check() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == ONE_SHOT


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_write_only_where_it_must_and_has_no_power_over_the_machine(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "network_mode", "pid", "ipc", "devices"} & service.keys()
    assert not any("unconfined" in option for option in service["security_opt"])
    assert service["mem_limit"] and service["pids_limit"]
    assert not any(str(volume).startswith(("/", ".", "~")) for volume in service.get("volumes", []))


def test_no_secret_stands_in_an_environment_or_in_this_file() -> None:
    secret = r"(PASSWORD|SQL_ALCHEMY_CONN|FERNET_KEY|SECRET_KEY|JWT_SECRET|BROKER_URL|RESULT_BACKEND|AIRFLOW_CONN_\w+)$"
    for name, service in SERVICES.items():
        assert [key for key in service.get("environment", {}) if re.search(secret, key)] == [], name
    assert not re.search(r"\w+://\w*:[^@\s]+@", TEXT)


def test_every_secret_is_a_file_in_one_folder_that_is_in_no_commit_and_in_no_image() -> None:
    folders = {str(Path(secret["file"]).parent) for secret in COMPOSE["secrets"].values()}
    assert folders == {"deploy/secrets"}
    assert "deploy/secrets/" in (REPO / ".gitignore").read_text().splitlines()
    assert "!deploy" not in (REPO / ".dockerignore").read_text()
    assert all(holders(secret) for secret in COMPOSE["secrets"])


def test_a_worker_has_its_own_broker_password_and_google_account_and_nothing_else() -> None:
    for queue in ("default", "crawl", "faces"):
        assert secrets(f"worker-{queue}") == {f"broker_{queue}", f"google_{queue}"}
        assert holders(f"google_{queue}") == {f"worker-{queue}"}


def test_the_keys_of_airflow_are_only_where_they_are_used() -> None:
    core = {"migrate", "api-server", "scheduler", "dag-processor", "triggerer"}
    assert holders("database_url") == holders("fernet_key") == core
    assert holders("jwt_secret") == {"api-server", "scheduler"}
    assert holders("api_secret_key") == {"api-server"}
    assert holders("admin_password") == {"migrate"}
    assert holders("postgres_password") == {"postgres"}
    assert holders("redis_users") == {"redis"}


def test_a_secret_that_is_read_is_one_that_the_service_is_given() -> None:
    for name, service in SERVICES.items():
        read = set(re.findall(r"/run/secrets/([\w.]+)", json.dumps(service)))
        given = {secret if isinstance(secret, str) else secret["target"] for secret in service.get("secrets", [])}
        assert read == given, name


def test_the_crawl_reaches_neither_the_database_nor_anothers_files() -> None:
    assert "postgres" not in neighbours("worker-crawl")
    volumes = {str(volume).split(":")[0] for volume in SERVICES["worker-crawl"]["volumes"]}
    assert volumes == {"logs-crawl", "scratch-crawl"}


def test_stores_have_no_way_out_and_nothing_comes_in_but_to_the_ui() -> None:
    outside = {name for name, network in COMPOSE["networks"].items() if not (network or {}).get("internal")}
    for name, service in SERVICES.items():
        assert bool(outside & set(service["networks"])) == (name in {*WORKERS, "models", "api-server"})
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"api-server"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["api-server"]["ports"])
    assert neighbours("api-server") >= WORKERS
    assert neighbours("postgres") == {"migrate", "api-server", "scheduler", "dag-processor", "triggerer"}


def test_chromium_has_its_own_sandbox_and_only_the_crawl_may_make_one() -> None:
    assert "CHROMIUM_NO_SANDBOX" not in TEXT
    profiles = {name: [o for o in service["security_opt"] if "seccomp" in o] for name, service in SERVICES.items()}
    assert {name for name, profile in profiles.items() if profile} == {"worker-crawl"}
    assert (REPO / profiles["worker-crawl"][0].removeprefix("seccomp:")).is_file()


def test_people_have_names_and_roles() -> None:
    manager = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
    for name in ("api-server", "migrate"):
        assert SERVICES[name]["environment"]["AIRFLOW__CORE__AUTH_MANAGER"] == manager
    assert "SIMPLE_AUTH_MANAGER" not in TEXT


def test_an_account_that_was_deleted_does_not_come_back_with_the_next_start() -> None:
    (script,) = SERVICES["migrate"]["command"]
    assert script.index("COUNT(*) FROM ab_user") < script.index("users create")
    assert "|| exit 0" in script


def test_workers_cannot_ask_each_other_what_they_do() -> None:
    for name in WORKERS:
        assert SERVICES[name]["environment"]["AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL"] == "False"
        assert {"--without-gossip", "--without-mingle", "--skip-serve-logs"} <= set(SERVICES[name]["command"])


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
