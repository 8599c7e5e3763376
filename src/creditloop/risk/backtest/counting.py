"""Count one part of the cases (逐块计数): decided by both strategies, with what came of each.

1 the outcome of each case: good, bad, or not known (no value, or not mature)
2 each strategy decides; amount, loss and profit by the plan's formulas
3 counted by month, segments, both decisions and outcome; by score; by rule
"""

from collections.abc import Sequence

import polars as pl

from creditloop.formula import Match, Program, match_column, polars_columns
from creditloop.kernel.errors import InputError
from creditloop.risk.backtest import counts as counted
from creditloop.risk.backtest.counts import BAD, SUMS, UNKNOWN, BacktestCounts
from creditloop.risk.backtest.judged import DECISION, Decision, JudgedStrategy, known_columns
from creditloop.risk.backtest.plan import AMOUNT, KNOWN, LOSS, PROFIT, BacktestPlan
from creditloop.risk.backtest.plan import BAD as BAD_NAME
from creditloop.risk.backtest.rule_counts import strategy_counts
from creditloop.risk.policy import Policy
from creditloop.risk.strategy.space import REFERS

OUTCOME = "__outcome"
_SUM_MAX = 2**63 - 1
_GROUPED = (pl.String, pl.Boolean, pl.Date, pl.Categorical, pl.Enum)


def needed_columns(plan: BacktestPlan, strategies: Sequence[JudgedStrategy]) -> list[str]:
    """Return the columns of the cases that a backtest reads, in order, each once."""
    names = [plan.outcome.column, *plan.dimensions, *(entry.name for entry in plan.columns)]
    names += [plan.score.column] if plan.score is not None else []
    for strategy in strategies:
        program, outputs = money_program_of(plan, strategy.policy)
        names += strategy.reads(outputs)
        given = {name for step in program.steps for name in step.reads} if program is not None else set()
        names += [entry.name for entry in strategy.policy.inputs if entry.name in given]
    return list(dict.fromkeys(names))


def count_chunk(
    *,
    plan: BacktestPlan,
    champion: JudgedStrategy,
    challenger: JudgedStrategy | None,
    frame: pl.DataFrame,
) -> BacktestCounts:
    """Count some of the cases.

    Args:
        frame: rows of the cases; a column the strategy reads and the frame has not refers what needs it.
    Raises: InputError for a column of the plan that is absent or of another type, an outcome that is neither
        0 nor 1, a sum of money beyond int64, too many groups.
    """
    for entry in plan.columns:
        _column(frame, entry.name, plan)
    frame = frame.with_columns(outcome_column(plan, frame))
    first = _decided(plan, champion, frame)
    second = _decided(plan, challenger, frame) if challenger is not None else None
    return BacktestCounts(
        rows=frame.height,
        cube=_cube(plan, frame, first, second),
        champion=strategy_counts(champion, frame=frame, judged=first, outcome=frame[OUTCOME]),
        challenger=strategy_counts(challenger, frame=frame, judged=second, outcome=frame[OUTCOME])
        if challenger is not None and second is not None
        else None,
        scores=_scores(plan, frame, first) if plan.score is not None else None,
    )


def outcome_column(plan: BacktestPlan, frame: pl.DataFrame) -> pl.Series:
    """Return what came of each case: GOOD, BAD or UNKNOWN; the column `OUTCOME`.

    Raises: InputError if the plan's column is absent, or holds anything but true, false, 1, 0 and null.
    """
    column = _column(frame, plan.outcome.column, plan)
    where = {"file": plan.document.path}
    if not (column.dtype == pl.Boolean or column.dtype.is_integer() or column.dtype == pl.Null):
        raise InputError(
            f"the outcome {column.name!r} is neither true/false nor 0/1", got=str(column.dtype), where=where
        )
    if column.dtype.is_integer() and not column.drop_nulls().is_in([0, 1]).all():
        got = column.filter(~column.is_in([0, 1])).drop_nulls().head(1).to_list()
        raise InputError(f"the outcome {column.name!r} is neither 0 nor 1", got=got, where=where)
    known = column.is_not_null()
    if plan.outcome.known_when is not None:
        known = known & _mature(plan.outcome.known_when, frame)
    bad = column.cast(pl.UInt8) if plan.outcome.bad_is else 1 - column.cast(pl.UInt8)
    code = pl.when(known).then(bad).otherwise(pl.lit(UNKNOWN, pl.UInt8))
    return frame.select(code.alias(OUTCOME))[OUTCOME]


def money_columns(
    plan: BacktestPlan, program: Program, *, frame: pl.DataFrame, judged: pl.DataFrame
) -> pl.DataFrame:
    """Return amount, loss and profit of each row in fen, null where a formula could not be computed.

    Args:
        frame: the cases with `OUTCOME`; judged: the outputs the formulas read.
    """
    reads = {name for step in program.steps for name in step.reads}
    bad = pl.when(frame[OUTCOME] != UNKNOWN).then(frame[OUTCOME] == BAD)
    given = [
        *(judged[name] for name in judged.columns if name in reads),
        *(frame[name] for name in frame.columns if name in reads and name not in judged.columns),
    ]
    base = pl.DataFrame(given) if given else pl.DataFrame({"__row": pl.zeros(frame.height, eager=True)})
    base = base.with_columns(frame.select(bad.alias(BAD_NAME))[BAD_NAME])
    computed = polars_columns(program, base).select(AMOUNT, LOSS, PROFIT)
    _check_sums(computed, plan)
    return computed


def money_program_of(plan: BacktestPlan, policy: Policy) -> tuple[Program | None, list[str]]:
    """Return the plan's formulas over a strategy, and its outputs they read; None if the plan has none."""
    if not plan.formulas:
        return None, []
    program = plan.money_program(known_columns(policy))
    reads = {name for step in program.steps for name in step.reads}
    return program, [name for name in policy.outputs if name in reads]


