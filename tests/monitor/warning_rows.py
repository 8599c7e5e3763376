"""Rows warnings are judged from, and the bank's policy to judge them by."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from tests.monitor.verdict_rows import RULES

from creditloop.kernel.documents import parse_document, read_document
from creditloop.risk import Policy, read_policy

REPOSITORY = Path(__file__).parents[2]
FILE = REPOSITORY / "policies" / "credit_card" / "monitor" / "warning.yaml"
DUE: dict[str, object] = {
    # pays each bill in full: nothing to warn of
    "limit_fen": 10_000_000,
    "bill_0_fen": 1_000_000,
    "bill_1_fen": 1_000_000,
    "bill_2_fen": 1_000_000,
    "payment_0_fen": 1_000_000,
    "payment_1_fen": 1_000_000,
    "payment_2_fen": 1_000_000,
    "months_late_0": -1,
    "months_late_1": -1,
    "months_late_2": -1,
    "bank_class": "normal",
    "owed_fen": 1_000_000,
    "late_statements": 0,
}
LATE = {
    "months_late_0": 2,
    "months_late_1": 1,
    "bank_class": "substandard",
    "late_statements": 2,
    "payment_0_fen": 0,
}
QUIET = {name: 0 for name in DUE if name.startswith(("bill_", "payment_"))} | {
    "bank_class": "no_exposure",
    "owed_fen": 0,
}
UNKNOWN = {"bill_0_fen": None, "payment_0_fen": None, "months_late_0": None}
SCHEMA = {
    "party_id": pl.String,
    **{name: pl.String if isinstance(value, str) else pl.Int64 for name, value in DUE.items()},
}


def policy(*changes: tuple[str, str]) -> Policy:
    """The bank's warning policy, perhaps with its text changed."""
    document = read_document(FILE, root=REPOSITORY)
    text = document.text
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read_policy(parse_document(text, path=document.path), rules_as_of=RULES)


def rows(*given: Mapping[str, object]) -> pl.DataFrame:
    """Customers p00, p01, …: the one who pays duly, with what is said otherwise."""
    frame = [{"party_id": f"p{number:02}", **DUE, **other} for number, other in enumerate(given)]
    return pl.DataFrame(frame, schema=SCHEMA)
