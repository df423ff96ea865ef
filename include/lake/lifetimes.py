"""The bucket: made private, told which of its folders empty themselves, and to keep nothing that was removed."""

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
    _keep_nothing(bucket)
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
    if not _tells(bucket):
        return []
    deleting = [rule for rule in bucket.lifecycle_rules if rule["action"]["type"] == "Delete"]
    emptied = {prefix for rule in deleting for prefix in rule["condition"].get("matchesPrefix", [])}
    return [folder for folder in LIFETIMES if folder not in emptied]


def keeps_removed(bucket: storage.Bucket) -> bool:
    """Whether what is removed can be had back for some days: by soft delete (Google's own way), or as a version."""
    if not _tells(bucket):
        return False
    return bool(bucket.soft_delete_policy.retention_duration_seconds or bucket.versioning_enabled)


def forget_removed(bucket: storage.Bucket) -> None:
    """Ends that, for what is removed from here on. What was removed before stays for as long as it was told then."""
    _keep_nothing(bucket)
    bucket.patch(if_metageneration_match=bucket.metageneration)


def add_lifetimes(bucket: storage.Bucket, folders: list[str]) -> None:
    """Rules for these folders beside those that are there; on the server only once the bucket is created or patched."""
    for folder in folders:
        bucket.add_lifecycle_delete_rule(age=LIFETIMES[folder], matches_prefix=[folder])


def update(bucket: storage.Bucket, folders: list[str]) -> None:
    """Sets rules for these folders; an error (412) where another changed the bucket in between."""
    add_lifetimes(bucket, folders)
    bucket.patch(if_metageneration_match=bucket.metageneration)


def _keep_nothing(bucket: storage.Bucket) -> None:
    bucket.soft_delete_policy.retention_duration_seconds = 0
    bucket.versioning_enabled = False


def _tells(bucket: storage.Bucket) -> bool:
    return bool(bucket.iam_configuration.uniform_bucket_level_access_enabled)
