"""The bucket: made private, and told which of its folders empty themselves."""

from google.api_core.exceptions import Conflict
from google.cloud import storage

from include.lake.layout import PREFIXES

# Days after which what lies in a folder deletes itself.
LIFETIMES = {prefix.name: prefix.days for prefix in PREFIXES if prefix.days}


def create(gcs: storage.Client, name: str, location: str | None) -> None:
    """Makes it. One that was made by another in between counts as made."""
    bucket = gcs.bucket(name)
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.iam_configuration.public_access_prevention = "enforced"
    add_lifetimes(bucket, lacking(bucket))
    try:
        gcs.create_bucket(bucket, location=location)
    except Conflict:
        gcs.get_bucket(name)  # an error here means that it is not ours


def lacking(bucket: storage.Bucket) -> list[str]:
    """Folders that nothing empties yet. One that somebody gave another lifetime keeps that.

    A bucket without uniform access was not made here, or lies on a server that keeps no such settings (the emulator):
    of its rules nothing is known, so nothing is asked of it.
    """
    if not bucket.iam_configuration.uniform_bucket_level_access_enabled:
        return []
    deleting = [rule for rule in bucket.lifecycle_rules if rule["action"]["type"] == "Delete"]
    emptied = {prefix for rule in deleting for prefix in rule["condition"].get("matchesPrefix", [])}
    return [folder for folder in LIFETIMES if folder not in emptied]


def add_lifetimes(bucket: storage.Bucket, folders: list[str]) -> None:
    """Rules for these folders beside those that are there; on the server only once the bucket is created or patched."""
    for folder in folders:
        bucket.add_lifecycle_delete_rule(age=LIFETIMES[folder], matches_prefix=[folder])


def update(bucket: storage.Bucket, folders: list[str]) -> None:
    """Sets rules for these folders; an error (412) where another changed the bucket in between."""
    add_lifetimes(bucket, folders)
    bucket.patch(if_metageneration_match=bucket.metageneration)
