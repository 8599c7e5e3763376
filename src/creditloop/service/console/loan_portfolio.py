"""贷款组合: the loan book at a close, by class, stage, bucket, programme; against the day or month before."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from creditloop.book.portfolio import (
    BUCKETS,
    NPL_TIERS,
    STAGES,
    TIERS,
    BookDays,
    cells_of,
    day_cells,
    figures,
    find_day_totals,
    portfolio_lines,
)
from creditloop.kernel.errors import InputError
from creditloop.service.console.loan_scope import (
    ECL_STAGE,
    FIVE_TIER,
    Scope,
    lenders,
    nothing_closed,
    read_days,
    read_scope,
    rule_documents,
    way_here,
)
from creditloop.service.console.visit import Page, Visit

AGAINST = ("day", "month")
"""What a day is compared with: the close of the day before, or of the month before."""


def show_loan_portfolio(visit: Visit) -> Page:
    """Show the loan book of the day asked for, or of the last that is closed."""
    against = visit.query.get("against") or AGAINST[0]
    if against not in AGAINST:
        raise InputError("a day is compared with the day or the month before", got=against, expected=AGAINST)
    with visit.reading() as connection:
        days = read_days(connection)
        if days is None:
            return nothing_closed(visit)
        scope, on = read_scope(visit, connection), days.closed(visit.day("on"))
        [totals] = find_day_totals(connection, since=on, until=on)
        earlier = compared_with(days, on=on, against=against)
        cells = cells_of(day_cells(connection, business_date=on), programmes=scope.numbers)
        before = None if earlier is None else day_cells(connection, business_date=earlier)
        documents = rule_documents(connection, closed_at=totals.closed_at)
    if before is not None:
        before = cells_of(before, programmes=scope.numbers)
    record = {
        "days": days,
        "on": on,
        "against": against,
        "choices": AGAINST,
        "earlier": earlier,
        "scope": scope,
        "totals": totals,
        "five_tier": documents[FIVE_TIER],
        "ecl_stage": documents[ECL_STAGE],
        "npl_tiers": NPL_TIERS,
        **_tables(cells, before, scope),
    }
    *way, (book, _) = way_here(visit)
    trail = [*way, (book, None)]
    return Page(template="loan_portfolio.html", record=record, trail=trail)


def compared_with(days: BookDays, *, on: date, against: str) -> date | None:
    """Return the day a day is compared with; None if it was not closed: the book began later."""
    earlier = on - timedelta(days=1) if against == "day" else on.replace(day=1) - timedelta(days=1)
    return earlier if days.holds(earlier) else None


def _tables(cells: pl.DataFrame, before: pl.DataFrame | None, scope: Scope) -> Mapping[str, object]:
    """Return the lines of each table, and what stands above them."""
    now = figures(cells)
    return {
        "all": now,
        "change": None if before is None else now.less(figures(before)),
        "overdue": figures(cells_of(cells, overdue=True)),
        "npl": figures(cells_of(cells, tiers=NPL_TIERS)),
        "undecided": figures(cells_of(cells, tiers=(6,))),
        "tiers": portfolio_lines(cells, by="tier", order=TIERS, before=before),
        "stages": portfolio_lines(cells, by="stage", order=STAGES, before=before),
        "buckets": [
            (BUCKETS[line.key], line)
            for line in portfolio_lines(cells, by="bucket", order=range(len(BUCKETS)), before=before)
        ],
        "programmes": [
            (one, lenders(one), line, figures(cells_of(cells, programmes=(one.number,), tiers=NPL_TIERS)))
            for one, line in zip(
                scope.chosen,
                portfolio_lines(
                    cells, by="programme_no", order=[one.number for one in scope.chosen], before=before
                ),
                strict=True,
            )
        ],
    }
