"""Roll rates (迁徙率) of the loan book: from the bucket at one month's end to that at the next.

A loan nothing is owed on at the second day is settled (结清), or written off (核销) where an event says so.
Rates are by number of loans and by the principal outstanding at the first day; those of a bucket add up to
one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl

from creditloop.book.portfolio.days import day_batches
from creditloop.book.portfolio.standing import BUCKETS, DPD_FROM
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, load_queries

ENTERED, SETTLED, WRITTEN_OFF = "entered", "settled", "written_off"
"""Where a loan is that is not on the book: paid out since, nothing owed any more, written off."""
FROM_STATES = (*BUCKETS, ENTERED)
TO_STATES = (*BUCKETS, SETTLED, WRITTEN_OFF)
_AWAY = {ENTERED: -1, SETTLED: -1, WRITTEN_OFF: -2}

_ROLLED = {
    "programme_no": pl.Int64,
    "from_bucket": pl.Int64,
    "to_bucket": pl.Int64,
    "loans": pl.Int64,
    "principal_before_fen": pl.Int64,
    "principal_after_fen": pl.Int64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRoll:
    """Loans that went from one state to another, and their principal at both days, in fen."""

    from_state: str
    to_state: str
    loans: int
    principal_before_fen: int
    principal_after_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RollLine:
    """Where the loans of one state went: a cell for each of `TO_STATES` (entered: of the buckets)."""

    from_state: str
    cells: tuple[LoanRoll, ...]

    @property
    def loans(self) -> int:
        """How many there were."""
        return sum(cell.loans for cell in self.cells)

    @property
    def principal_before_fen(self) -> int:
        """Their principal at the first day."""
        return sum(cell.principal_before_fen for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledLoan:
    """A loan that moved; what concerns a day it was not on the book is None."""

    loan_id: str
    party_id: str
    programme_no: int
    paid_out_on: date
    principal_before_fen: int | None
    dpd_before: int | None
    principal_after_fen: int | None
    dpd_after: int | None
    before_batch: UUID | None
    before_row: int | None
    after_batch: UUID | None
    after_row: int | None


def rolled_cells(connection: Connection, *, before: date, after: date) -> pl.DataFrame:
    """Return how loans moved between the closes of two days, by programme; a few dozen rows."""
    rows = load_queries("creditloop.book.portfolio").roll_cells(
        connection, **_days(connection, before, after)
    )
    return pl.DataFrame(list(rows), schema=_ROLLED, orient="row")


def roll_lines(cells: pl.DataFrame, *, programmes: Collection[int] | None = None) -> tuple[RollLine, ...]:
    """Return the roll-rate matrix: a line for each of `FROM_STATES`, empty ones too.

    Args:
        cells: as `rolled_cells` gives them.
        programmes: only loans of these; None: of all.
    """
    kept = cells if programmes is None else cells.filter(pl.col("programme_no").is_in(list(programmes)))
    amounts = ("loans", "principal_before_fen", "principal_after_fen")
    added = kept.group_by("from_bucket", "to_bucket").agg(pl.col(name).sum() for name in amounts)
    found = {(begun, ended): sums for begun, ended, *sums in added.rows()}
    lines = []
    for begun in FROM_STATES:
        ends = BUCKETS if begun == ENTERED else TO_STATES
        sums = [found.get((_number(begun), _number(ended)), [0, 0, 0]) for ended in ends]
        lines.append(
            RollLine(
                from_state=begun,
                cells=tuple(
                    LoanRoll(
                        from_state=begun,
                        to_state=ended,
                        loans=int(loans),
                        principal_before_fen=int(before),
                        principal_after_fen=int(after),
                    )
                    for ended, (loans, before, after) in zip(ends, sums, strict=True)
                ),
            )
        )
    return tuple(lines)


def rolled_loans(
    connection: Connection,
    *,
    before: date,
    after: date,
    from_state: str,
    to_state: str | None = None,
    programmes: Collection[int] | None = None,
    most: int | None = None,
    skip: int = 0,
) -> list[RolledLoan]:
    """Return the loans of one cell of the matrix, or of a line; the largest first.

    Args:
        to_state: one of `TO_STATES`; None: wherever they went.
    Raises: InputError for a state there is not.
    """
    for state, known in ((from_state, FROM_STATES), (to_state, (None, *TO_STATES))):
        if state not in known:
            raise InputError("there is no such state of a loan", got=state, expected=known)
    rows = load_queries("creditloop.book.portfolio").list_rolled_loans(
        connection,
        **_days(connection, before, after),
        from_bucket=_number(from_state),
        to_bucket=None if to_state is None else _number(to_state),
        programmes=None if programmes is None else list(programmes),
        most=most,
        skip=skip,
    )
    return [RolledLoan(**dict(zip(RolledLoan.__dataclass_fields__, row, strict=True))) for row in rows]


def _days(connection: Connection, before: date, after: date) -> dict[str, object]:
    return {
        "before": before,
        "after": after,
        "before_batches": day_batches(connection, [before]),
        "after_batches": day_batches(connection, [after]),
        "dpd_from": list(DPD_FROM),
    }


def _number(state: str) -> int:
    """Return the number a state has in the queries."""
    return BUCKETS.index(state) if state in BUCKETS else _AWAY[state]
