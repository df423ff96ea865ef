"""Secrets for several workers: new, once, for one service each; and in the broker nobody sees another's tasks."""

import re
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tools import make_secrets

REPO = Path(__file__).resolve().parents[2]


def read(folder: Path) -> Mapping[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_every_secret_of_the_compose_file_is_made_and_no_other(tmp_path: Path) -> None:
    wanted = yaml.safe_load((REPO / "docker-compose.yaml").read_text())["secrets"].values()
    assert make_secrets.main(tmp_path, local=False) == sorted(Path(secret["file"]).name for secret in wanted)


def test_nothing_is_overwritten_and_no_two_installations_share_a_secret(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    make_secrets.main(one, local=True)
    make_secrets.main(other, local=True)
    first = read(one)
    assert make_secrets.main(one, local=True) == []
    assert read(one) == first
    assert [name for name, text in first.items() if text == read(other)[name]] == [
        name for name in first if name.startswith("google_")
    ]


def test_only_the_owner_enters_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make_secrets.main(folder, local=False)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}


def test_what_holds_the_same_secret_agrees(tmp_path: Path) -> None:
    make_secrets.main(tmp_path, local=False)
    found = read(tmp_path)
    assert f":{found['postgres_password']}@" in found["database_url"]
    (tmp_path / "postgres_password").unlink()
    with pytest.raises(SystemExit, match="Nothing was made"):
        make_secrets.main(tmp_path, local=False)
    assert not (tmp_path / "postgres_password").exists()


def test_a_worker_sees_its_own_queue_in_the_broker_and_tells_the_others_nothing(tmp_path: Path) -> None:
    make_secrets.main(tmp_path, local=False)
    users = {line.split()[1]: line for line in read(tmp_path)["redis_users"].splitlines()}
    assert users["default"].endswith("-@all +ping")
    for queue in make_secrets.QUEUES:
        user = users[f"airflow-{queue}"]
        others = [name for name in make_secrets.QUEUES if name != queue]
        assert not re.search("|".join(f"[~.]{other}" for other in others), user)
        assert "~*" not in user and "&*" not in user and "pidbox" not in user
        assert {"-@admin", "-@dangerous", "resetchannels"} <= set(user.split())
        assert read(tmp_path)[f"broker_{queue}"].split(":")[2].split("@")[0] not in user, "only its hash"
