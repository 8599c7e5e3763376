"""What verification finds: a problem names the place that was tampered with."""

from dataclasses import dataclass

CODES = {
    "row_changed": "the row's content is not what was sealed",
    "row_deleted": "the sealed row is gone",
    "row_undeleted": "the row, or a value of it, is on record as deleted, and is there",
    "row_inserted": "the row was never sealed",
    "row_moved": "the sealed row's content now stands under another batch or row number",
    "row_unverified": "the row or its salt was changed; which of them cannot be told",
    "batch_unknown": "rows of a batch that the log does not know",
    "chunk_deleted": "the salts and row hashes of an entry are gone",
    "chunk_inserted": "salts and row hashes without an entry",
    "chunk_changed": "a stored part of the chunk is not what was sealed; its rows are intact or named",
    "chunk_unverifiable": "rows and their stored hashes were both changed: some row of this range",
    "entry_changed": "a part of the log entry is not what was sealed",
    "entry_deleted": "the sealed log entry is gone",
    "entry_inserted": "the log entry stands at a number where the log has another one or none",
    "entry_unsigned": "an entry after the checkpoint is not signed by the log's key: forged, or changed",
    "log_rolled_back": "the database's log is shorter than the signed checkpoint",
    "checkpoint_changed": "the database's copy of a checkpoint is not the one that was signed",
    "checkpoint_deleted": "the database's copy of a checkpoint is gone",
    "folder_rolled_back": "the folder outside the database is older than what it has signed",
    "folder_damaged": "a file of the folder outside the database was changed or lost",
    "table_missing": "a listed table is not there, or is no longer an ordinary table",
    "table_filtered": "row-level security stands on the table: it may hide rows from whoever verifies",
    "table_unlisted": "the log has entries of a table that was not listed for verification",
    "column_missing": "a listed column is not in the database",
    "column_retyped": "a column that verification relies on has another type",
    "column_unlisted": "a column of the database is neither hashed nor listed as unhashed with a reason",
    "columns_differ": "the entry was sealed over other columns than are listed now",
    "guard_missing": "the trigger that keeps a table append-only is missing or switched off",
}
"""Every code a problem can have, with its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that does not verify (存证异常).

    Attributes:
        code: a key of `CODES`.
        table: the table of the rows concerned, with its schema.
        batch: the batch, as text.
        row_no: first row concerned.
        row_last: last row concerned; equal to `row_no` for a single row.
        key: the row's key columns and values as they stand now, for a person.
        column: the column of a log table, where it is known.
        entry_no: the log entry concerned; for a checkpoint, its size.
        file: the file of the folder outside the database.
        detail: what was found, one sentence.
    """

    code: str
    table: str | None = None
    batch: str | None = None
    row_no: int | None = None
    row_last: int | None = None
    key: str | None = None
    column: str | None = None
    entry_no: int | None = None
    file: str | None = None
    detail: str = ""

    def __post_init__(self) -> None:
        assert self.code in CODES, self.code
