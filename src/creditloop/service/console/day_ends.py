"""日终: each closed day of the loan book: shards, accruals, general-ledger summary, and that as a file."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from markupsafe import Markup

from creditloop.book.day_end import find_programmes
from creditloop.book.portfolio import (
    BookDays,
    DayTotals,
    find_day_totals,
    find_shard_postings,
    find_shard_totals,
)
from creditloop.kernel.dates import beijing_date, date_from_text
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.service.console.charts import Series, line_chart
from creditloop.service.console.figures import money
from creditloop.service.console.loan_scope import lenders, nothing_closed, read_days, way_here
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Answer, FileDownload, Page, Visit
from creditloop.service.console.words import Words
from creditloop.service.day_end import day_summary, write_summary

_FEN_IN_MILLION = 100 * 10**6
FILES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The files a day's summary is given as, with their media types."""


def show_day_ends(visit: Visit) -> Page:
    """Show the closed days, newest first, and which days are open."""
    asked = paging(visit)
    with visit.reading() as connection:
        days = read_days(connection)
        if days is None:
            return nothing_closed(visit)
        count = (days.newest - days.first).days + 1
        until = days.newest - timedelta(days=asked.skip)
        since = until - timedelta(days=ON_A_PAGE - 1)
        found = find_day_totals(connection, since=since, until=until)
    today = beijing_date(visit.bank.clock())
    record = {
        "command": f"creditloop dayend run --through {days.next}",
        "days": days,
        "today": today,
        "open": max((today - days.next).days, 0),
        "found": found,
        "count": count,
        "chart": _chart(found[::-1], visit.words),
        "page": asked.page,
        "pages": asked.pages(count),
    }
    return Page(
        template="day_ends.html", record=record, trail=way_here(visit, (visit.words("screen.day_ends"), None))
    )


def _chart(found: Sequence[DayTotals], words: Words) -> Markup:
    principal = Series(
        name=words("loan_portfolio.principal"),
        values=[one.principal_fen / _FEN_IN_MILLION for one in found],
        texts=[money(one.principal_fen) for one in found],
    )
    labels = [f"{one.business_date:%m-%d}" for one in found]
    return line_chart(title=words("day_ends.chart"), labels=labels, series=[principal])


def show_day_end(visit: Visit) -> Answer:
    """Show a day: its shards, what it adds to the general ledger; or give the latter as a file."""
    on, ending = _day(visit), visit.query.get("file")
    if ending is not None and ending not in FILES:
        raise InputError("a summary is given as one of these files", got=ending, expected=list(FILES))
    with visit.reading() as connection:
        days = read_days(connection)
        _check(days, on)
        summary = day_summary(connection, business_date=on)
        if ending is not None:
            return _file(summary, name=f"day-end-{on}.{ending}")
        shards = find_shard_totals(connection, business_date=on)
        [totals] = find_day_totals(connection, since=on, until=on)
    record = {
        "on": on,
        "days": days,
        "totals": totals,
        "shards": shards,
        "summary": summary.to_dicts(),
        "debit_fen": int(summary["debit_fen"].sum()),
        "credit_fen": int(summary["credit_fen"].sum()),
        "files": list(FILES),
    }
    return Page(template="day_end.html", record=record, trail=_way(visit, (str(on), None)))


def show_day_postings(visit: Visit) -> Page:
    """Show what the shards of a day add to an account: the rows behind a line of its summary."""
    on = _day(visit)
    chosen = {name: visit.query.get(name) or None for name in ("product", "account", "lender")}
    with visit.reading() as connection:
        _check(read_days(connection), on)
        rows = find_shard_postings(connection, business_date=on, **chosen)
        programmes = {one.number: lenders(one) for one in find_programmes(connection)}
    record = {
        "on": on,
        "chosen": chosen,
        "rows": rows,
        "programmes": programmes,
        "debit_fen": sum(row.amount_fen for row in rows if row.amount_fen > 0),
        "credit_fen": -sum(row.amount_fen for row in rows if row.amount_fen < 0),
        "net_fen": sum(row.amount_fen for row in rows),
    }
    steps = ((str(on), visit.at(f"/day-ends/{on}")), (visit.words("screen.day_postings"), None))
    return Page(template="day_postings.html", record=record, trail=_way(visit, *steps))


def _file(summary: pl.DataFrame, *, name: str) -> FileDownload:
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        write_summary(summary, file=file)
        return FileDownload(content=file.read_bytes(), name=name, media_type=FILES[file.suffix[1:]])


def _day(visit: Visit) -> date:
    return date_from_text(visit.path["business_date"])


def _check(days: BookDays | None, on: date) -> None:
    if days is None or not days.first <= on <= days.newest:
        raise UnknownId("no shard of the loan book is closed on this day", got=on)


def _way(visit: Visit, *steps: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return way_here(visit, (visit.words("screen.day_ends"), visit.at("/day-ends")), *steps)
