"""Keeping cases: a month's routing opens those of the month, and takes the place of the month before.

Who is not among the cases of the last routing has none open: the debt is paid, in time again, or not worth
a contact. Earlier cases stay on record.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import polars as pl

from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_frame, first_recorded, load_queries
from creditloop.recover.routing import NO_ROUTE
from creditloop.risk import Policy

_SQL = "creditloop.recover"
_CASE = {
    "case_id": pl.String,
    "party_id": pl.String,
    "opened_on": pl.Date,
    "months_late": pl.Int64,
    "amount_fen": pl.Int64,
    "value_at_risk_fen": pl.Int64,
    "grade": pl.String,
    "level": pl.String,
    "route": pl.String,
    "rule": pl.String,
    "reason_code": pl.String,
    "reason_zh": pl.String,
    "reason_en": pl.String,
}
_QUEUE = {**_CASE, "stopped": pl.Boolean, "contacts_on_day": pl.Int64, "batch_id": pl.String}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRun:
    """A recorded routing: everybody judged, and the cases that came out.

    Attributes:
        warning_batch: the batch of warnings whose levels were used, "" if there was none.
    """

    batch_id: UUID
    product: str
    dates: Dates
    policy_hash: str
    warning_batch: str
    parties: int
    cases: int
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A customer's case in a month; see `routing` for what it was decided from."""

    case_id: UUID
    party_id: str
    opened_on: date
    months_late: int | None
    amount_fen: int
    value_at_risk_fen: int | None
    grade: str
    level: str
    route: str
    rule: str
    reason_code: str
    reason_zh: str
    reason_en: str
    batch_id: UUID


def record_routing(
    connection: Connection,
    *,
    routed: pl.DataFrame,
    policy: Policy,
    product: str,
    dates: Dates,
    warning_batch: str,
    now: datetime,
) -> RoutingRun:
    """Record a month's routing; the same one again returns the first.

    Args:
        routed: as `route_cases` returns it, everybody.
    Raises: ConflictingRepeat if this routing was recorded with other cases.
    """
    cases = routed.filter(pl.col("route") != NO_ROUTE)
    run = RoutingRun(
        batch_id=_batch_id(product, dates, policy, warning_batch),
        product=product,
        dates=dates,
        policy_hash=policy.hash,
        warning_batch=warning_batch,
        parties=routed.height,
        cases=cases.height,
        content_hash=hashlib.sha256(routed.write_csv().encode()).hexdigest(),
    )
    first = find_routing_run(
        connection, product=product, dates=dates, policy=policy, warning_batch=warning_batch
    )
    if first is None:
        _insert(connection, run, cases, check_aware(now, name="now"))
        return run
    where = {"batch": str(run.batch_id), **dates.as_record()}
    return first_recorded(first, run, message="this routing was recorded with other cases", where=where)


def find_routing_run(
    connection: Connection, *, product: str, dates: Dates, policy: Policy, warning_batch: str
) -> RoutingRun | None:
    """Return the recorded routing of these dates, policy and warnings, if any."""
    batch_id = _batch_id(product, dates, policy, warning_batch)
    return next((run for run in find_routing_runs(connection) if run.batch_id == batch_id), None)


def find_routing_runs(connection: Connection) -> list[RoutingRun]:
    """Return every routing, oldest business date first; of the same date the last recorded comes last."""
    return [
        RoutingRun(
            batch_id=batch_id,
            product=product,
            dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
            policy_hash=policy_hash,
            warning_batch=warning_batch,
            parties=parties,
            cases=cases,
            content_hash=content_hash,
        )
        for (
            batch_id,
            product,
            business_date,
            rules_as_of,
            policy_hash,
            warning_batch,
            parties,
            cases,
            content_hash,
        ) in load_queries(_SQL).find_runs(connection)
    ]


def routing_counts(connection: Connection, *, batch_id: UUID) -> pl.DataFrame:
    """Count a routing's cases: route, rule, cases, amount_fen, value_at_risk_fen."""
    schema = {
        "route": pl.String,
        "rule": pl.String,
        "cases": pl.Int64,
        "amount_fen": pl.Int64,
        "value_at_risk_fen": pl.Int64,
    }
    rows = load_queries(_SQL).routing_counts(connection, batch_id=batch_id)
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def queue(
    connection: Connection, *, on: date, route: str | None = None, most: int | None = None, skip: int = 0
) -> pl.DataFrame:
    """Return the cases open at a day's end, largest value at risk first; what is unknown stands on top.

    Args:
        route: only these cases; None: all.
        most, skip: a page of them; None: to the end.
    Returns: the fields of `Case`, ids as text, with stopped (a complaint or objection is open) and
        contacts_on_day.
    """
    if (most is not None and most < 0) or skip < 0:
        raise InputError("not a page of the queue", got=f"most {most}, skip {skip}", expected=">= 0")
    found = load_queries(_SQL).find_queue(connection, on=on, route=route, most=most, skip=skip)
    rows = [(str(case_id), *rest, str(batch_id)) for case_id, *rest, batch_id in found]
    return pl.DataFrame(rows, schema=_QUEUE, orient="row")


def find_case(connection: Connection, *, party_id: str, on: date) -> Case | None:
    """Return the case a customer has open at a day's end, None if there is none."""
    row = load_queries(_SQL).find_open_case(connection, party_id=party_id, on=on)
    return None if row is None else _case(row)


def find_cases(connection: Connection, *, party_id: str) -> tuple[Case, ...]:
    """Return every case a customer ever had, oldest month first."""
    return tuple(_case(row) for row in load_queries(_SQL).find_cases(connection, party_id=party_id))


def _insert(connection: Connection, run: RoutingRun, cases: pl.DataFrame, now: datetime) -> None:
    load_queries(_SQL).insert_batch(
        connection,
        batch_id=run.batch_id,
        product=run.product,
        business_date=run.dates.business_date,
        rules_as_of=run.dates.rules_as_of,
        policy_hash=run.policy_hash,
        warning_batch=run.warning_batch,
        parties=run.parties,
        cases=run.cases,
        content_hash=run.content_hash,
        recorded_at=now,
    )
    ids = [str(content_id("case", str(run.batch_id), party)) for party in cases["party_id"]]
    numbered = cases.with_row_index("row_no").with_columns(
        pl.Series("case_id", ids, pl.String),
        batch_id=pl.lit(str(run.batch_id)),
        opened_on=pl.lit(run.dates.business_date),
    )
    copy_frame(connection, table="recover.case", frame=numbered)


def _case(row: tuple[Any, ...]) -> Case:
    return Case(**dict(zip((*_CASE, "batch_id"), row, strict=True)))


def _batch_id(product: str, dates: Dates, policy: Policy, warning_batch: str) -> UUID:
    return content_id("routing", product, dates.business_date, dates.rules_as_of, policy.hash, warning_batch)
