"""Rows that were sealed and then deleted on record: whoever deletes lawfully says where it is written.

Evidence does not know why rows may be deleted; it is handed the tables the records of it stand in, and a
function that reads them. The records are sealed themselves: only if all of them verify are they believed.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from creditloop.kernel.storage import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedRange:
    """A stretch of a batch's rows that was deleted; first and last included.

    Attributes:
        record: the number by which the deletion is called.
        batch: batch id, as text.
    """

    record: int
    table: str
    batch: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptiedPlace:
    """A row that stays and of which values were deleted.

    Attributes:
        record: the number by which the deletion is called, of several the last.
        batch: batch id, as text.
        rewritten: the row itself was changed by it, so that it is not as it was sealed.
        as_left: a row that was rewritten is still as it was left.
        there: a value that is on record as deleted is there.
    """

    record: int
    table: str
    batch: str
    row_no: int
    rewritten: bool
    as_left: bool
    there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRecords:
    """Where deletions are on record.

    Attributes:
        tables: the tables, with their schema; they must be listed for verification.
        read: reads which rows were deleted, in the snapshot of the verification.
        read_emptied: reads of which rows values were deleted, in the same.
    """

    tables: frozenset[str]
    read: Callable[[Connection], Iterable[DeletedRange]]
    read_emptied: Callable[[Connection], Iterable[EmptiedPlace]]


class DeletedPlaces:
    """Which rows of one table are on record as deleted, and of which values are."""

    def __init__(self, ranges: Iterable[DeletedRange] = (), emptied: Iterable[EmptiedPlace] = ()) -> None:
        self._by_batch: dict[bytes, list[DeletedRange]] = {}
        for each in sorted(ranges, key=lambda deleted: deleted.first):
            self._by_batch.setdefault(each.batch.encode(), []).append(each)
        self._emptied: dict[bytes, dict[int, EmptiedPlace]] = {}
        for place in emptied:
            self._emptied.setdefault(place.batch.encode(), {})[place.row_no] = place

    def has(self, batch: bytes) -> bool:
        """Whether anything of a batch is on record as deleted."""
        return batch in self._by_batch or batch in self._emptied

    def emptied(self, batch: bytes, row_no: int | None) -> EmptiedPlace | None:
        """Return what is on record of values deleted of a row; None if nothing is."""
        return None if row_no is None else self._emptied.get(batch, {}).get(row_no)

    def record_of(self, batch: bytes, row_no: int | None) -> int | None:
        """Return the number of the deletion that a row is on record under; None if it is under none."""
        ranges = self._by_batch.get(batch)
        if not ranges or row_no is None:
            return None
        # a row is deleted once, so stretches of a batch do not overlap
        at = bisect_right(ranges, row_no, key=lambda deleted: deleted.first) - 1
        return ranges[at].record if at >= 0 and row_no <= ranges[at].last else None
