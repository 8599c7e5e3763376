"""A claim: what an entry, or a chunk whose entry is damaged, says about which rows."""

from dataclasses import dataclass

from creditloop.evidence.entry import RowsEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Rows that were sealed together.

    Attributes:
        entry_no: the entry.
        table: the table, with its schema.
        batch: batch id, as COPY writes it.
        first: number of the first row.
        count: rows.
        entry: what the log proves about them; None if the entry was changed or deleted and only the stored
            hashes are left.
        checkable: the rows can be hashed as they were when sealed.
    """

    entry_no: int
    table: str
    batch: bytes
    first: int
    count: int
    entry: RowsEntry | None
    checkable: bool = True

    @property
    def start(self) -> tuple[bytes, int]:
        """Batch and number of the first row."""
        return self.batch, self.first

    @property
    def end(self) -> tuple[bytes, int]:
        """Batch and number after the last row."""
        return self.batch, self.first + self.count


def without_overlaps(claims: list[Claim]) -> list[Claim]:
    """Return one table's claims in order of batch and row; a claim without proof gives way to any other."""
    kept: list[Claim] = []
    for claim in sorted(claims, key=lambda claim: (claim.start, claim.entry is None)):
        if kept and claim.start < kept[-1].end:
            if claim.entry is None:
                continue
            if kept[-1].entry is None:
                kept.pop()
        kept.append(claim)
    return kept