def _decided(plan: BacktestPlan, strategy: JudgedStrategy, frame: pl.DataFrame) -> pl.DataFrame:
    """Let a strategy decide; give its decision, the columns of its rules, amount, loss and profit."""
    program, outputs = money_program_of(plan, strategy.policy)
    judged = strategy.judge(frame, outputs=outputs)
    kept = judged.select(DECISION, REFERS, *(rule.column for rule in strategy.rules))
    if program is None:
        return kept
    return kept.hstack(money_columns(plan, program, frame=frame, judged=judged))


def _cube(
    plan: BacktestPlan, frame: pl.DataFrame, first: pl.DataFrame, second: pl.DataFrame | None
) -> pl.DataFrame:
    other = second[DECISION] if second is not None else pl.zeros(frame.height, pl.UInt8, eager=True)
    cell = (first[DECISION] * 9 + other * 3 + frame[OUTCOME]).cast(pl.UInt8).alias(counted.CELL)
    dimensions = [
        _dimension(_column(frame, name, plan), is_month=name == plan.month) for name in plan.dimensions
    ]
    sums = [
        column
        for place, decided in enumerate((first, second))
        if decided is not None
        for column in _approved_sums(decided, frame[OUTCOME], place)
    ]
    table = pl.DataFrame([*dimensions, cell, *sums])
    names = [series.name for series in sums]
    totals = (
        table.group_by([*plan.dimensions, counted.CELL])
        .agg(pl.len().alias("rows"), pl.col(names).sum())
        .with_columns(
            *(pl.col(name).cast(pl.String) for name in plan.dimensions),
            pl.col("rows", *names).cast(pl.Int128),
        )
    )
    return counted.ordered(totals, what="groups of month, segments and decisions")


def _approved_sums(decided: pl.DataFrame, outcome: pl.Series, place: int) -> list[pl.Series]:
    """Return what is summed of the approved: amount of all, loss and profit of the known."""
    approved = pl.col(DECISION) == Decision.APPROVE.value
    if AMOUNT not in decided.columns:
        return []
    known = approved & (outcome != UNKNOWN)
    missing = approved & pl.col(AMOUNT).is_null() | known & (
        pl.col(LOSS).is_null() | pl.col(PROFIT).is_null()
    )
    columns = [
        pl.when(approved).then(pl.col(AMOUNT)),
        pl.when(known).then(pl.col(LOSS)),
        pl.when(known).then(pl.col(PROFIT)),
        missing.cast(pl.Int64),
    ]
    named = [column.alias(f"{name}_{place}") for name, column in zip(SUMS, columns, strict=True)]
    return decided.select(named).get_columns()


def _scores(plan: BacktestPlan, frame: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """Count by score and outcome what there would be if everybody were approved."""
    assert plan.score is not None
    column = _column(frame, plan.score.column, plan)
    if not column.dtype.is_integer():
        raise InputError(
            "a score is a whole number; make a probability nano first",
            got=f"{column.name}: {column.dtype}",
            where={"file": plan.document.path},
        )
    whole, step = column.cast(pl.Int64, strict=False), plan.score.step
    if whole.null_count() > column.null_count():
        raise InputError(
            "a score is out of range",
            got=column.filter(whole.is_null() & column.is_not_null())[0],
            expected="-2**63 to 2**63 - 1",
            where={"file": plan.document.path, "column": column.name},
        )
    score = (whole // step * step if step > 1 else whole).alias(counted.SCORE)
    money = [first[name] for name in (LOSS, PROFIT) if name in first.columns]
    table = pl.DataFrame([score, frame[OUTCOME].alias("outcome"), *money])
    names = [series.name for series in money]
    uncounted = [pl.any_horizontal(pl.col(names).is_null()).sum().alias("uncounted")] if names else []
    totals = (
        table.group_by(counted.SCORE, "outcome")
        .agg(pl.len().alias("rows"), *uncounted, pl.col(names).sum())
        .with_columns(pl.col("rows", *(["uncounted"] if names else []), *names).cast(pl.Int128))
    )
    return counted.ordered(totals, what="distinct scores")


def _mature(program: Program, frame: pl.DataFrame) -> pl.Series:
    given = [name for name in program.step(KNOWN).reads if name in frame.columns]
    base = frame.select(given) if given else frame.select(pl.lit(0).alias("__row"))
    told = polars_columns(program, base).select(match_column(KNOWN) == Match.MATCHED.value)
    return told.to_series()


def _dimension(column: pl.Series, *, is_month: bool) -> pl.Series:
    if is_month and column.dtype == pl.Date:
        return column.dt.strftime("%Y-%m")
    if column.dtype.base_type() in _GROUPED or column.dtype.is_integer() or column.dtype == pl.Null:
        return column
    raise InputError(
        "figures are told by text, whole numbers, true/false or days", got=f"{column.name}: {column.dtype}"
    )


def _column(frame: pl.DataFrame, name: str, plan: BacktestPlan) -> pl.Series:
    if name not in frame.columns:
        raise InputError(
            "the cases have no such column",
            got=name,
            expected=sorted(frame.columns)[:20],
            where={"file": plan.document.path},
        )
    return frame[name]


def _check_sums(money: pl.DataFrame, plan: BacktestPlan) -> None:
    """Refuse amounts so large that their sum over these rows could leave int64."""
    for column in money.get_columns():
        largest = max(abs(int(str(end))) for end in (column.min() or 0, column.max() or 0))
        if largest * max(column.len(), 1) > _SUM_MAX:
            raise InputError(
                f"{column.name} is too large to be summed",
                got=f"{largest} fen",
                where={"file": plan.document.path},
            )
