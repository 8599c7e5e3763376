"""Solve a single cut-off exactly (单阈值精确解): every distinct value of its column, from two decisions.

A strategy that only compares a column with the cut-off decides a case in one way below its value and in one
way above it. So two decisions of all cases — the cut-off below every value, and above — and one cut-off in
between, to learn on which side equality falls, give every cut-off's figures by cumulative sums. Whether the
strategy is like that is not believed but tested: some cut-offs are decided outright, and if one differs the
sweep is given up, and the search tries values one by one.
"""

from collections.abc import Callable, Mapping

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.backtest.trials import PartFigures, Trial
from creditloop.risk.backtest.trying import CHOOSING, SUMMED, Bench

METHOD = "exact sweep"
PROBES = 9
"""Cut-offs decided outright to test the sweep, evenly over the values, beside the current and the ends."""


def sweep(bench: Bench, *, progress: Callable[[int], None] | None) -> tuple[str, tuple[Trial, ...]] | None:
    """Return a trial for every distinct value of the move's column; None if the strategy is not like that.

    Raises: InputError if the column is absent or holds no whole numbers.
    """
    move = bench.wanted.moves[0]
    name = move.parameter
    column = over_column(bench, str(move.over))
    values = column.drop_nulls().unique().sort().to_list()
    if not values:
        raise InputError("there is no value to set a cut-off at", got=move.over)
    below, above = bench.effects({name: values[0] - 1}), bench.effects({name: values[-1] + 1})
    for equal_as_below in (True, False):
        found = _cumulated(bench, column, name, below, above, equal_as_below=equal_as_below)
        if _holds(bench, name, values, found):
            if progress is not None:
                progress(len(found))
            current = bench.trial(bench.current)
            return METHOD, (current, *(trial for trial in found.values() if trial.values != current.values))
    return None


def over_column(bench: Bench, name: str) -> pl.Series:
    """Return a column of the cases whose values are tried, as int64.

    Raises: InputError if it is not there, or not of whole numbers.
    """
    if name not in bench.cases.columns or not bench.cases[name].dtype.is_integer():
        raise InputError(
            "a cut-off runs over a column of whole numbers",
            got=name,
            expected=[one for one in bench.cases.columns if bench.cases[one].dtype.is_integer()][:20],
            where={"file": bench.plan.document.path},
        )
    return bench.cases[name].cast(pl.Int64)


def _cumulated(
    bench: Bench,
    column: pl.Series,
    name: str,
    below: pl.DataFrame,
    above: pl.DataFrame,
    *,
    equal_as_below: bool,
) -> dict[int, Trial]:
    """Return the trial of each value: cases above it decided as `below` does (the cut-off is below them)."""
    parts = {}
    for is_choosing in (True, False):
        mask = bench.cases[CHOOSING] == is_choosing
        one, other = (effects.filter(mask) for effects in (below, above))
        parts[is_choosing] = _by_value(column.filter(mask), one, other, column, equal_as_below)
    rows = {flag: int((bench.cases[CHOOSING] == flag).sum()) for flag in (True, False)}
    return {
        value: Trial(
            values={name: value},
            chosen_on=PartFigures(rows=rows[True], **parts[True][value]),
            held_out=PartFigures(rows=rows[False], **parts[False][value]),
        )
        for value in parts[True]
    }


def _by_value(
    column: pl.Series, below: pl.DataFrame, above: pl.DataFrame, every: pl.Series, equal_as_below: bool
) -> dict[int, Mapping[str, int]]:
    """Return the sums at each value as cut-off; cases without value are decided the same at all of them."""
    names = list(SUMMED)
    others = [f"{name}_above" for name in names]
    table = pl.DataFrame([column.alias("at"), *below.get_columns()]).hstack(
        [above[name].alias(f"{name}_above") for name in names]
    )
    missing = table.filter(pl.col("at").is_null()).select(pl.col(names).sum()).row(0)
    steps = pl.DataFrame({"at": every.drop_nulls().unique().sort()})
    sums = table.drop_nulls("at").group_by("at").agg(pl.col([*names, *others]).sum())
    steps = steps.join(sums, on="at", how="left").fill_null(0).sort("at")
    total = steps.select(pl.col(names).sum()).row(0)
    lower = steps.select(pl.col(names).cum_sum(), pl.col(others).cum_sum())
    if equal_as_below:  # a case at the cut-off counts with those above it, so only lower values are stopped
        lower = lower.select(pl.all().shift(1, fill_value=0))
    found: dict[int, Mapping[str, int]] = {}
    for value, row in zip(steps["at"].to_list(), lower.iter_rows(), strict=True):
        passed, stopped = row[: len(names)], row[len(names) :]
        found[value] = {
            name: int(missing[n]) + int(total[n]) - int(passed[n]) + int(stopped[n])
            for n, name in enumerate(names)
        }
    return found


def _holds(bench: Bench, name: str, values: list[int], found: Mapping[int, Trial]) -> bool:
    """Whether cut-offs decided outright give what the sweep says of them."""
    last = len(values) - 1
    probes = {values[last * place // (PROBES - 1)] for place in range(PROBES)}
    if bench.current[name] in found:
        probes.add(bench.current[name])
    return all(bench.trial({name: value}) == found[value] for value in sorted(probes))
