"""借据明细: the loans behind a figure of the loan book, chosen, counted, added up; each leads to its rows."""

from datetime import date
from typing import Any

from creditloop.book.portfolio import (
    BUCKETS,
    LATE_OVER,
    NPL_TIERS,
    STAGES,
    TIERS,
    BookDays,
    LoanChoice,
    StandingLoan,
    count_day_loans,
    count_vintage_loans,
    find_day_totals,
    list_day_loans,
    list_vintage_loans,
)
from creditloop.kernel.dates import month_end
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.service.console.loan_scope import (
    FIVE_TIER,
    Scope,
    month_asked,
    nothing_closed,
    read_days,
    read_scope,
    rule_documents,
    way_here,
)
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Page, Visit
from creditloop.service.work import Work

_SHOWN = tuple(StandingLoan.__dataclass_fields__)
NPL, EVERY = "npl", "all"
OVERDUE = "overdue"
"""What a list may be asked for beside a class or a bucket: the classes not performing, loans past due."""


def show_portfolio_loans(visit: Visit) -> Page:
    """Show a page of the loans of a closed day that were chosen, and what all of them add up to."""
    asked = paging(visit)
    with visit.work() as work:
        days = read_days(work.connection)
        if days is None:
            return nothing_closed(visit)
        scope = read_scope(visit, work.connection)
        on = visit.day("on") or days.last
        if not days.first <= on <= days.newest:
            raise UnknownId("the day is not closed", got=on, expected=f"{days.first} to {days.newest}")
        query = _asked(visit)
        choice = _choice(visit, query, scope)
        rows = list_day_loans(
            work.connection, business_date=on, choice=choice, most=ON_A_PAGE, skip=asked.skip
        )
        sums = count_day_loans(work.connection, business_date=on, choice=choice)
        [totals] = find_day_totals(work.connection, since=on, until=on)
        document = rule_documents(work.connection, closed_at=totals.closed_at)[FIVE_TIER]
        _log(visit, work, len(rows))
    record = {
        "on": on,
        "scope": scope,
        "asked": query,
        "rows": rows,
        "sums": sums,
        "document": document,
        "tiers": (NPL, *TIERS),
        "stages": STAGES,
        "buckets": (*BUCKETS, OVERDUE),
        "page": asked.page,
        "pages": asked.pages(sums.loans),
    }
    trail = way_here(visit, (visit.words("screen.portfolio_loans"), None))
    return Page(template="portfolio_loans.html", record=record, trail=trail)


def _asked(visit: Visit) -> dict[str, str | None]:
    names = ("tier", "stage", "bucket", "paid_out", "shard", "loan")
    return {name: visit.query.get(name) or None for name in names}


def _choice(visit: Visit, query: dict[str, str | None], scope: Scope) -> LoanChoice:
    bucket = query["bucket"]
    return LoanChoice(
        tiers=_tiers(visit, query["tier"]),
        stage=None if query["stage"] is None else visit.number("stage", otherwise=0, most=3),
        bucket=None if bucket == OVERDUE else bucket,
        overdue=True if bucket == OVERDUE else None,
        programmes=scope.numbers,
        paid_out=month_asked(visit, "paid_out"),
        shard=None if query["shard"] is None else visit.number("shard", otherwise=0, most=15),
        loan_id=query["loan"],
    )


def _tiers(visit: Visit, tier: str | None) -> tuple[int, ...] | None:
    if tier == NPL:
        return NPL_TIERS
    return None if tier is None else (visit.number("tier", otherwise=0, most=6),)


def show_vintage_loans(visit: Visit) -> Page:
    """Show the loans paid out in a month, or those of them ever seen late by a month's end."""
    asked, measure = paging(visit), visit.query.get("measure") or EVERY
    if measure not in (EVERY, *LATE_OVER):
        raise InputError("loans of a vintage are not chosen by this", got=measure, expected=list(LATE_OVER))
    with visit.work() as work:
        days = read_days(work.connection)
        if days is None or not days.month_ends:
            return nothing_closed(visit)
        scope, month = read_scope(visit, work.connection), month_asked(visit, "paid_out")
        if month is None:
            raise InputError("a vintage is the loans of a month of pay-out", expected="paid_out=YYYY-MM")
        looked_at = _looked_at(days, month, visit.day("on"))
        chosen: dict[str, Any] = {
            "paid_out": month,
            "month_ends": looked_at,
            "late_over": LATE_OVER.get(measure),
            "programmes": scope.numbers,
        }
        rows = list_vintage_loans(work.connection, **chosen, most=ON_A_PAGE, skip=asked.skip)
        loans, paid_out_fen = count_vintage_loans(work.connection, **chosen)
        _log(visit, work, len(rows))
    record = {
        "month": month,
        "on": looked_at[-1],
        "measure": measure,
        "scope": scope,
        "rows": rows,
        "loans_count": loans,
        "paid_out_fen": paid_out_fen,
        "page": asked.page,
        "pages": asked.pages(loans),
    }
    steps = (
        (visit.words("screen.loan_vintages"), visit.at("/loan-vintages")),
        (visit.words("screen.vintage_loans"), None),
    )
    return Page(template="vintage_loans.html", record=record, trail=way_here(visit, *steps))


def _looked_at(days: BookDays, month: date, until: date | None) -> tuple[date, ...]:
    """Return the closed month-ends from a month of pay-out to a day.

    Raises: UnknownId if there are none.
    """
    last = until or days.month_ends[-1]
    found = tuple(end for end in days.month_ends if month_end(month.year, month.month) <= end <= last)
    if not found:
        raise UnknownId("no month's end is closed in which this vintage was on the book", got=month)
    return found


def _log(visit: Visit, work: Work, parties_count: int) -> None:
    visit.log_read(
        work,
        package="creditloop.book",
        table="book.loan_day",
        columns=_SHOWN,
        parties_count=parties_count,
    )
