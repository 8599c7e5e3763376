"""From cells to quantities, a batch of parties at a time (汇总).

A coarser cut is its cells added up, a longer window its buckets. Every array has the parties last, so that a
window's column lies in one piece.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from creditloop.data.windows.cells import CELL, PLACE
from creditloop.data.windows.definitions import Aggregate, EventTable, Quantity
from creditloop.data.windows.grids import Grid
from creditloop.data.windows.integers import Integers, divided, entropies_nano, measures_of, ratios_nano

_LEAST, _MOST = np.iinfo(np.int64).min, np.iinfo(np.int64).max

Column = tuple[Integers, Integers | None]
"""Values, and where they are there (more than 0) if they can be null."""


class RolledUp:
    """The quantities of a batch of parties that can be read from one grid's cells."""

    def __init__(self, grid: Grid, table: EventTable, cells: pa.Table, parties: int) -> None:
        self._grid, self._table, self._parties = grid, table, parties
        self._shape = grid.shape(table)
        self._cells = cells
        self._places = cells[CELL].to_numpy().astype(np.int64) * parties + cells[PLACE].to_numpy()
        self._dense: dict[str, Integers] = {}
        self._always: dict[str, bool] = {}
        self._marginals: dict[tuple[str, tuple[tuple[str, str], ...]], Integers] = {}

    def column(self, quantity: Quantity) -> Column:
        """Return a quantity for every party, in the order of their places."""
        bucket = self._grid.ends.index(quantity.window.size)
        return _COMPUTED[quantity.aggregate](self, quantity, bucket)

    # by aggregate

    def count(self, quantity: Quantity, bucket: int) -> Column:
        """Return how many events, or different values."""
        return self._running("n", quantity)[bucket], None

    def sum(self, quantity: Quantity, bucket: int) -> Column:
        """Return the sum of a measure; of events of which none has it there is no sum."""
        sums = self._running(f"sum_{quantity.of}", quantity)[bucket]
        if self._told_always(str(quantity.of)):
            return sums, None
        told = self._running(f"n_{quantity.of}", quantity)[bucket]
        none: Integers = (self._running("n", quantity)[bucket] == 0).astype(np.int64)
        return sums, told + none

    def mean(self, quantity: Quantity, bucket: int) -> Column:
        """Return the mean of a measure over the events that have one, half away from zero."""
        counts = self._running(f"n_{quantity.of}", quantity)[bucket]
        return divided(self._running(f"sum_{quantity.of}", quantity)[bucket], counts), counts

    def greatest(self, quantity: Quantity, bucket: int) -> Column:
        """Return the greatest of a measure."""
        return _there(self._running(f"max_{quantity.of}", quantity)[bucket], _LEAST)

    def least(self, quantity: Quantity, bucket: int) -> Column:
        """Return the least of a measure."""
        return _there(self._running(f"min_{quantity.of}", quantity)[bucket], _MOST)

    def latest(self, quantity: Quantity, bucket: int) -> Column:
        """Return the measure of the newest event that has one."""
        newest, there = _there(self._running(f"latest_{quantity.of}", quantity)[bucket], _LEAST)
        return measures_of(newest), there

    def days_since_last(self, quantity: Quantity, bucket: int) -> Column:
        """Return how many days ago the newest event was."""
        return _there(self._running("last", quantity)[bucket], _MOST)

    def days_since_first(self, quantity: Quantity, bucket: int) -> Column:
        """Return how many days ago the oldest event of the window was."""
        return _there(self._running("first", quantity)[bucket], _LEAST)

    def entropy(self, quantity: Quantity, bucket: int) -> Column:
        """Return the entropy of the counts by a dimension's values; those not listed are one."""
        listed = [(str(quantity.of), value) for value in self._table.dimension(str(quantity.of)).values]
        whole = self._running("n", quantity)[bucket]
        parts = [self._of("n", (*quantity.where, cut), running=True)[bucket] for cut in listed]
        return entropies_nano([*parts, whole - sum(parts)]), whole

    def months_active(self, quantity: Quantity, bucket: int) -> Column:
        """Return how many calendar months have an event."""
        return (self._monthly("n", quantity)[: bucket + 1] > 0).sum(axis=0, dtype=np.int64), None

    def longest_run(self, quantity: Quantity, bucket: int) -> Column:
        """Return the most consecutive months with an event."""
        return _longest(self._monthly("n", quantity)[: bucket + 1] > 0), None

    def latest_run(self, quantity: Quantity, bucket: int) -> Column:
        """Return how many consecutive months with an event end with the newest of them."""
        return _latest(self._monthly("n", quantity)[: bucket + 1] > 0), None

    def months_since_last(self, quantity: Quantity, bucket: int) -> Column:
        """Return how many calendar months ago the newest month with an event was."""
        holds = self._monthly("n", quantity)[: bucket + 1] > 0
        months: Integers = np.argmax(holds, axis=0).astype(np.int64)
        there: Integers = np.any(holds, axis=0).astype(np.int64)
        return months, there

    def longest_silence(self, quantity: Quantity, bucket: int) -> Column:
        """Return the most consecutive months without an event."""
        return _longest(self._monthly("n", quantity)[: bucket + 1] == 0), None

    def deviation(self, quantity: Quantity, bucket: int) -> Column:
        """Return the mean distance of a month's sum from the mean month, as a share of that; nano."""
        sums = self._monthly(f"sum_{quantity.of}", quantity)[: bucket + 1]
        months, whole = len(sums), sums.sum(axis=0)
        distance = np.abs(months * sums - whole).sum(axis=0)
        return ratios_nano(distance, np.abs(months * whole))

    # cells

    def _told_always(self, measure: str) -> bool:
        """Whether every event of the batch has the measure."""
        if measure not in self._always:
            same = pc.equal(self._cells["n"], self._cells[f"n_{measure}"])
            self._always[measure] = bool(pc.all(same, min_count=0).as_py())
        return self._always[measure]

    def _running(self, number: str, quantity: Quantity) -> Integers:
        return self._of(number, quantity.where, running=True)

    def _monthly(self, number: str, quantity: Quantity) -> Integers:
        return self._of(number, quantity.where, running=False)

    def _of(self, number: str, where: tuple[tuple[str, str], ...], *, running: bool) -> Integers:
        """Return a number of the cells that match, bucket by party; running along the buckets or not."""
        key = (number if running else f"{number} by month", where)
        if key not in self._marginals:
            kind = number.split("_", maxsplit=1)[0]
            values = self._chosen(self._all_cells(number), where, _JOINED[kind])
            self._marginals[key] = _JOINED[kind].accumulate(values, axis=0) if running else values
        return self._marginals[key]

    def _chosen(self, cells: Integers, where: tuple[tuple[str, str], ...], joined: np.ufunc) -> Integers:
        wanted: Mapping[str, str] = dict(where)
        for name in self._grid.dimensions:  # each takes the first axis away
            codes = list(self._table.dimension(name).values)
            cells = cells[codes.index(wanted[name])] if name in wanted else joined.reduce(cells, axis=0)
        return cells

    def _all_cells(self, number: str) -> Integers:
        if number not in self._dense:
            flat = np.full(
                int(np.prod(self._shape)) * self._parties, _EMPTY[number.split("_", maxsplit=1)[0]], np.int64
            )
            column = self._cells[number]
            values = column.to_numpy()
            places = self._places
            if column.null_count:  # a cell whose events all lack the measure has no greatest and least
                there = column.is_valid().to_numpy()
                values, places = column.drop_null().to_numpy(), places[there]
            flat[places] = values
            self._dense[number] = flat.reshape(*self._shape, self._parties)
        return self._dense[number]


