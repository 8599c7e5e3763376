"""Expected credit loss of a closed day (预期信用损失): what is owed of our own share × pd × lgd, by group.

1. what is owed at the day's close, by product, its lenders' shares, stage and days past due
2. pd and lgd of each by `policies/lending/monitor/ecl_parameters.yaml`, as in force on the day's rules date
3. groups of one product, stage, pd and lgd together: our own share of what is owed, and the loss, to the fen
The document's numbers are example values until a bank puts its own there.
"""

from datetime import date

import polars as pl

from creditloop.book import Shares
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import load_queries
from creditloop.service.day_end.class_rules import FOLDER
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.work import Work

COLUMNS = ("product", "stage", "loans", "owed_fen", "own_fen", "pd_nano", "lgd_nano", "ecl_fen", "document")
_GROUP = ("product", "lenders", "weights", "stage", "pd", "lgd")
_NANO = 1_000_000_000


def expected_loss(work: Work, *, business_date: date) -> pl.DataFrame:
    """Return the expected credit loss of a closed day: columns `COLUMNS`, by product, stage, pd and lgd.

    Each line's loss is rounded to the fen, half away from zero; it is null where pd or lgd could not be told.
    `document` is the hash of the text that says them.

    Raises: UnknownId if no part of the day is closed; InputError if its parts were closed by the rules of
        several days; as `deciding_policy`.
    """
    queries = load_queries("creditloop.service.day_end")
    rules = [day for (day,) in queries.find_day_rules(work.connection, business_date=business_date)]
    if not rules:
        raise UnknownId("the day is not closed", got=business_date)
    if len(rules) > 1:
        raise InputError(
            "the parts of the day were closed by rules of several days", got=rules, expected="one day"
        )
    policy = deciding_policy(work, path=f"{FOLDER}/ecl_parameters.yaml", rules_as_of=rules[0])
    rows = list(queries.find_exposures(work.connection, business_date=business_date))
    exposures = pl.DataFrame(
        rows,
        schema={
            "product": pl.String,
            "lenders": pl.List(pl.String),
            "weights": pl.List(pl.Int64),
            "ecl_stage": pl.Int64,
            "dpd": pl.Int64,
            "loans": pl.Int64,
            "owed_fen": pl.Int64,
        },
        orient="row",
    ).with_columns(product_name="product")
    said = policy.judge_frame(exposures, outputs=["pd", "lgd"]).rename({"ecl_stage": "stage"})
    groups = said.group_by(_GROUP).agg(pl.col("loans", "owed_fen").sum()).sort("product", "stage", "pd")
    own = [_own_fen(*row) for row in groups.select("owed_fen", "lenders", "weights").iter_rows()]
    priced = zip(own, groups["pd"].to_list(), groups["lgd"].to_list(), strict=True)
    return (
        groups.rename({"pd": "pd_nano", "lgd": "lgd_nano"})
        .with_columns(
            own_fen=pl.Series(own, dtype=pl.Int64),
            ecl_fen=pl.Series([_loss_fen(*one) for one in priced], dtype=pl.Int64),
            document=pl.lit(policy.hash),
        )
        .select(COLUMNS)
    )


def _own_fen(owed_fen: int, lenders: list[str], weights: list[int]) -> int:
    """Return our part of an amount: that of the first lender."""
    return Shares(tuple(lenders), tuple(weights)).parts(owed_fen)[0]


def _loss_fen(own_fen: int, pd: int | None, lgd: int | None) -> int | None:
    """Return amount × pd × lgd, half away from zero.

    >>> _loss_fen(1_000, 10_000_000, 450_000_000)
    5
    """
    if pd is None or lgd is None:
        return None
    whole = _NANO * _NANO
    size = (2 * abs(own_fen) * pd * lgd + whole) // (2 * whole)
    return size if own_fen >= 0 else -size
