"""The tables of this room, for whoever seals them."""

from creditloop.kernel.storage import AppendOnlyTable
from creditloop.oversight.comparison import Comparison
from creditloop.oversight.metrics import Metric

_RUN = ("product", "population", "business_date", "rules_as_of", "rows")


def _table(name: str, key: tuple[str, ...], *columns: str) -> AppendOnlyTable:
    return AppendOnlyTable(name=f"oversight.{name}", key=key, columns=("batch_id", "row_no", *columns))


TABLES = (
    _table(
        "model",
        ("card_hash", "registered_on", "state"),
        "card_hash",
        "name",
        "product",
        "purpose",
        "materiality",
        "owner",
        "developer",
        "validator",
        "state",
        "fitted_on",
        "registered_on",
        "next_review_due",
        "recorded_at",
    ),
    _table(
        "model_run",
        ("card_hash", "business_date", "kind"),
        "card_hash",
        "kind",
        *_RUN,
        "inputs_hash",
        "outputs_hash",
        "alarm_policy_hash",
        "alarms",
        "content_hash",
        "recorded_at",
    ),
    _table("metric", ("name", "segment"), *Metric.__dataclass_fields__),
    _table(
        "comparison_run",
        ("kind", "business_date"),
        "kind",
        *_RUN,
        "strategy_hash",
        "card_hash",
        "plan_hash",
        "draws",
        "seed",
        "inputs_hash",
        "note",
        "content_hash",
        "recorded_at",
    ),
    _table("comparison", ("baseline", "outcome", "approvals_at"), *Comparison.__dataclass_fields__),
    _table(
        "proposal",
        ("policy", "effective_from"),
        "product",
        "policy",
        "champion_hash",
        "challenger_hash",
        "effective_from",
        "business_date",
        "rules_as_of",
        "proposer",
        "chosen_by",
        "figures",
        "comparison_batch",
        "simulated",
        "content_hash",
        "recorded_at",
    ),
    _table(
        "approval",
        ("proposal_id",),
        "proposal_id",
        "proposer",
        "approver",
        "role",
        "decision",
        "reason",
        "decided_on",
        "simulated",
        "recorded_at",
    ),
)
"""Every append-only table of oversight, its columns in hashing order."""
