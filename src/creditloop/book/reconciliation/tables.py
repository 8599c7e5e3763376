"""The tables of reconciliation: their columns, in the order they are stored and hashed."""

from creditloop.kernel.storage import AppendOnlyTable

RUN_COLUMNS = (
    "batch_id",
    "row_no",
    "run_no",
    "business_date",
    "inputs",
    "inputs_hash",
    "totals",
    "loans",
    "items",
    "breaks_seen",
    "simulated",
    "ran_at",
)
BREAK_TABLE_COLUMNS = (
    "batch_id",
    "row_no",
    "break_no",
    "run_no",
    "opened_on",
    "record",
    "loan_id",
    "reference",
    "lender",
    "field",
)
SIGHTING_COLUMNS = (
    "batch_id",
    "row_no",
    "break_no",
    "run_no",
    "day",
    "kind",
    "book_says",
    "core_says",
    "money_says",
    "difference_fen",
    "cause",
)

RECONCILIATION_TABLES = (
    AppendOnlyTable(name="book.reconciliation_run", key=("run_no",), columns=RUN_COLUMNS),
    AppendOnlyTable(name="book.reconciliation_break", key=("break_no",), columns=BREAK_TABLE_COLUMNS),
    AppendOnlyTable(
        name="book.reconciliation_sighting", key=("break_no", "run_no"), columns=SIGHTING_COLUMNS
    ),
    AppendOnlyTable(
        name="book.reconciliation_closing",
        key=("break_no",),
        columns=("batch_id", "row_no", "break_no", "reason", "note", "closed_by", "closed_at"),
    ),
)
"""The tables of reconciliation, for whoever seals them."""
