"""BigQuery's own client, as stages are given it: its jobs carry labels and limits, and it knows which it began last."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from google.auth.credentials import Credentials
from google.cloud import bigquery
from google.cloud.bigquery.table import RowIterator

from include.core.limits import Limits

Config = TypeVar("Config", bigquery.QueryJobConfig, bigquery.LoadJobConfig)
# What a server is given to say that it stopped a job at its limit, before the job is cancelled from here.
GRACE = 60


@dataclass(frozen=True)
class JobReference:
    """A job by what finds it again."""

    project: str
    job_id: str
    location: str


class WarehouseClient(bigquery.Client):
    """Every query and load carries `labels`, beside the labels that it is given; of two of one name its own wins.

    Each has its `limits` too, unless it is given others.

    The client's own defaults would not do: a job with any label of its own has none of theirs.
    """

    def __init__(
        self,
        project: str | None,
        credentials: Credentials | None,
        location: str | None = None,
        labels: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(project=project, credentials=credentials, location=location)
        self.labels, self.limits = dict(labels or {}), limits or Limits()
        self.last_job: JobReference | None = None

    def query(
        self, query: str, job_config: bigquery.QueryJobConfig | None = None, *args: Any, **kwargs: Any
    ) -> bigquery.QueryJob:
        """As Google's, with labels and limits."""
        job = super().query(query, self._own(job_config or bigquery.QueryJobConfig()), *args, **kwargs)
        if not job.dry_run:
            self._note(job)
        return job

    def query_and_wait(
        self, query: str, *, job_config: bigquery.QueryJobConfig | None = None, **kwargs: Any
    ) -> RowIterator:
        """As Google's, with labels and limits; a query that goes on beyond its own is cancelled."""
        config = self._own(job_config or bigquery.QueryJobConfig())
        kwargs.setdefault("wait_timeout", int(config.job_timeout_ms or 0) / 1000 + GRACE)
        rows = super().query_and_wait(query, job_config=config, **kwargs)
        self._note(rows)
        return rows

    def load_table_from_uri(self, *args: Any, **kwargs: Any) -> bigquery.LoadJob:
        """As Google's, with labels and a limit."""
        kwargs["job_config"] = self._own(kwargs.get("job_config") or bigquery.LoadJobConfig())
        job = super().load_table_from_uri(*args, **kwargs)
        self._note(job)
        return job

    def _own(self, config: Config) -> Config:
        own = copy.deepcopy(config)
        own.labels = {**self.labels, **config.labels}
        if own.job_timeout_ms is None:
            own.job_timeout_ms = self.limits.seconds * 1000
        if isinstance(own, bigquery.QueryJobConfig) and own.maximum_bytes_billed is None and not own.dry_run:
            own.maximum_bytes_billed = self.limits.most_bytes
        return own

    def _note(self, job: bigquery.QueryJob | bigquery.LoadJob | RowIterator) -> None:
        if job.job_id:
            self.last_job = JobReference(job.project or self.project, job.job_id, job.location or self.location or "")
