"""Early warning (贷后预警): judge every customer of a month by the warning policy.

1. signals (信号), each 0 or 1, and the risk their weights add up to   policies/…/warning.yaml
2. the level: alert 预警, watch 关注, notice 提示, or none               …, table `level`
3. the measures (处置措施) suggested to a person                        …, table `measures`
A customer whose level cannot be evaluated is referred, never passed over.
"""

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk import Policy

WARNING_LEVELS = ("alert", "watch", "notice")
"""Gravest first (预警、关注、提示)."""
NO_WARNING = "none"
"""What the policy says of a customer whom there is nothing to warn of, and of a list that is empty."""
WARNING_REFERRED = "refer"
"""The level, signals or measures of a customer where they could not be evaluated (转人工)."""
RISK_MAX = 1000
"""The risk (风险分值) lies between 0 and this; higher is riskier."""

_OUTPUTS = ("risk", "signal", "level", "level_row", "measure")


def judge_warnings(*, rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Judge each customer by the warning policy; see the module for the steps.

    Args:
        rows: party_id and a column for each input of the policy; others are ignored.
    Returns: one row a customer, sorted by party: party_id, the policy's inputs in order of name, risk (null
        where it could not be computed), level, level_rule, signals and measures: lists of names, empty where
        there are none, ["refer"] where they could not be told.
    Raises: InputError if a party stands twice or is null, a column is absent, the policy has not the outputs
        of a warning policy, or a risk lies outside 0 to 1000.
    """
    _check_policy(policy)
    names = sorted(entry.name for entry in policy.inputs)
    _check_rows(rows, names)
    judged = policy.judge_frame(rows.select("party_id", *names))
    signals, measures = _names("signal"), _names("measure")
    warned = judged.select(
        "party_id",
        *names,
        "risk",
        pl.col("level").fill_null(WARNING_REFERRED),
        pl.col("level_row").fill_null(WARNING_REFERRED).alias("level_rule"),
        signals.alias("signals"),
        measures.alias("measures"),
    ).sort("party_id")
    outside = warned.filter(~pl.col("risk").is_between(0, RISK_MAX))
    if not outside.is_empty():
        raise InputError(
            "the risk is out of range: the weights must not add up to more",
            got=outside["risk"][0],
            expected=f"0 to {RISK_MAX}",
            where={"policy": policy.name, "party": outside["party_id"][0]},
        )
    return warned


def signal_frame(*, rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Return each customer's signals as columns of 0 and 1, by name, sorted by party.

    Raises: what `judge_warnings` raises.
    """
    judged = judge_warnings(rows=rows, policy=policy)
    return judged.select(
        "party_id",
        *(pl.col("signals").list.contains(name).cast(pl.Int64).alias(name) for name in signal_names(policy)),
    )


def signal_names(policy: Policy) -> tuple[str, ...]:
    """Return the names of a warning policy's signals, in the order of its table.

    Raises: InputError if the policy has no signals.
    """
    listed = [output for table in policy.tables for output in table.outputs if output.name == "signal"]
    if not listed or listed[0].values is None:
        raise InputError("not a warning policy: it lists no signals", got=policy.name)
    return tuple(str(value) for value in listed[0].values if value != NO_WARNING)


def _names(output: str) -> pl.Expr:
    """Return a list of names without the word for none of them; where it could not be told, it says so."""
    told = pl.col(output).fill_null([WARNING_REFERRED])
    return told.list.eval(pl.element().filter(pl.element() != NO_WARNING))


def _check_policy(policy: Policy) -> None:
    steps = policy.expression_names
    outputs = {output.name for table in policy.tables for output in table.outputs}
    given = {*steps, *outputs, *(f"{table.id}_row" for table in policy.tables)}
    if lacking := sorted(set(_OUTPUTS) - given):
        raise InputError("not a warning policy", got=policy.name, expected=f"also {', '.join(lacking)}")


def _check_rows(rows: pl.DataFrame, names: list[str]) -> None:
    if lacking := [name for name in ("party_id", *names) if name not in rows.columns]:
        raise InputError("a warning needs these columns", got=rows.columns, expected=lacking)
    if rows["party_id"].null_count():
        raise InputError("a warning needs the party", got="null")
    twice = rows.filter(pl.col("party_id").is_duplicated())
    if not twice.is_empty():
        raise InputError("a party stands twice", got=twice["party_id"][0])
