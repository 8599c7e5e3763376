"""Rows a classification is made from, and the bank's policies to make it by."""

from datetime import date
from pathlib import Path

import polars as pl

from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import read_document
from creditloop.monitor import Policies
from creditloop.monitor.classification import ROWS
from creditloop.risk import Policy, read_policy

REPOSITORY = Path(__file__).parents[2]
RULES = date(2024, 6, 30)
DATES = Dates(business_date=date(2005, 9, 30), rules_as_of=RULES)


def policies() -> Policies:
    """The credit card's policies, as in force on the rules date."""

    def policy(name: str) -> Policy:
        file = REPOSITORY / "policies" / "credit_card" / "monitor" / f"{name}.yaml"
        return read_policy(read_document(file, root=REPOSITORY), rules_as_of=RULES)

    return Policies(days_past_due=policy("days_past_due"), five_tier=policy("five_tier"))


def rows(*given: tuple[int, int | None] | tuple[int, int | None, int]) -> pl.DataFrame:
    """Customers p00, p01, … by (owed, months late, limit): owed below 0 is a credit balance."""
    frame = [
        {
            "party_id": f"p{number:02}",
            "source_ref": f"source.t/b/{number}",
            "limit_fen": limit[0] if limit else 1_000_00,
            "owed_fen": max(owed, 0),
            "credit_fen": max(-owed, 0),
            "months_late": late,
        }
        for number, (owed, late, *limit) in enumerate(given)
    ]
    return pl.DataFrame(frame, schema=ROWS)
