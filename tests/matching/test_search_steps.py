"""Steps of a search by themselves, on tables that were written down for them."""

from statistics import NormalDist

import numpy as np
import pytest
from google.cloud import bigquery

from include.warehouse.steps import Steps
from tests.matching.crowd import face, load


def test_where_the_subject_does_not_belong_the_limit_follows_from_the_strangers_there(
    clean_tables: None, bq: bigquery.Client
) -> None:
    """A thousand strangers spread evenly end far earlier than a bell curve: at 1.7 spreads, where that has 4 % left."""
    load(bq, {"face": [face("f1", np.ones(2), "evenly")]})
    evenly = "FROM UNNEST(GENERATE_ARRAY(-500, 500)) AS place, UNNEST([0, 1]) AS cohort"
    bell = [(rate, -NormalDist().inv_cdf(rate)) for rate in (0.5, 0.1, 0.02, 0.01, 1e-3)]
    tail = ", ".join(f"STRUCT({rate} AS rate, {spreads} AS spreads, 9.0 AS pairs)" for rate, spreads in bell)
    shared = "'s' AS subject_id, 'evenly' AS engine, cohort, 0.0 AS mean, 0.1 AS spread"
    template = f"{shared}, [1.0] AS probe, cohort = 0 AS own, 90000 AS pairs, 90.0 AS people, 1 AS all_faces"
    steps = Steps(bq, "evenly")
    first = (
        "CAST(NULL AS TIMESTAMP) AS since, [STRUCT(9 AS cohort, 0.5 AS mean, 0.5 AS spread, 0.5 AS stretch)] AS limits"
    )
    tables = {"templates": f"{template}, {first}, [{tail}] AS tail FROM UNNEST([0, 1]) AS cohort",
              "strangers": f"{shared}, place / 5000 AS likeness {evenly}"}  # fmt: skip
    for name, selected in tables.items():
        bq.query(f"CREATE OR REPLACE TABLE {steps.address(name)} AS SELECT {selected}").result()
    asked = {"false_match_rate": 0.01, "most_false_matches": 9.0, "same_spreads": 3.7, "least_pairs": 20}
    probes = steps.write("search_probes", "probes", asked, **{name: steps.address(name) for name in tables})
    own, other = (row.least for row in bq.query(f"SELECT least FROM {probes} ORDER BY cohort").result())
    for name in tables:
        bq.delete_table(steps.address(name))
    steps.clear()
    assert own == pytest.approx(bell[3][1])
    # The twentieth of them is at 1.54 spreads, as mean and spread are measured; the bell's is at 2.05.
    assert other == pytest.approx(own * 1.54 / bell[2][1], rel=0.02)
