"""How a payment settles rows (冲抵): the order of cells, walked across, down, or row by row.

Rows are handed in by number. What a cell takes is never more than is open there. Opening settled parts
again (a refund) walks the same cells from their end, the last rows first.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby, islice

from creditloop.book.interest import Rounding, divide
from creditloop.book.loans.rows.open_row import OpenRow
from creditloop.book.loans.rules import Across, Allocation, Due, Future, Part

Taken = list[tuple[OpenRow, Part, int]]
"""What was settled: row, part, units; units below zero were opened again."""
_Move = Callable[[OpenRow, Part, int], int]
_Test = Callable[[OpenRow], bool]


def allocate(
    *, rows: Sequence[OpenRow], units: int, day: date, rule: Allocation, rounding: Rounding
) -> tuple[int, Taken]:
    """Settle rows with so many units, as of a day.

    Args:
        rounding: of equal portions (Future.SPREAD); the last row takes what is missing.
    Returns: units left over, and what was taken.
    """
    unsettled = [row for row in rows if row.settled_on is None]
    walk = _Walk(rows=unsettled, units=units, day=day, rule=rule, rounding=rounding, back=False)
    if rule.across is Across.BY_ROW:
        walk.by_row()
    elif rule.across is Across.VERTICAL:
        walk.vertical()
    else:
        walk.horizontal()
    return walk.units, walk.taken


def take_back(
    *, rows: Sequence[OpenRow], units: int, day: date, rule: Allocation, rounding: Rounding
) -> tuple[int, Taken]:
    """Open settled parts again with so many units, last cell and last row first; see `allocate`."""
    reverse = Allocation(
        cells=tuple(reversed(rule.cells)),
        across=Across.VERTICAL if rule.across is Across.VERTICAL else Across.HORIZONTAL,
        future=Future.LAST,
    )
    walk = _Walk(rows=rows, units=units, day=day, rule=reverse, rounding=rounding, back=True)
    if reverse.across is Across.VERTICAL:
        walk.vertical()
    else:
        walk.horizontal()
    return walk.units, walk.taken


class _Walk:
    """One payment on its way through the rows."""

    def __init__(
        self,
        *,
        rows: Sequence[OpenRow],
        units: int,
        day: date,
        rule: Allocation,
        rounding: Rounding,
        back: bool,
    ) -> None:
        self.rows = rows
        self.units = units
        self.taken: Taken = []
        self._day = day
        self._rule = rule
        self._rounding = rounding
        self._back = back

    def by_row(self) -> None:
        """Row by row: first what is due by its own date, then what is not."""
        now = [part for due, part in self._rule.cells if due is Due.DUE]
        ahead = [part for due, part in self._rule.cells if due is Due.IN_ADVANCE]
        for row in self.rows:
            if self.units <= 0:
                return
            if row.open_units <= 0:
                continue
            for part in now:
                self._settle(row, part, min(self.units, row.due_by(part, self._day)))
            if row.due > self._day:
                for part in ahead:
                    self._settle(row, part, self.units)

    def horizontal(self) -> None:
        """All parts of one row before the next, within past due, due, in advance."""
        for due, cells in groupby(self._rule.cells, key=lambda cell: cell[0]):
            parts = [part for _, part in cells]
            while self.units > 0:
                chosen = self._chosen(due, self._holding(*parts))
                before = self.units
                for part in parts:
                    self._spread(chosen, part)
                if self.units == before:
                    break

    def vertical(self) -> None:
        """One cell through all rows before the next cell."""
        for due, part in self._rule.cells:
            while self.units > 0:
                before = self.units
                self._spread(self._chosen(due, self._holding(part)), part)
                if self.units == before:
                    break

    def _holding(self, *parts: Part) -> _Test:
        if self._back:
            return lambda row: any(row.paid[part] > 0 for part in parts)
        return lambda row: any(row.open_of(part) > 0 for part in parts)

    def _chosen(self, due: Due, wanted: _Test) -> list[OpenRow]:
        fitting = (row for row in self._at(due) if wanted(row))
        future = self._rule.future if due is Due.IN_ADVANCE else Future.NEXT
        if future is Future.SPREAD:
            return list(fitting)
        if self._back or future is Future.LAST:
            return list(fitting)[-1:]
        return list(islice(fitting, 1))

    def _at(self, due: Due) -> Iterable[OpenRow]:
        day = self._day
        if due is Due.PAST_DUE:
            return (row for row in self.rows if row.due < day)
        if due is Due.DUE:
            return (row for row in self.rows if row.due == day)
        return (row for row in self.rows if row.due > day)

    def _spread(self, rows: Sequence[OpenRow], part: Part) -> None:
        """Offer the chosen rows equal portions of what is left."""
        if not rows or self.units <= 0:
            return
        total = self.units
        even = divide(numerator=total, denominator=len(rows), rounding=self._rounding)
        for row in rows[:-1]:
            self._settle(row, part, even)
        self._settle(rows[-1], part, total - even * (len(rows) - 1))

    def _settle(self, row: OpenRow, part: Part, offered: int) -> None:
        offered = min(offered, self.units)
        if offered <= 0:
            return
        moved = row.unpay(part, offered, self._day) if self._back else row.pay(part, offered, self._day)
        if moved:
            self.units -= moved
            self.taken.append((row, part, -moved if self._back else moved))
