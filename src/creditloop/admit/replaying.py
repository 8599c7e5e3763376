"""Make a whole run of decisions again from the values kept with them (批量重放), all cases at once."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from creditloop.admit.desk import Mandates, ReviewCase
from creditloop.admit.review import review
from creditloop.admit.rules import ReviewRules
from creditloop.risk import kept_frame


def decide_again(*, decisions: pl.DataFrame, rules: ReviewRules) -> pl.DataFrame:
    """Decide a run again; return the columns of `DECISION`, by party.

    Args:
        decisions: the run as it is kept, of each party one; only `party_id` and `inputs` are read.
        rules: the very texts it was decided by.
    Raises: EvidenceError if the values kept are not those the rules read.
    """
    values = kept_frame(decisions["inputs"], kinds=rules.inputs)
    return review(frame=values.with_columns(decisions["party_id"]), rules=rules)


def mandates_again(*, cases: Sequence[ReviewCase], mandates: Mandates) -> tuple[tuple[str, date], ...]:
    """Return of each case whose mandate it is and by when it is due, by the mandates it was opened under."""
    amounts = {case.amount_fen for case in cases}
    whose = {amount: mandates.mandate(amount_fen=amount) for amount in amounts}
    return tuple(
        (whose[case.amount_fen], mandates.due_on(amount_fen=case.amount_fen, opened_on=case.opened_on))
        for case in cases
    )
