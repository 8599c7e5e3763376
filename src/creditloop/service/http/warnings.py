"""Warnings: who needs looking at, the gravest first, with the signals and measures."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection
from creditloop.monitor import WarningRow, WarningRun, find_warning_runs, find_warnings
from creditloop.service.http.answers import CustomerWarning, Warnings
from creditloop.service.http.paging import Limit, Skip
from creditloop.service.http.visits import visit

router = APIRouter(tags=["warnings 预警"])
COLUMNS = ("party_id", "level", "level_rule", "risk", "signals", "measures", "values_read")


@router.get("/v1/warnings", summary="预警 warnings of a month")
def list_warnings(
    request: Request,
    on: Annotated[
        date | None, Query(description="业务日期 month end; the last one warned about if not said")
    ] = None,
    level: Annotated[str | None, Query(max_length=20, description="alert, watch, notice, refer")] = None,
    signal: Annotated[str | None, Query(max_length=100, description="信号 only with this signal")] = None,
    limit: Limit = 100,
    skip: Skip = 0,
) -> Warnings:
    """Return a month's warnings, gravest first, of one level riskiest first."""
    with visit(request, scope="warnings:read") as visited:
        run = _run(visited.work.connection, on)
        rows = find_warnings(
            visited.work.connection, batch_id=run.batch_id, level=level, signal=signal, most=limit, skip=skip
        )
        visited.read(
            package="creditloop.monitor", table="monitor.warning", columns=COLUMNS, parties_count=len(rows)
        )
    return Warnings(
        product=run.product,
        business_date=run.dates.business_date,
        rules_as_of=run.dates.rules_as_of,
        batch_id=run.batch_id,
        policy=run.versions.policy_hash,
        evaluated=run.evaluated,
        warnings=[warning(run, row) for row in rows],
    )


def _run(connection: Connection, on: date | None) -> WarningRun:
    runs = [run for run in find_warning_runs(connection) if on in {None, run.dates.business_date}]
    if not runs:
        raise UnknownId("nobody was warned about that month", got=None if on is None else str(on))
    return runs[-1]


def warning(run: WarningRun, row: WarningRow) -> CustomerWarning:
    """Return a warning as it is answered."""
    return CustomerWarning(
        party_id=row.party_id,
        business_date=run.dates.business_date,
        level=row.level,
        level_rule=row.level_rule,
        risk=row.risk,
        signals=list(row.signals),
        measures=list(row.measures),
        values=dict(row.values),
        batch_id=row.batch_id,
    )
