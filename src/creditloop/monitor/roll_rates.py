"""Roll rates (迁徙率): how many customers move from one state of lateness to another within a month."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import split_by_largest_remainder

_BOUNDS: Mapping[str, tuple[int | None, int | None]] = {
    "not_late": (None, 0),
    "late_1_2": (1, 2),
    "late_3_up": (3, None),
}
ROLL_STATES = tuple(_BOUNDS)
"""The states by months late: 0 or below (whatever the code, not late), 1 or 2, 3 and more."""
UNKNOWN = "unknown"
"""The state of a customer whose months late are not known."""
LEFT = "left"
"""The state in the second month of a customer who is not in it."""
ROWS = {"party_id": pl.String, "months_late": pl.Int64}
"""What a month is rolled from."""

_NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCell:
    """Customers who went from one state to another, and their share (nano) of those who began there."""

    from_state: str
    to_state: str
    customers: int
    share_nano: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RollRates:
    """The moves of one month; the shares of the cells that begin in one state add up to 10**9 exactly.

    Attributes:
        customers: in the first month; the cells' customers add up to it.
        entered: customers of the second month alone.
    """

    customers: int
    entered: int
    cells: tuple[RollCell, ...]

    def as_record(self) -> dict[str, object]:
        """Return the cells as plain data: by state begun in, by state ended in."""
        rolled: dict[str, dict[str, object]] = {}
        for cell in self.cells:
            to = rolled.setdefault(cell.from_state, {})
            to[cell.to_state] = {"customers": cell.customers, "share_nano": cell.share_nano}
        return {"customers": self.customers, "entered": self.entered, "rolled": rolled}


def roll_rates(*, from_rows: pl.DataFrame, to_rows: pl.DataFrame) -> RollRates:
    """Count the moves between two months and give each state's shares.

    A share is a nano; those of a state are split by largest remainder, so that they add up to 1.

    Args:
        from_rows, to_rows: columns and types of `ROWS`; months_late may be null (state "unknown").
    Returns: the cells in order of states; every pair of the three states is there, others only where somebody
        stands. A state nobody began in has shares of 0.
    Raises: InputError if the rows have other columns or types, or a party twice.
    """
    moved = _moves(from_rows, to_rows)
    counted = {
        (begun, ended): count for begun, ended, count in moved.group_by("from_state", "to_state").len().rows()
    }
    ends = [*ROLL_STATES, *(state for state in (UNKNOWN, LEFT) if any(pair[1] == state for pair in counted))]
    cells = list[RollCell]()
    for begun in [*ROLL_STATES, *([UNKNOWN] if any(pair[0] == UNKNOWN for pair in counted) else [])]:
        counts = [counted.get((begun, ended), 0) for ended in ends]
        shares = split_by_largest_remainder(_NANO, counts) if any(counts) else [0] * len(counts)
        cells += [
            RollCell(from_state=begun, to_state=ended, customers=count, share_nano=int(share))
            for ended, count, share in zip(ends, counts, shares, strict=True)
        ]
    entered = to_rows.join(from_rows, on="party_id", how="anti").height
    return RollRates(customers=from_rows.height, entered=entered, cells=tuple(cells))


def rolled_parties(
    *, from_rows: pl.DataFrame, to_rows: pl.DataFrame, from_state: str, to_state: str
) -> tuple[str, ...]:
    """Return the customers of one cell, in order of party.

    Raises: what `roll_rates` raises; InputError for a state there is not.
    """
    for state, known in ((from_state, (*ROLL_STATES, UNKNOWN)), (to_state, (*ROLL_STATES, UNKNOWN, LEFT))):
        if state not in known:
            raise InputError("there is no such state of lateness", got=state, expected=known)
    moved = _moves(from_rows, to_rows)
    found = moved.filter((pl.col("from_state") == from_state) & (pl.col("to_state") == to_state))
    return tuple(found["party_id"].sort().to_list())


def _moves(from_rows: pl.DataFrame, to_rows: pl.DataFrame) -> pl.DataFrame:
    for rows in (from_rows, to_rows):
        if dict(rows.schema) != ROWS:
            raise InputError("not the rows a roll rate is made from", got=dict(rows.schema), expected=ROWS)
        twice = rows.filter(pl.col("party_id").is_duplicated())
        if not twice.is_empty():
            raise InputError("a party stands twice", got=twice["party_id"][0])
    after = to_rows.select("party_id", _state().alias("to_state"))
    before = from_rows.select("party_id", _state().alias("from_state"))
    return before.join(after, on="party_id", how="left").with_columns(pl.col("to_state").fill_null(LEFT))


def _state() -> pl.Expr:
    late = pl.col("months_late")
    state = pl.lit(UNKNOWN)
    for name, (low, high) in _BOUNDS.items():
        at_least = pl.lit(True) if low is None else late >= low
        at_most = pl.lit(True) if high is None else late <= high
        state = pl.when(late.is_not_null() & at_least & at_most).then(pl.lit(name)).otherwise(state)
    return state
