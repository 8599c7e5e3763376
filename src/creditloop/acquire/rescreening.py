"""Who is screened again: accounts that changed materially, and screenings that are too old (二次筛选)."""

from datetime import date

import polars as pl

from creditloop.acquire.policies import DAYS_SINCE, SCREENED, Policies
from creditloop.acquire.screening import reason_codes
from creditloop.formula import Kind
from creditloop.risk import DecisionTable, Policy

TRIGGERS = ("initial", "account_change", "model_update", "interval")
"""What sets a screening off; the first is no re-screening."""
ON_THE_LIST = ("invited", "watched")
"""Statuses of who is looked at when an account changes or a model is updated: none of them has answered."""
ANSWERED = ("accepted", "declined")
"""Statuses that stand: whoever answered is not screened again."""
_DTYPES = {Kind.BOOLEAN: pl.Boolean(), Kind.TEXT: pl.String(), Kind.DATE: pl.String()}


def changed_accounts(*, rows: pl.DataFrame, listed: pl.DataFrame, policies: Policies) -> pl.DataFrame:
    """Find the parties on the list whose account changed materially since they were screened (账户变动).

    Args:
        rows: party_id and today's features.
        listed: party_id, status and inputs (JSON, of the last screening), as `whitelist` returns them.
    Returns: by party_id: party_id, cause (code of the rule that saw the change; "refer" where it could not be
        told: what is not known is not called unchanged).
    """
    current = rows.select("party_id", *policies.features_watched)
    before = _screened_values(listed.filter(pl.col("status").is_in(ON_THE_LIST)), policies.rescreen)
    pairs = before.join(current, on="party_id", how="left", validate="1:1")
    return _caused(pairs, policies.rescreen, table="account_change", output="account_changed")


def due_for_interval(*, listed: pl.DataFrame, on: date, policies: Policies) -> pl.DataFrame:
    """Find the parties whose last screening is as old as the interval, closed ones among them (定期复筛).

    Args:
        listed: party_id, status and screened_on, as `whitelist` returns them.
    Returns: by party_id: party_id, cause (code of the rule).
    """
    waiting = listed.filter(~pl.col("status").is_in(ANSWERED))
    aged = waiting.select("party_id", (pl.lit(on) - pl.col("screened_on")).dt.total_days().alias(DAYS_SINCE))
    return _caused(aged, policies.rescreen, table="interval", output="interval_due")


def _caused(frame: pl.DataFrame, policy: Policy, *, table: str, output: str) -> pl.DataFrame:
    """Judge by one table of the policy; keep the parties of whom it says true, or cannot tell."""
    rules = next(each for each in policy.tables if each.id == table)
    judged = rules.decide_frame(frame).filter(pl.col(output).fill_null(value=True))
    return judged.select("party_id", _code(rules).alias("cause")).sort("party_id")


def _code(rules: DecisionTable) -> pl.Expr:
    row = pl.col(f"{rules.id}_row")
    return row.replace_strict(reason_codes(rules), return_dtype=pl.String).fill_null("refer")


def _screened_values(listed: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Take the values kept with the last screening out of their JSON, as `screened_<feature>`."""
    kinds = {entry.name: entry.kind for entry in policy.inputs if entry.name.startswith(SCREENED)}
    kept = pl.Struct(
        {name.removeprefix(SCREENED): _DTYPES.get(kind, pl.Int64()) for name, kind in kinds.items()}
    )
    values = listed["inputs"].str.json_decode(kept).struct.unnest()
    return listed.select("party_id").hstack(values.rename(lambda name: f"{SCREENED}{name}"))
