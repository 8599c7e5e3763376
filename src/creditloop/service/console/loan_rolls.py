"""借据迁徙率: how loans moved between buckets from one month's end to the next, and which loans they are."""

from datetime import date

from creditloop.book.portfolio import (
    FROM_STATES,
    TO_STATES,
    BookDays,
    RolledLoan,
    RollLine,
    roll_lines,
    rolled_cells,
    rolled_loans,
)
from creditloop.kernel.errors import OutOfOrder, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.service.console.loan_scope import (
    Scope,
    nothing_closed,
    read_days,
    read_scope,
    way_here,
)
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Page, Visit

_SHOWN = tuple(RolledLoan.__dataclass_fields__)


def show_loan_rolls(visit: Visit) -> Page:
    """Show the roll-rate matrix of a month, by number of loans and by principal."""
    with visit.reading() as connection:
        days = read_days(connection)
        if days is None:
            return nothing_closed(visit)
        scope = read_scope(visit, connection)
        trail = way_here(visit, (visit.words("screen.loan_rolls"), None))
        if len(days.month_ends) < 2:
            return Page(template="empty.html", record={"why": "loan_rolls.empty"}, trail=trail)
        before, after = month_of(visit, days)
        lines = lines_of(connection, scope=scope, before=before, after=after)
    record = {
        "months": days.month_ends[1:],
        "before": before,
        "after": after,
        "scope": scope,
        "lines": lines,
        "states": TO_STATES,
        "bases": ("loans", "principal"),
    }
    return Page(template="loan_rolls.html", record=record, trail=trail)


def lines_of(connection: Connection, *, scope: Scope, before: date, after: date) -> tuple[RollLine, ...]:
    """Return the matrix between two month-ends of the loans a screen is about."""
    cells = rolled_cells(connection, before=before, after=after)
    return roll_lines(cells, programmes=scope.numbers)


def month_of(visit: Visit, days: BookDays) -> tuple[date, date]:
    """Return the month's ends asked for, before and after; of none asked for the last two.

    Raises: UnknownId if the day is not a closed month's end; OutOfOrder if it is the first.
    """
    after = visit.day("on") or days.month_ends[-1]
    if after not in days.month_ends:
        raise UnknownId("not a month's end that is closed", got=after, expected=days.month_ends)
    place = days.month_ends.index(after)
    if place == 0:
        raise OutOfOrder("the first month's end has none before it", got=after)
    return days.month_ends[place - 1], after


def show_rolled_loans(visit: Visit) -> Page:
    """List the loans of one cell of the matrix, or of one of its lines."""
    from_state = visit.query.get("from_state") or FROM_STATES[0]
    to_state = visit.query.get("to_state") or None
    asked = paging(visit)
    with visit.work() as work:
        days = read_days(work.connection)
        if days is None:
            return nothing_closed(visit)
        scope = read_scope(visit, work.connection)
        before, after = month_of(visit, days)
        rows = rolled_loans(
            work.connection,
            before=before,
            after=after,
            from_state=from_state,
            to_state=to_state,
            programmes=scope.numbers,
            most=ON_A_PAGE,
            skip=asked.skip,
        )
        lines = lines_of(work.connection, scope=scope, before=before, after=after)
        visit.log_read(
            work,
            package="creditloop.book",
            table="book.loan_day",
            columns=_SHOWN,
            parties_count=len(rows),
        )
    cells = [
        cell
        for line in lines
        for cell in line.cells
        if line.from_state == from_state and to_state in {None, cell.to_state}
    ]
    loans = sum(cell.loans for cell in cells)
    record = {
        "before": before,
        "after": after,
        "from_state": from_state,
        "to_state": to_state,
        "scope": scope,
        "rows": rows,
        "loans_count": loans,
        "principal_before_fen": sum(cell.principal_before_fen for cell in cells),
        "principal_after_fen": sum(cell.principal_after_fen for cell in cells),
        "page": asked.page,
        "pages": asked.pages(loans),
    }
    steps = (
        (visit.words("screen.loan_rolls"), visit.at("/loan-rolls", on=after, **scope.query)),
        (visit.words("screen.rolled_loans"), None),
    )
    return Page(template="rolled_loans.html", record=record, trail=way_here(visit, *steps))
