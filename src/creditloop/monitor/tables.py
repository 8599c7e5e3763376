"""The tables this room only ever adds to, as whoever seals them must know them."""

from creditloop.kernel.storage import AppendOnlyTable

CLASSIFICATION_TABLES = (
    AppendOnlyTable(
        name="monitor.classification_batch",
        key=("business_date", "rules_as_of"),
        columns=(
            "batch_id",
            "row_no",
            "product",
            "business_date",
            "rules_as_of",
            "currency",
            "delinquency_policy_hash",
            "five_tier_policy_hash",
            "customers",
            "content_hash",
            "recorded_at",
        ),
    ),
    AppendOnlyTable(
        name="monitor.classification",
        key=("party_id",),
        columns=(
            "batch_id",
            "row_no",
            "party_id",
            "source_ref",
            "limit_fen",
            "owed_fen",
            "credit_fen",
            "months_late",
            "days_past_due_low",
            "days_past_due",
            "bucket",
            "bucket_rule",
            "regulatory_class",
            "regulatory_rule",
            "bank_class",
            "bank_rule",
        ),
    ),
)
"""Verdicts."""

WARNING_TABLES = (
    AppendOnlyTable(
        name="monitor.warning_batch",
        key=("business_date", "rules_as_of"),
        columns=(
            "batch_id",
            "row_no",
            "product",
            "business_date",
            "rules_as_of",
            "policy_hash",
            "features_hash",
            "contract_hash",
            "classification_batch",
            "evaluated",
            "alerts",
            "watches",
            "notices",
            "referred",
            "content_hash",
            "recorded_at",
        ),
    ),
    AppendOnlyTable(
        name="monitor.warning",
        key=("party_id",),
        columns=(
            "party_id",
            "batch_id",
            "row_no",
            "level",
            "level_rule",
            "risk",
            "signals",
            "measures",
            "values_read",
        ),
    ),
)
"""Warnings."""

TABLES = (*CLASSIFICATION_TABLES, *WARNING_TABLES)
"""All of them."""
