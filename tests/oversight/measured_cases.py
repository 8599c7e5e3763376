"""Cases a strategy is measured on, and the bank's alarm policy, for tests."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import read_document
from creditloop.oversight import Baseline
from creditloop.risk import Policy, read_policy

REPOSITORY = Path(__file__).parents[2]
RULES = date(2024, 6, 30)
DATES = Dates(business_date=date(2005, 10, 31), rules_as_of=RULES)


def policy(name: str) -> Policy:
    """A policy of the credit card's second line, as in force on the rules date."""
    file = REPOSITORY / "policies" / "credit_card" / "oversight" / f"{name}.yaml"
    return read_policy(read_document(file, root=REPOSITORY), rules_as_of=RULES)


def scored(*cases: tuple[int | None, int, bool]) -> pl.DataFrame:
    """Cases by (score, pd in nano, bad)."""
    return pl.DataFrame(
        [(f"p{number:04}", *case) for number, case in enumerate(cases)],
        schema={"party_id": pl.String, "score": pl.Int64, "pd_nano": pl.Int64, "first": pl.Boolean},
        orient="row",
    )


def decided(
    scores: Sequence[int | None], approved: Sequence[bool], baseline: Sequence[bool], bad: Sequence[bool]
) -> pl.DataFrame:
    """Cases a strategy and a baseline decided about."""
    return pl.DataFrame(
        {"score": scores, "approved": approved, "b": baseline, "first": bad},
        schema={"score": pl.Int64, "approved": pl.Boolean, "b": pl.Boolean, "first": pl.Boolean},
    )


BASELINE = Baseline(name="对照 baseline", policy_hash="b" * 64, column="b")
