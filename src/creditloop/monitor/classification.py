"""Five-tier classification (五级分类) of a book on a day, by the policies in force on another day.

1. months late → days past due, estimated, and the bucket    policies/<product>/monitor/days_past_due.yaml
2. what is owed and the days past due → the regulation's tier, and the bank's own floor    …/five_tier.yaml
3. the class in force is the worse of the two: a bank may be stricter than the rule, never looser
"""

from dataclasses import dataclass

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk import Policy

CLASSES = ("no_exposure", "normal", "special_mention", "substandard", "doubtful", "loss")
"""The tiers in order of severity, by number; `no_exposure` (无敞口) is nothing owed, nothing to classify."""
NOT_PERFORMING = ("substandard", "doubtful", "loss")
"""The classes that count as non-performing (不良)."""
REFERRED = "refer"
"""What a verdict says when its rules could not be evaluated: a person looks at it."""

ROWS = {
    "party_id": pl.String,
    "source_ref": pl.String,
    "limit_fen": pl.Int64,
    "owed_fen": pl.Int64,
    "credit_fen": pl.Int64,
    "months_late": pl.Int64,
}
"""What a customer is classified from; `owed_fen` and `credit_fen` are >= 0, at most one of them above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The two policies of a product that classification needs, as in force on the rules date."""

    days_past_due: Policy
    five_tier: Policy


def classify(*, rows: pl.DataFrame, policies: Policies) -> pl.DataFrame:
    """Classify each customer; see the module for the steps.

    Args:
        rows: columns and types of `ROWS`; months_late may be null, everything else not.
    Returns: one row a customer, sorted by party: the inputs, days_past_due_low and days_past_due (null where
        they cannot be told), bucket, regulatory_class, bank_class (the class in force), and for each the id
        of the rule that decided; "refer" where a rule could not be evaluated.
    Raises: InputError if the rows have other columns or types, a null where none may be, a party twice, or an
        amount that cannot be.
    """
    _check_rows(rows)
    late = policies.days_past_due.judge_frame(rows)
    judged = policies.five_tier.judge_frame(late)
    tier = pl.max_horizontal("regulatory_tier", "bank_tier")
    undecided = pl.col("regulatory_tier").is_null() | pl.col("bank_tier").is_null()
    bank_decides = pl.col("bank_tier") > pl.col("regulatory_tier")
    return judged.select(
        *ROWS,
        "days_past_due_low",
        "days_past_due",
        pl.col("bucket").fill_null(REFERRED),
        pl.col("bucket_row").fill_null(REFERRED).alias("bucket_rule"),
        _class_name(pl.col("regulatory_tier")).alias("regulatory_class"),
        pl.col("regulatory_row").fill_null(REFERRED).alias("regulatory_rule"),
        pl.when(undecided).then(pl.lit(REFERRED)).otherwise(_class_name(tier)).alias("bank_class"),
        pl.when(undecided)
        .then(pl.lit(REFERRED))
        .when(bank_decides)
        .then("bank_row")
        .otherwise("regulatory_row")
        .alias("bank_rule"),
    ).sort("party_id")


def _check_rows(rows: pl.DataFrame) -> None:
    if dict(rows.schema) != ROWS:
        raise InputError("not the rows a classification is made from", got=dict(rows.schema), expected=ROWS)
    for name in ROWS:
        hole = rows.filter(pl.col(name).is_null())
        if name != "months_late" and not hole.is_empty():
            where = {"field": name, "party": hole["party_id"][0]}
            raise InputError("a classification needs this value", got="null", where=where)
    twice = rows.filter(pl.col("party_id").is_duplicated())
    if not twice.is_empty():
        raise InputError("a party stands twice", got=twice["party_id"][0])
    for name in ("limit_fen", "owed_fen", "credit_fen"):
        below = rows.filter(pl.col(name) < 0)
        if not below.is_empty():
            where = {"field": name, "party": below["party_id"][0]}
            raise InputError("the amount is below 0", got=below[name][0], expected=">= 0", where=where)
    both = rows.filter((pl.col("owed_fen") > 0) & (pl.col("credit_fen") > 0))
    if not both.is_empty():
        raise InputError("a party cannot owe and be in credit at once", where={"party": both["party_id"][0]})


def _class_name(tier: pl.Expr) -> pl.Expr:
    return tier.replace_strict(dict(enumerate(CLASSES)), return_dtype=pl.String).fill_null(REFERRED)
