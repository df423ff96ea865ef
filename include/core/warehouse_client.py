"""BigQuery's own client, as stages are given it: its jobs carry labels, and it knows which it began last."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from google.auth.credentials import Credentials
from google.cloud import bigquery
from google.cloud.bigquery.table import RowIterator

Config = TypeVar("Config", bigquery.QueryJobConfig, bigquery.LoadJobConfig)


@dataclass(frozen=True)
class JobReference:
    """A job by what finds it again."""

    project: str
    job_id: str
    location: str


class WarehouseClient(bigquery.Client):
    """Every query and load carries `labels`, beside the labels that it is given; of two of one name its own wins.

    The client's own defaults would not do: a job with any label of its own has none of theirs.
    """

    def __init__(
        self,
        project: str | None,
        credentials: Credentials | None,
        location: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(project=project, credentials=credentials, location=location)
        self.labels = dict(labels or {})
        self.last_job: JobReference | None = None

    def query(
        self, query: str, job_config: bigquery.QueryJobConfig | None = None, *args: Any, **kwargs: Any
    ) -> bigquery.QueryJob:
        """As Google's, with the labels."""
        job = super().query(query, self._labelled(job_config or bigquery.QueryJobConfig()), *args, **kwargs)
        if not job.dry_run:
            self._note(job)
        return job

    def query_and_wait(
        self, query: str, *, job_config: bigquery.QueryJobConfig | None = None, **kwargs: Any
    ) -> RowIterator:
        """As Google's, with the labels."""
        config = self._labelled(job_config or bigquery.QueryJobConfig())
        rows = super().query_and_wait(query, job_config=config, **kwargs)
        self._note(rows)
        return rows

    def load_table_from_uri(self, *args: Any, **kwargs: Any) -> bigquery.LoadJob:
        """As Google's, with the labels."""
        kwargs["job_config"] = self._labelled(kwargs.get("job_config") or bigquery.LoadJobConfig())
        job = super().load_table_from_uri(*args, **kwargs)
        self._note(job)
        return job

    def _labelled(self, config: Config) -> Config:
        labelled = copy.deepcopy(config)
        labelled.labels = {**self.labels, **config.labels}
        return labelled

    def _note(self, job: bigquery.QueryJob | bigquery.LoadJob | RowIterator) -> None:
        if job.job_id:
            self.last_job = JobReference(job.project or self.project, job.job_id, job.location or self.location or "")
