"""Signs of more risk besides days past due (风险迹象): the open warnings on those who owe the loans.

1. of each product the newest run of warnings about the day or one before it; none, and nothing more is asked
2. whom these runs warn of among the debtors here, on record
3. each warning by `policies/lending/monitor/risk_signs.yaml`; a loan has a sign if one of its debtor's is one
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import polars as pl

from creditloop.kernel.storage import load_queries
from creditloop.risk import Policy
from creditloop.service.day_end.planned import judged
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

READER = "service.day_end"
PURPOSE = "monitoring"
NO_SIGN: Mapping[str, object] = {"warning_level": None, "warning_age_days": None}
"""What a loan is judged from whose debtor nobody warns of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDay:
    """The day that is classified.

    Attributes:
        known_by: what was recorded later is not seen.
        shard: the part of the book.
        debtor_no: only this debtor's loans; None: all of the shard.
        reader: who reads, for the log.
    """

    business_date: date
    known_by: datetime
    shard: int
    debtor_no: int | None = None
    reader: str = READER


def newest_warnings(work: Work, *, business_date: date, known_by: datetime) -> dict[UUID, date]:
    """Return the runs of warnings that speak on a day, one a product, with the day each is about."""
    found = load_queries("creditloop.service.day_end").find_newest_warnings(
        work.connection, business_date=business_date, known_by=known_by
    )
    return dict(found)


def risk_signs(work: Work, *, policy: Policy, day: ClassDay, runs: Mapping[UUID, date]) -> pl.DataFrame:
    """Return the warnings on those who owe the day's loans, each judged; the read is logged.

    Args:
        runs: as `newest_warnings` returns them.
    Returns: loan_no, batch_id, the policy's inputs, risk_risen (null where it could not be told).
    """
    rows: list[tuple[Any, ...]] = []
    if runs:
        rows = list(
            load_queries("creditloop.service.day_end").find_warned_loans(
                work.connection, batch_ids=list(runs), shard=day.shard, debtor_no=day.debtor_no
            )
        )
        record_own_read(
            work,
            package="creditloop.monitor",
            table="monitor.warning",
            columns=("party_id", "level"),
            purpose=PURPOSE,
            reader=day.reader,
            reason=f"class and stage on {day.business_date}",
            parties_count=len(rows),
        )
    ages = {batch: (day.business_date - about).days for batch, about in runs.items()}
    frame = pl.DataFrame(
        [(loan, str(batch), level, ages[batch]) for loan, batch, level in rows],
        schema={
            "loan_no": pl.Int64,
            "batch_id": pl.String,
            "warning_level": pl.String,
            "warning_age_days": pl.Int64,
        },
        orient="row",
    )
    return frame.with_columns(judged(policy, frame, outputs=["risk_risen"]))


def with_risk(facts: pl.DataFrame, *, signs: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Add `risk_risen` to loans: true if one of a loan's signs says so, else null if one could not tell.

    Args:
        signs: as `risk_signs` returns it.
    """
    none = policy.decide(NO_SIGN)["risk_risen"]
    if signs.is_empty():
        return facts.with_columns(pl.lit(none, dtype=pl.Boolean).alias("risk_risen"))
    said = signs.group_by("loan_no").agg(
        risk_risen=pl.col("risk_risen").any(ignore_nulls=False), warned=pl.lit(1, dtype=pl.Int8)
    )
    joined = facts.join(said, on="loan_no", how="left", maintain_order="left")
    return joined.with_columns(
        risk_risen=pl.when(pl.col("warned").is_null())
        .then(pl.lit(none, dtype=pl.Boolean))
        .otherwise("risk_risen")
    ).drop("warned")
