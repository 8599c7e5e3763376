"""Route a month's cases again from the values kept with them (批量重放), all customers at once."""

from uuid import UUID

import polars as pl

from creditloop.kernel.storage import Connection, load_queries
from creditloop.recover.routing import ROWS, route_cases
from creditloop.risk import Policy

_CASES = {
    **ROWS,
    "value_at_risk_fen": pl.Int64,
    **dict.fromkeys(("route", "rule", "reason_code", "reason_zh", "reason_en"), pl.String),
}


def case_frame(connection: Connection, *, batch_id: UUID) -> pl.DataFrame:
    """Return the cases of a routing as they are kept, by party: columns as `route_cases` returns them."""
    rows = list(load_queries("creditloop.recover").cases_of_batch(connection, batch_id=batch_id))
    return pl.DataFrame(rows, schema=_CASES, orient="row").sort("party_id")


def route_again(*, cases: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Route cases again by the very text they were routed by; columns and order as `case_frame` has them."""
    return route_cases(rows=cases.select(*ROWS), policy=policy)
