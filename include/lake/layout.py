"""What lies where in the bucket, for how long, and what of it is biometric. No other module spells a prefix.

The bucket's own rules are made from this (lifetimes.py), and whoever has to erase somebody goes by it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Prefix:
    """A folder of the bucket. `days`: after so many it empties itself; None: what lies there stays until it is removed.

    `biometric`: embeddings, or pictures that are kept because of whose face is in them.
    """

    name: str
    holds: str
    days: int | None
    biometric: bool

    def __post_init__(self) -> None:
        if not self.name.endswith("/"):
            raise ValueError(f"{self.name}: a prefix ends with its slash, or it is also that of others")


ORIGINALS = Prefix("sha256/", "pictures and videos as they were posted, once each", None, biometric=False)
REFERENCES = Prefix("reference/", "photographs that subjects are searched for with", None, biometric=True)
EVIDENCE = Prefix("evidence/", "a page a subject, with the faces that were matched", None, biometric=True)
CALIBRATION = Prefix("calibration/", "reports and plots, without a face or a name", None, biometric=False)
MODELS = Prefix("models/", "model files under their hash", None, biometric=False)
DOWNLOADS = Prefix("download/", "zips that somebody asked for, to be fetched by them", 7, biometric=True)
STAGING = Prefix("staging/", "shards and plans of runs; what one left that never published", 7, biometric=True)
SCANNED = Prefix("scanned/", "from when on an engine may have files to scan", 30, biometric=False)
PACE = Prefix("pace/", "what workers tell each other about a host", 1, biometric=False)
UNPARSED = Prefix("unparsed/", "pages that no adapter understood, without names and texts", 30, biometric=False)
# Nothing is written there any more; what an older version left empties itself all the same.
_UNREAD = Prefix("unread/", "what is unparsed/ now, of versions before it", 30, biometric=False)

PREFIXES = (ORIGINALS, REFERENCES, EVIDENCE, CALIBRATION, MODELS, DOWNLOADS, STAGING, SCANNED, PACE, UNPARSED, _UNREAD)


def prefix_of(name: str) -> Prefix | None:
    """The prefix that an object lies under; None for what nobody here put there."""
    return next((prefix for prefix in PREFIXES if name.startswith(prefix.name)), None)


def original(sha256: str, ext: str) -> str:
    """The two folders spread the load; the extension keeps `file_path LIKE '%.gif'` an honest question."""
    return f"{ORIGINALS.name}{sha256[:2]}/{sha256[2:4]}/{sha256}.{ext}"


def reference(subject_id: str, sha256: str, ext: str) -> str:
    """A photograph of a subject: in a folder of theirs, so that all of it can be found."""
    return f"{REFERENCES.name}{subject_id}/{sha256}.{ext}"


def evidence_page(subject_id: str) -> str:
    return f"{EVIDENCE.name}{subject_id}.html"


def calibration_folder(run_key: str) -> str:
    return f"{CALIBRATION.name}{run_key}/"


def model(sha256: str) -> str:
    return f"{MODELS.name}{sha256}"


def download_folder(run_key: str) -> str:
    return f"{DOWNLOADS.name}{run_key}/"


def shards(table: str, run_key: str) -> str:
    """The folder of one run's and table's shards."""
    return f"{STAGING.name}{table}/{run_key}/"


def crawl_batch_name(run_key: str, number: int) -> str:
    """What one batch of a crawl is to read."""
    return f"{STAGING.name}crawl/{run_key}/{number:04}.json"


def crawl_plan_name(run_key: str) -> str:
    """Which batches a crawl has, and which of them are published."""
    return f"{STAGING.name}crawl/{run_key}/plan.json"


def crawl_attempts(run_key: str, batch: str) -> str:
    """The folder of what the tries of a crawl's batch have begun."""
    return f"{STAGING.name}crawl_attempts/{run_key}/{batch}/"


def clock_name(run_key: str, task: str) -> str:
    """What a task writes to learn from the bucket what time it is."""
    return f"{STAGING.name}clock/{run_key}/{task}"


def scan_batch_name(run_key: str, number: int) -> str:
    """What one batch of a scan is to look at."""
    return f"{STAGING.name}scan_plan/{run_key}/{number:04}.json"


def scan_attempts(run_key: str, batch: str) -> str:
    """The folder of what the tries of a scan's batch have begun."""
    return f"{STAGING.name}scan_attempts/{run_key}/{batch}/"


def scan_mark(engine: str) -> str:
    return f"{SCANNED.name}{engine}.json"


def host_folder(host: str) -> str:
    """Everything about a host. Names are letters, digits, dots and hyphens, and a colon before the port."""
    return f"{PACE.name}{host.replace(':', '_')}/"


def unparsed_folder(run_key: str, batch: str) -> str:
    return f"{UNPARSED.name}{run_key}/{batch}/"