def _there(values: Integers, empty: int) -> Column:
    there = (values != empty).astype(np.int64)
    return np.where(there > 0, values, 0), there


def _longest(holds: np.ndarray) -> Integers:
    run = np.zeros(holds.shape[1], np.int64)
    longest = run.copy()
    for month in holds:
        run = np.where(month, run + 1, 0)
        np.maximum(longest, run, out=longest)
    return longest


def _latest(holds: np.ndarray) -> Integers:
    run = np.zeros(holds.shape[1], np.int64)
    over = np.zeros(holds.shape[1], bool)
    for month in holds:
        over |= (run > 0) & ~month
        run += month & ~over
    return run


_JOINED: Mapping[str, np.ufunc] = {
    "n": np.add,
    "sum": np.add,
    "max": np.maximum,
    "min": np.minimum,
    "latest": np.maximum,
    "last": np.minimum,
    "first": np.maximum,
}
"""How a number of several cells is made of theirs."""
_EMPTY: Mapping[str, int] = {
    "n": 0,
    "sum": 0,
    "max": _LEAST,
    "min": _MOST,
    "latest": _LEAST,
    "last": _MOST,
    "first": _LEAST,
}
"""A number of a cell without events."""
_COMPUTED: Mapping[Aggregate, Callable[[RolledUp, Quantity, int], Column]] = {
    Aggregate.COUNT: RolledUp.count,
    Aggregate.DISTINCT: RolledUp.count,
    Aggregate.SUM: RolledUp.sum,
    Aggregate.MEAN: RolledUp.mean,
    Aggregate.MAX: RolledUp.greatest,
    Aggregate.MIN: RolledUp.least,
    Aggregate.LATEST: RolledUp.latest,
    Aggregate.DAYS_SINCE_LAST: RolledUp.days_since_last,
    Aggregate.DAYS_SINCE_FIRST: RolledUp.days_since_first,
    Aggregate.ENTROPY: RolledUp.entropy,
    Aggregate.MONTHS_ACTIVE: RolledUp.months_active,
    Aggregate.LONGEST_RUN: RolledUp.longest_run,
    Aggregate.LATEST_RUN: RolledUp.latest_run,
    Aggregate.LONGEST_SILENCE: RolledUp.longest_silence,
    Aggregate.MONTHS_SINCE_LAST: RolledUp.months_since_last,
    Aggregate.DEVIATION: RolledUp.deviation,
}
