"""Backtest a strategy on past cases (策略回测), streamed: one part at a time is in memory."""

from collections.abc import Callable, Iterable, Iterator

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.backtest.counting import count_chunk, needed_columns
from creditloop.risk.backtest.counts import BacktestCounts
from creditloop.risk.backtest.judged import judged_strategy
from creditloop.risk.backtest.plan import BacktestPlan
from creditloop.risk.backtest.result import BacktestResult, result_of
from creditloop.risk.policy import Policy

CHUNK_ROWS = 500_000
"""Rows of a lazy frame taken at once: enough that planning a part costs little beside deciding it."""


def backtest(
    *,
    plan: BacktestPlan,
    champion: Policy,
    challenger: Policy | None = None,
    chunks: Iterable[pl.DataFrame] | pl.LazyFrame,
    progress: Callable[[int], None] | None = None,
) -> BacktestResult:
    """Backtest a strategy, beside a challenger if there is one.

    Args:
        chunks: the cases in parts of any size, or a lazy frame that is read in parts of `CHUNK_ROWS`; only
            the columns of `needed_columns` are read.
        progress: is told how many rows are done, after each part.
    Raises: InputError if there are no cases, they cannot be read, or a column is absent or not as the plan
        says; PolicyError if a strategy does not decide as the plan says, or a formula does not compile.
    """
    first = judged_strategy(champion, decision=plan.decision)
    second = judged_strategy(challenger, decision=plan.decision) if challenger is not None else None
    strategies = [first, *([second] if second is not None else [])]
    total: BacktestCounts | None = None
    for frame in _parts(chunks, needed_columns(plan, strategies)):
        counts = count_chunk(plan=plan, champion=first, challenger=second, frame=frame)
        total = counts if total is None else total + counts
        if progress is not None:
            progress(total.rows)
    if total is None:
        raise InputError("there are no cases to test on", got="0 rows", where={"file": plan.document.path})
    return result_of(total, plan=plan, champion=first, challenger=second)


def _parts(chunks: Iterable[pl.DataFrame] | pl.LazyFrame, needed: list[str]) -> Iterator[pl.DataFrame]:
    """Give the parts that have rows, with the columns that are needed and there."""
    if isinstance(chunks, pl.LazyFrame):
        names = chunks.collect_schema().names()
        chunks = _batches(chunks.select(name for name in needed if name in names))
    for frame in chunks:
        if frame.height:
            yield frame.select(name for name in needed if name in frame.columns)


def _batches(lazy: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Give a lazy frame in parts; refuse it where what stands behind it cannot be read."""
    try:
        yield from lazy.collect_batches(chunk_size=CHUNK_ROWS, maintain_order=True)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError("the cases cannot be read", got=str(error).splitlines()[0]) from error
