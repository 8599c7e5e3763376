"""Run a program over a Polars frame: all rows at once (批量执行).

A program becomes columns in a few layers (`bulk_planning`), said in Polars (`polars_dialect`). Nothing that
is not asked for is computed, a lazy frame stays lazy, and every expression can be streamed.
"""

from collections.abc import Sequence
from typing import overload

import polars as pl

from creditloop.formula.bulk_planning import planned
from creditloop.formula.kinds import Match, State
from creditloop.formula.polars_dialect import DTYPES, STATE, PolarsDialect
from creditloop.formula.program import Program
from creditloop.kernel.errors import InputError

_MATCH_CODES = {Match.NOT_MATCHED: 0, Match.MATCHED: 1, Match.REFER: 2}


@overload
def polars_columns(
    program: Program, frame: pl.DataFrame, *, steps: Sequence[str] | None = None, states: bool = True
) -> pl.DataFrame: ...
@overload
def polars_columns(
    program: Program, frame: pl.LazyFrame, *, steps: Sequence[str] | None = None, states: bool = True
) -> pl.LazyFrame: ...
def polars_columns(
    program: Program,
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    steps: Sequence[str] | None = None,
    states: bool = True,
) -> pl.DataFrame | pl.LazyFrame:
    """Return the frame with two more columns a step: `<step>` (null unless OK) and `<step>__state` (UInt8).

    A column that is absent or not of the declared kind gives state BROKEN_INPUT on every row, as the same row
    does online; other columns pass through.

    Args:
        steps: the steps wanted; None: all. What they do not depend on is not computed.
        states: whether the states are wanted.
    Raises: InputError if the frame already has a column of a step's name; UnknownId for a name that is no
        step.
    """
    lazy = frame.lazy()
    schema = lazy.collect_schema()
    chosen = program.chosen(steps)
    names = [name for step in chosen for name in (step.name, *([step.state_name] if states else []))]
    if taken := [name for name in names if name in schema]:
        raise InputError("the frame has columns of the steps' names", got=taken)
    plan = planned(program, chosen, PolarsDialect(schema), states=states, taken=schema.names())
    for layer in plan.layers:
        lazy = lazy.with_columns(expression.alias(name) for name, expression in layer)
    dtypes = {step.name: DTYPES[step.kind] for step in chosen}
    lazy = lazy.with_columns(
        expression.cast(dtypes.get(name, STATE)).alias(name) for name, expression in plan.columns
    ).select(*schema.names(), *names)
    return lazy if isinstance(frame, pl.LazyFrame) else lazy.collect()


def match_column(step: str) -> pl.Expr:
    """Return what `resolve` says of each row, from a step's columns: matched, not_matched or refer (text)."""
    return _resolved(step, {match: pl.lit(match.value) for match in Match})


def match_code(step: str) -> pl.Expr:
    """Return what `resolve` says of each row, from a step's columns: 1 matched, 0 not matched, 2 refer."""
    return _resolved(step, {match: pl.lit(code, pl.UInt8) for match, code in _MATCH_CODES.items()})


def _resolved(step: str, told: dict[Match, pl.Expr]) -> pl.Expr:
    value, state = pl.col(step), pl.col(f"{step}__state")
    return (
        pl.when(state >= State.NULL_REFER.value)
        .then(told[Match.REFER])
        .when(value.fill_null(False) | (state == State.NULL_MATCH.value))
        .then(told[Match.MATCHED])
        .otherwise(told[Match.NOT_MATCHED])
    )
