"""The bucket empties its passing folders by itself, and what somebody else has set there stays."""

import json
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import storage

from include.lake.lifetimes import (
    LIFETIMES,
    add_lifetimes,
    create,
    forget_removed,
    keeps_removed,
    lacking,
    update,
)


@pytest.fixture
def private(gcs: storage.Client) -> Any:
    """A bucket as Google's server would tell of it: the emulator forgets all of these settings."""
    bucket = gcs.bucket("as-google-tells")
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    return bucket


@pytest.fixture
def sent(gcs: storage.Client, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the client sends, as it goes out."""
    requests: list[Any] = []
    real = gcs._http.request

    def noted(method: str, url: str, data: Any = None, **options: Any) -> Any:
        requests.append((method, data))
        return real(method, url, data=data, **options)

    monkeypatch.setattr(gcs._http, "request", noted)
    return requests


def _ages(bucket: storage.Bucket) -> Any:
    return {rule["condition"]["matchesPrefix"][0]: rule["condition"]["age"] for rule in bucket.lifecycle_rules}


def test_every_passing_folder_is_emptied(private: storage.Bucket) -> None:
    assert lacking(private) == list(LIFETIMES)
    add_lifetimes(private, lacking(private))
    assert _ages(private) == {"staging/": 7, "scanned/": 30, "pace/": 1, "download/": 7, "unparsed/": 30, "unread/": 30}
    assert lacking(private) == []


def test_what_is_missing_is_added_and_what_is_there_stays(private: storage.Bucket) -> None:
    private.add_lifecycle_delete_rule(age=3, matches_prefix=["staging/"])
    private.add_lifecycle_delete_rule(age=900, matches_prefix=["sha256/"])
    assert lacking(private) == ["download/", "scanned/", "pace/", "unparsed/", "unread/"]
    add_lifetimes(private, lacking(private))
    assert _ages(private) == {
        "staging/": 3, "sha256/": 900, "scanned/": 30, "pace/": 1, "download/": 7, "unparsed/": 30, "unread/": 30,
    }  # fmt: skip


def test_a_rule_that_only_moves_objects_empties_nothing(private: storage.Bucket) -> None:
    private.add_lifecycle_set_storage_class_rule("NEARLINE", age=3, matches_prefix=["unparsed/"])
    assert "unparsed/" in lacking(private)


def test_what_is_removed_is_to_be_gone_at_once(private: storage.Bucket) -> None:
    assert not keeps_removed(private), "as Google says it of a bucket without soft delete"
    private.soft_delete_policy.retention_duration_seconds = 7 * 86400
    assert keeps_removed(private)
    private.soft_delete_policy.retention_duration_seconds = 0
    private.versioning_enabled = True
    assert keeps_removed(private)


def test_the_server_is_told_to_keep_nothing(gcs: storage.Client, bucket: str, sent: list[Any]) -> None:
    kept: dict[str, dict[str, Any]] = {
        "softDeletePolicy": {"retentionDurationSeconds": 0},
        "versioning": {"enabled": False},
    }
    forget_removed(gcs.get_bucket(bucket))
    create(gcs, bucket, None)
    changed, made = [json.loads(body) for method, body in sent if method in ("PATCH", "POST")]
    assert all(body[name].items() >= kept[name].items() for body in (changed, made) for name in kept)


def test_nothing_is_asked_of_a_bucket_that_does_not_tell_its_settings(gcs: storage.Client, bucket: str) -> None:
    """Else each prepare would change the emulator's bucket again, in vain."""
    assert lacking(gcs.get_bucket(bucket)) == []
    assert not keeps_removed(gcs.get_bucket(bucket))


def test_a_bucket_is_made_and_changed_where_it_lies(gcs: storage.Client, bucket: str) -> None:
    create(gcs, bucket, None)  # it is there: another was faster
    update(gcs.get_bucket(bucket), ["pace/"])
    with pytest.raises(GoogleAPICallError):
        update(gcs.bucket("not-there"), ["pace/"])
