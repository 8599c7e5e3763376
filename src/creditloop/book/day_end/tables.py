"""The tables of loans and closed days: their columns, in the order they are stored and hashed."""

from creditloop.book.day_end.positions import POSITION_COLUMNS
from creditloop.kernel.storage import AppendOnlyTable

SHARDS = 16
"""Parts the book is closed in; all loans of a debtor are in part debtor_no mod `SHARDS`, for good."""

_NARROW = {
    "oldest_due": "date",
    "next_due": "date",
    "accrual_from": "date",
    "paid_up_on": "date",
    "restructured_due": "date",
    "version": "integer",
    "next_no": "integer",
    "instalments_met": "integer",
    "restructured": "smallint",
    "tier": "smallint",
}

POSITION_KINDS = {name: _NARROW.get(name, "bigint") for name in POSITION_COLUMNS}
"""The type of each column of a position."""

BATCH_KINDS = {"batch_id": "uuid", "row_no": "integer"}
LOAN_POSITION_KINDS = {
    **BATCH_KINDS,
    "business_date": "date",
    "shard": "smallint",
    "sequence": "integer",
    **POSITION_KINDS,
}
LOAN_DAY_KINDS = {
    **BATCH_KINDS,
    "business_date": "date",
    "shard": "smallint",
    **POSITION_KINDS,
    "interest_accrued_fen": "bigint",
    "penalty_accrued_fen": "bigint",
    "own_interest_fen": "bigint",
    "own_penalty_fen": "bigint",
    "came_due": "smallint",
    "dpd": "integer",
    "stage": "smallint",
}
INSTALMENT_KINDS = {
    **BATCH_KINDS,
    "loan_no": "bigint",
    "version": "integer",
    "instalment_no": "integer",
    "from_date": "date",
    "due_date": "date",
    "principal_fen": "bigint",
    "interest_fen": "bigint",
    "period_interest_fen": "bigint",
}
LOAN_COLUMNS = (
    "loan_no",
    "loan_id",
    "party_id",
    "debtor_no",
    "retail",
    "programme_no",
    "shard",
    "paid_out_on",
    "principal_fen",
    "penalty_rate_nano",
    "overdue_interest_rate_nano",
    "interest_bears_penalty",
    "penalty_basis",
    "grace_days",
    "grace_is_charged",
    "terms_hash",
)

OVERDUE_RATE_COLUMNS = (
    "loan_no",
    "sequence",
    "from_date",
    "shard",
    "penalty_rate_nano",
    "overdue_interest_rate_nano",
)
EVENT_COLUMNS = (
    "loan_no",
    "sequence",
    "shard",
    "event_id",
    "kind",
    "value_date",
    "booked_on",
    "payload",
    "accounts",
    "lenders",
    "amounts_fen",
    "booked_at",
    "previous_hash",
    "hash",
)

DAY_END_TABLES = (
    AppendOnlyTable(
        name="book.programme",
        key=("programme_no",),
        columns=("batch_id", "row_no", "programme_no", "product", "lenders", "weights", "document_hash"),
    ),
    AppendOnlyTable(name="book.loan", key=("loan_no",), columns=("batch_id", "row_no", *LOAN_COLUMNS)),
    AppendOnlyTable(
        name="book.loan_rules", key=("rules_hash",), columns=("batch_id", "row_no", "rules_hash", "body")
    ),
    AppendOnlyTable(
        name="book.loan_terms",
        key=("loan_no",),
        columns=("batch_id", "row_no", "loan_no", "rules_hash", "terms_hash", "body"),
    ),
    AppendOnlyTable(
        name="book.loan_overdue_rate",
        key=("loan_no", "sequence", "from_date"),
        columns=("batch_id", "row_no", *OVERDUE_RATE_COLUMNS),
    ),
    AppendOnlyTable(
        name="book.loan_event", key=("loan_no", "sequence"), columns=("batch_id", "row_no", *EVENT_COLUMNS)
    ),
    AppendOnlyTable(
        name="book.instalment",
        key=("loan_no", "version", "instalment_no"),
        columns=tuple(INSTALMENT_KINDS),
    ),
    AppendOnlyTable(
        name="book.loan_position", key=("loan_no", "sequence"), columns=tuple(LOAN_POSITION_KINDS)
    ),
    AppendOnlyTable(name="book.loan_day", key=("loan_no", "business_date"), columns=tuple(LOAN_DAY_KINDS)),
    AppendOnlyTable(
        name="book.day_shard",
        key=("business_date", "shard"),
        columns=(
            "batch_id",
            "row_no",
            "business_date",
            "shard",
            "shards",
            "rules_as_of",
            "closed_at",
            "loans",
            "principal_fen",
            "interest_accrued_fen",
            "penalty_accrued_fen",
            "own_interest_fen",
            "own_penalty_fen",
        ),
    ),
    AppendOnlyTable(
        name="book.day_posting",
        key=("business_date", "shard", "programme_no", "account", "lender"),
        columns=(
            "batch_id",
            "row_no",
            "business_date",
            "shard",
            "programme_no",
            "account",
            "lender",
            "amount_fen",
        ),
    ),
)
"""The tables of loans and days, for whoever seals them."""
