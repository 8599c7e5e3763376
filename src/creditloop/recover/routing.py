"""Collections routing (催收分流): who is reached how, by months late, amount, grade and warning level.

Judged by policies/<product>/recover/routing.yaml: message, call, agency, litigation, or none. Within the
early stage, and for customers at high risk who are not late yet, only messages and calls come out. A row
that cannot be judged is referred to a person; its value at risk may then be unknown.
"""

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk import Policy

ROWS = {
    "party_id": pl.String,
    "months_late": pl.Int64,
    "amount_fen": pl.Int64,
    "grade": pl.String,
    "level": pl.String,
}
"""What a customer is routed by; months_late may be null; grade and level are "none" where there is none."""
NO_ROUTE = "none"
REFERRED = "refer"
_TABLE = "routing"
_CANNOT = ("ROUTE_REFER", "无法按规则分流，转人工", "could not be routed by rule, a person looks")


def route_cases(*, rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Route everybody.

    Args:
        rows: columns and types of `ROWS`.
    Returns: the rows with value_at_risk_fen (null where it cannot be told), route ("none" opens no case,
        "refer" waits for a person), rule, reason_code, reason_zh, reason_en; by party.
    Raises: InputError if the rows have other columns, a null where none may be, or a party twice.
    """
    _check(rows)
    judged = policy.judge_frame(rows)
    reasons = _reasons(policy)
    decided = pl.col(f"{_TABLE}_row")
    return judged.select(
        *ROWS,
        "value_at_risk_fen",
        pl.col("route").fill_null(REFERRED),
        decided.fill_null(REFERRED).alias("rule"),
        *(
            decided.replace_strict(
                {row: told[index] for row, told in reasons.items()}, default=_CANNOT[index]
            )
            .cast(pl.String)
            .alias(name)
            for index, name in enumerate(("reason_code", "reason_zh", "reason_en"))
        ),
    ).sort("party_id")


def _reasons(policy: Policy) -> dict[str, tuple[str, str, str]]:
    table = next(table for table in policy.tables if table.id == _TABLE)
    rows = (*table.rows, *([table.otherwise] if table.otherwise else []))
    return {row.rule.id: (row.rule.reason.code, row.rule.reason.zh, row.rule.reason.en) for row in rows}


def _check(rows: pl.DataFrame) -> None:
    if dict(rows.schema) != ROWS:
        raise InputError("not the rows a routing is made from", got=dict(rows.schema), expected=ROWS)
    bad = rows.filter(
        pl.col("party_id").is_duplicated()
        | pl.any_horizontal(pl.exclude("months_late").is_null())
        | (pl.col("amount_fen") < 0)
    )
    if not bad.is_empty():
        raise InputError(
            "a row of the routing cannot be", got=bad.row(0), expected="each party once, amounts >= 0"
        )
