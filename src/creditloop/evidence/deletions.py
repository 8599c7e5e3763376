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
class DeletionRecords:
    """Where deletions are on record.

    Attributes:
        tables: the tables, with their schema; they must be listed for verification.
        read: reads what was deleted, in the snapshot of the verification.
    """

    tables: frozenset[str]
    read: Callable[[Connection], Iterable[DeletedRange]]


class DeletedPlaces:
    """Which rows of one table are on record as deleted."""

    def __init__(self, ranges: Iterable[DeletedRange] = ()) -> None:
        self._by_batch: dict[bytes, list[DeletedRange]] = {}
        for each in sorted(ranges, key=lambda deleted: deleted.first):
            self._by_batch.setdefault(each.batch.encode(), []).append(each)

    def has(self, batch: bytes) -> bool:
        """Whether anything of a batch is on record as deleted."""
        return batch in self._by_batch

    def record_of(self, batch: bytes, row_no: int | None) -> int | None:
        """Return the number of the deletion that a row is on record under; None if it is under none."""
        ranges = self._by_batch.get(batch)
        if not ranges or row_no is None:
            return None
        # a row is deleted once, so stretches of a batch do not overlap
        at = bisect_right(ranges, row_no, key=lambda deleted: deleted.first) - 1
        return ranges[at].record if at >= 0 and row_no <= ranges[at].last else None
