"""账龄分析: loans by month of pay-out and months on book — over 30 or 90 days past due, non-performing."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from creditloop.book.portfolio import MEASURES, Vintage, vintage_rows, vintages
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection
from creditloop.service.console.charts import Series, line_chart
from creditloop.service.console.figures import percent, ratio
from creditloop.service.console.loan_scope import Scope, nothing_closed, read_days, read_scope, way_here
from creditloop.service.console.visit import Page, Visit
from creditloop.service.console.words import Words

WINDOWS = (12, 24, 36)
"""How many month-ends are looked back on; vintages begin with the first of them."""
_DRAWN = 4
"""Vintages of the picture: the last of them."""


def show_loan_vintages(visit: Visit) -> Page:
    """Show each vintage's share by months on book."""
    measure = visit.query.get("measure") or MEASURES[0]
    with visit.reading() as connection:
        days = read_days(connection)
        if days is None:
            return nothing_closed(visit)
        scope = read_scope(visit, connection)
        trail = way_here(visit, (visit.words("screen.loan_vintages"), None))
        if not days.month_ends:
            return Page(template="empty.html", record={"why": "loan_vintages.empty"}, trail=trail)
        window = window_of(visit)
        found = vintages_of(
            connection, scope=scope, month_ends=days.month_ends, window=window, measure=measure
        )
    record = {
        "measure": measure,
        "measures": MEASURES,
        "window": window,
        "windows": WINDOWS,
        "scope": scope,
        "until": days.month_ends[-1],
        "found": found,
        "mobs": range(max((one.cells[-1].mob for one in found if one.cells), default=-1) + 1),
        "most": max(
            (ratio(cell.part_fen, one.principal_fen) or 0 for one in found for cell in one.cells), default=0
        ),
        "chart": _chart(found[-_DRAWN:], visit.words, measure),
        "drawn": [f"{one.month:%Y-%m}" for one in found[-_DRAWN:]],
    }
    return Page(template="loan_vintages.html", record=record, trail=trail)


def window_of(visit: Visit) -> int:
    """Return how many month-ends are looked back on.

    Raises: InputError for another number than those offered.
    """
    window = visit.number("window", otherwise=WINDOWS[0])
    if window not in WINDOWS:
        raise InputError("vintages are not looked back on so", got=window, expected=WINDOWS)
    return window


def vintages_of(
    connection: Connection, *, scope: Scope, month_ends: Sequence[date], window: int, measure: str
) -> list[Vintage]:
    """Return the vintages of a window that ends with the last month's end.

    A window that does not go back to the first month's end begins with loans paid out in its first month:
    of older ones it is not known here whether they were late before.
    """
    looked_at = month_ends[-window:]
    since = None if looked_at[0] == month_ends[0] else looked_at[0].replace(day=1)
    rows = vintage_rows(connection, month_ends=looked_at, since=since)
    return vintages(rows, measure=measure, programmes=scope.numbers)


def _chart(found: Sequence[Vintage], words: Words, measure: str) -> Markup:
    mobs = range(max((one.cells[-1].mob for one in found if one.cells), default=-1) + 1)
    series = []
    for one in found:
        shares = {cell.mob: ratio(cell.part_fen, one.principal_fen) for cell in one.cells}
        values = [shares.get(mob) for mob in mobs]
        series.append(
            Series(
                name=f"{one.month:%Y-%m}",
                values=[None if nano is None else nano / 10**7 for nano in values],
                texts=[percent(nano) for nano in values],
            )
        )
    return line_chart(
        title=words.of("vintage_measure", measure), labels=[str(mob) for mob in mobs], series=series
    )
