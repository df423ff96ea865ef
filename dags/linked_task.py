"""`@task`, and a link in the UI to the BigQuery job that the task began last."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

# Of Google's provider this alone is light: 10 ms.
from airflow.providers.google.cloud.links.bigquery import BigQueryJobDetailLink  # noqa: TID253
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory

if TYPE_CHECKING:
    from include.core.warehouse_client import WarehouseClient


class LinkedTask(DecoratedOperator, PythonOperator):
    """A function as a task. Whoever makes clients for it hangs them on here; how the task ends is no matter."""

    custom_operator_name = "@task"
    template_fields = ("templates_dict", "op_args", "op_kwargs")
    template_fields_renderers = {"templates_dict": "json", "op_args": "py", "op_kwargs": "py"}  # noqa: RUF012
    operator_extra_links = (BigQueryJobDetailLink(),)
    clients: tuple[WarehouseClient, ...] = ()

    def __init__(self, *, python_callable: Callable[..., Any], op_args: Any, op_kwargs: Any, **kwargs: Any) -> None:
        own = {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs}
        super().__init__(kwargs_to_upstream=own, **own, **kwargs)

    def execute(self, context: Any) -> Any:
        """The function's result; the job goes the way on which Google's operators pass theirs to the link."""
        try:
            return super().execute(context)
        finally:
            clients, self.clients = self.clients, ()
            # A link is a help: without it the task ends as it did.
            with contextlib.suppress(Exception):
                for job in filter(None, (client.last_job for client in clients)):
                    BigQueryJobDetailLink.persist(
                        context, project_id=job.project, job_id=job.job_id, location=job.location
                    )


def task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """As `airflow.sdk.task`."""
    return task_decorator_factory(python_callable, decorated_operator_class=LinkedTask, **kwargs)
