"""What docker-compose.yaml wants in deploy/secrets: made at random, once, and never overwritten.

    python3 tools/make_secrets.py [--local]

Each service is given the files that it needs, and no other. `google_*.json` are the Airflow connections of each worker:
put into them what it acts as (docs/operations.md, "Who acts as whom"). With --local they ask for no credentials.
Files are 0444, for whoever a service runs as, in a folder that only its owner enters.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "deploy" / "secrets"
QUEUES = ("default", "crawl", "faces")
BROKERS = ("scheduler", *QUEUES)
# In Redis a worker sees its own queue, what it has taken from it, and results: no other's tasks and tokens.
_WORKER = "~{0} ~{0}?* ~_kombu.binding.{0} ~celery-task-meta-* resetchannels &celery-task-meta-*"
_SCHEDULER = "~* &*"
_ANYBODY = "user default on nopass resetkeys resetchannels -@all +ping"


def wanted(local: bool) -> dict[str, str]:
    """Name and content of each file, all of it new."""
    database = secrets.token_urlsafe(32)
    found = {name: secrets.token_urlsafe(64) for name in ("jwt_secret", "api_secret_key")}
    found["fernet_key"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    found["admin_password"] = secrets.token_urlsafe(24)
    found["postgres_password"] = database
    found["database_url"] = f"postgresql+psycopg2://airflow:{database}@postgres/airflow"
    connection = {"conn_type": "google_cloud_platform", "extra": {"is_anonymous": True} if local else {}}
    for queue in QUEUES:
        found[f"google_{queue}.json"] = json.dumps({"google_cloud_default": connection}, indent=2)
    return {**found, **_redis()}


def _redis() -> dict[str, str]:
    """The addresses of the broker, each with a user of its own, and what Redis knows of these users."""
    found, users = {}, [_ANYBODY]
    for name in BROKERS:
        password = secrets.token_urlsafe(32)
        found[f"broker_{name}"] = f"redis://airflow-{name}:{password}@redis:6379/0"
        sees = _WORKER.format(name) if name in QUEUES else _SCHEDULER
        digest = hashlib.sha256(password.encode()).hexdigest()
        users.append(f"user airflow-{name} on #{digest} {sees} +@all -@admin -@dangerous -scan -randomkey")
    return {**found, "redis_users": "\n".join([*users, ""])}


# What holds one secret twice is made together.
_TOGETHER = (("postgres_password", "database_url"), ("redis_users", *(f"broker_{name}" for name in BROKERS)))


def main(folder: Path, local: bool) -> list[str]:
    """Make what is not there. Half of what belongs together is an error, and nothing is made then."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    missing = {name: text for name, text in wanted(local).items() if not (folder / name).exists()}
    for group in _TOGETHER:
        if missing.keys() & set(group) not in (set(), set(group)):
            sys.exit(
                f"{folder}: of {', '.join(group)} some are missing, and they hold the same secrets. "
                "Nothing was made. Put the missing ones back, or remove all of these and run it again."
            )
    for name, text in missing.items():
        half = folder / f".{name}.half"
        half.write_text(text)
        half.chmod(0o444)
        half.replace(folder / name)
    return sorted(missing)


if __name__ == "__main__":
    if set(sys.argv[1:]) - {"--local"}:
        sys.exit(__doc__)
    os.umask(0o077)
    made = main(FOLDER, "--local" in sys.argv)
    print(f"made in {FOLDER}: {', '.join(made)}" if made else f"all is there: {FOLDER}")
