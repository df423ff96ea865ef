"""The rows of a checked question, as an Arrow table without anything vector-like."""

import pyarrow as pa

from include.core.errors import Mistake
from include.core.run import Run
from include.download.guard import NOTHING, REFUSED, ask, check, columns, said
from include.download.question import Question
from include.warehouse.jobs import TookTooLong, finish

# They are held in memory, and nobody looks through more.
MAX_ROWS = 1_000_000


def answer(run: Run, question: Question) -> pa.Table:
    """Asks, once the guard lets it pass. Columns that hold arrays are not even read from the server.

    What was typed runs as whoever `typed_bq` acts as, who reads what was published and nothing else.
    """
    bq = run.bq if question.name or run.typed_bq is None else run.typed_bq
    check(bq, question)
    try:
        job = ask(bq, question)
        result = finish(job)
    except TookTooLong as late:
        raise Mistake(f"{late}. Nothing was downloaded: ask for less") from None
    except REFUSED as error:
        raise Mistake(f"BigQuery stopped the query: {said(error)}. Nothing was downloaded") from None
    if result.total_rows > MAX_ROWS:
        raise Mistake(f"the query gives {result.total_rows:,} rows, and {MAX_ROWS:,} are taken at most: {NOTHING}")
    kept, left_out = columns(result.schema)
    if left_out:
        run.log(f"not in the manifest, because they hold arrays or no file format has them: {', '.join(left_out)}")
    rows = bq.list_rows(job.destination, selected_fields=kept)
    return rows.to_arrow(create_bqstorage_client=False)
