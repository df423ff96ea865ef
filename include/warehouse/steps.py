"""Work in several statements: each of `include/sql/steps` writes a table of the run's own, which expires by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from google.cloud import bigquery

from include.core.settings import BIOMETRICS
from include.warehouse.cost import would_read
from include.warehouse.jobs import run_job
from include.warehouse.sql import array_type, parameter, sql_text


@dataclass
class Steps:
    """The steps of one run. Run again, each writes its table anew; `clear` takes away what they wrote.

    With `most_bytes` each is tried without running it first, and refused (Mistake) when it would read more.
    """

    bq: bigquery.Client
    run_key: str
    most_bytes: int | None = None
    number: int = 0
    bytes_read: int = 0  # as the dry runs told
    written: list[str] = field(default_factory=list)

    def within(self, most_bytes: int) -> "Steps":
        """The same steps, which may read no more than this."""
        return replace(self, most_bytes=most_bytes)

    def address(self, name: str) -> str:
        """The table that a step of this name writes."""
        return f"{BIOMETRICS}.staging_{name}_{self.run_key}"

    def write(self, name: str, target: str, params: Mapping[str, Any], **tables: str) -> str:
        """Runs `steps/<name>.sql` into a table, and returns its address. `tables` fill in the statement's $names."""
        address = self.address(target)
        self.written.append(address)
        # Named by its table: a try that follows a killed one waits for whoever still writes it.
        self._run(name, params, {"target": address, **tables}, f"write_{target}")
        return address

    def rows(self, name: str, params: Mapping[str, Any], **tables: str) -> list[dict[str, Any]]:
        """Runs `steps/<name>.sql` and gives its rows."""
        self.number += 1
        return [dict(row) for row in self._run(name, params, tables, f"{name}_{self.number}").result()]

    def read(self, address: str) -> list[dict[str, Any]]:
        """What a step wrote, in any order: all in memory, and without a query, whose answer would be kept for a day."""
        return [dict(row) for row in self.bq.list_rows(address)]

    def change(self, name: str, params: Mapping[str, Any], **tables: str) -> int:
        """Runs a statement of `include/sql` that changes a table; how many rows it changed."""
        job = self._run(name, params, tables, name.replace("/", "_"), folder="")
        return int(job.num_dml_affected_rows or 0)

    def clear(self) -> None:
        for address in self.written:
            self.bq.delete_table(address, not_found_ok=True)

    def _run(
        self, name: str, params: Mapping[str, Any], tables: Mapping[str, str], job: str, folder: str = "steps/"
    ) -> bigquery.QueryJob:
        text = sql_text(folder + name, **tables)
        given = [parameter(key, value, array_type(text, key)) for key, value in params.items()]
        config = bigquery.QueryJobConfig(query_parameters=given, labels={"step": name.replace("/", "_")})
        if self.most_bytes is not None:
            self.bytes_read += would_read(self.bq, text, given, self.most_bytes)
            config.maximum_bytes_billed = self.most_bytes
        return run_job(
            lambda it: self.bq.query(text, job_config=config, job_id=it, job_retry=None),
            f"{job}_{self.run_key}",
            self.bq,
        )
