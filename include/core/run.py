"""A run's short name, safe in object names, table names and job ids."""

import hashlib
import re


def run_key(dag_id: str, run_id: str) -> str:
    """Readable and unique: the same run, tried again, has the same key; no two runs share one."""
    readable = re.sub(r"[^a-z0-9]+", "_", run_id.lower()).strip("_")[:40]
    return f"{readable}_{hashlib.sha256(f'{dag_id}/{run_id}'.encode()).hexdigest()[:10]}"
