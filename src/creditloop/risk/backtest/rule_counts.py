"""Count what each rule does (规则贡献): matches, decides, and what would be approved if it were not there.

A rule's marginal declines are the declined cases that the strategy would approve without it, the order of the
rows respected; its unique declines are those of them that no other declining rule matches, in whatever order.
So unique <= marginal <= matched, always.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from creditloop.risk.backtest.counts import (
    CANNOT_TELL,
    DECIDES,
    MARGINAL,
    MATCHED,
    OUTCOMES,
    UNIQUE,
    StrategyCounts,
    no_rules,
)
from creditloop.risk.backtest.judged import (
    DECISION,
    CountedRule,
    Decision,
    JudgedStrategy,
    given_columns,
    hits,
)
from creditloop.risk.measures.outcomes import Ints
from creditloop.risk.strategy.space import REFERS, REMOVED

BY_RULE, CANNOT, OTHERWISE, MISSING, NOT_EVALUATED = "rule", "cannot", "otherwise", "missing", "not_evaluated"
"""Keys of referrals, before a colon: a rule's row says refer; a rule could not be evaluated; a table's
`otherwise` says refer; an input that such a rule reads is null; none of these."""
_ROW, _OUTCOME, _DECLINING = "__row", "__outcome", "__declining"


def strategy_counts(
    strategy: JudgedStrategy, *, frame: pl.DataFrame, judged: pl.DataFrame, outcome: pl.Series
) -> StrategyCounts:
    """Count what a strategy's rules did on these rows.

    Args:
        judged: as `JudgedStrategy.judge` gives it of the frame.
        outcome: GOOD, BAD or UNKNOWN of each row.
    """
    told = judged.with_columns(outcome.alias(_OUTCOME)).with_row_index(_ROW)
    found = no_rules(len(strategy.rules))
    _count_states(found, strategy.rules, told)
    for _, rules in strategy.stopping():
        stopped = told.select(hits(rules).alias("hit"), _OUTCOME).filter(pl.col("hit") % 4 == 1)
        _add(found, DECIDES, stopped.select((pl.col("hit") // 4).alias(REMOVED), _OUTCOME))
    declined = told.filter(pl.col(DECISION) == Decision.DECLINE.value)
    if declined.height:
        _count_marginal(found, strategy, frame, declined)
    referred = told.filter(pl.col(DECISION) == Decision.REFER.value)
    return StrategyCounts(rules=found, referrals=_referrals(strategy, frame, referred))


def _count_states(found: Ints, rules: Sequence[CountedRule], told: pl.DataFrame) -> None:
    """Count where each rule matches and where it cannot be evaluated, by outcome."""
    if not rules:
        return
    masks = [pl.col(_OUTCOME) == outcome for outcome in range(OUTCOMES)]
    for place, state in ((MATCHED, 1), (CANNOT_TELL, 2)):
        sums = [
            ((pl.col(rule.column) == state) & mask).sum().alias(f"{number}:{outcome}")
            for number, rule in enumerate(rules)
            for outcome, mask in enumerate(masks)
        ]
        row = told.lazy().select(sums).collect().row(0)
        found[:, place, :] += np.array(row, dtype=np.int64).reshape(len(rules), OUTCOMES)


def _count_marginal(
    found: Ints, strategy: JudgedStrategy, frame: pl.DataFrame, declined: pl.DataFrame
) -> None:
    pairs = _removals(strategy, declined)
    if not pairs.height:
        return
    given = frame.select(given_columns(strategy.policy, frame))[pairs[_ROW]].with_columns(pairs[REMOVED])
    opened = pairs.filter(strategy.without(given) == Decision.APPROVE.value)
    _add(found, MARGINAL, opened)
    declines = pl.Series([0, *(int(rule.declines) for rule in strategy.rules)], dtype=pl.Int64)
    others = opened[_DECLINING].cast(pl.Int64) - declines.gather(opened[REMOVED])
    _add(found, UNIQUE, opened.filter(others == 0))


def _removals(strategy: JudgedStrategy, declined: pl.DataFrame) -> pl.DataFrame:
    """Return which rule to take away from which declined row: those whose absence can change something."""
    matching = [(pl.col(rule.column) == 1).cast(pl.UInt16) for rule in strategy.rules if rule.declines]
    together = pl.sum_horizontal(matching) if matching else pl.lit(0)
    told = declined.with_columns(together.fill_null(0).alias(_DECLINING))
    parts = []
    for _, rules in strategy.stopping():
        hit = pl.when(hits(rules) % 4 == 1).then(hits(rules) // 4)
        removed = told.select(_ROW, hit.cast(pl.Int64).alias(REMOVED), _OUTCOME, _DECLINING)
        parts.append(removed.drop_nulls(REMOVED))
    return pl.concat(parts) if parts else told.clear().select(_ROW, _OUTCOME)


def _add(found: Ints, place: int, pairs: pl.DataFrame) -> None:
    """Add the rows of (removed rule, outcome) to what is counted of each rule."""
    for ordinal, outcome, rows in pairs.group_by(REMOVED, _OUTCOME).len().iter_rows():
        found[ordinal - 1, place, outcome] += rows


def _referrals(strategy: JudgedStrategy, frame: pl.DataFrame, referred: pl.DataFrame) -> dict[str, int]:
    """Count what left each referred row to a person: the first rule in order that did, or none."""
    if not referred.height:
        return {}
    deciding = strategy.decision.output
    causes = []
    for table, rules in strategy.stopping():
        stop = hits(rules)
        causes.append(pl.when(stop % 4 == 2).then(stop))
        if deciding in {output.name for output in table.outputs}:
            causes.append(pl.when((stop % 4 == 1) & ~pl.col(REFERS)).then(stop))
    told = referred.select(_ROW, (pl.coalesce(causes) if causes else pl.lit(None, pl.Int32)).alias("cause"))
    found = {_key(strategy, cause): rows for cause, rows in told.group_by("cause").len().iter_rows()}
    stopped = told.filter(pl.col("cause") % 4 == 2)
    return dict(sorted((found | _missing(strategy, frame, stopped)).items()))


def _key(strategy: JudgedStrategy, cause: int | None) -> str:
    if cause is None:
        return NOT_EVALUATED
    name = strategy.rules[cause // 4 - 1].rule.id
    return f"{BY_RULE if cause % 4 == 1 else CANNOT}:{name}"


def _missing(strategy: JudgedStrategy, frame: pl.DataFrame, stopped: pl.DataFrame) -> dict[str, int]:
    """Count the nulls among what the rules read that could not be evaluated."""
    if not stopped.height:
        return {}
    rows = frame[stopped[_ROW]].with_columns(stopped["cause"])
    asked = [
        ((pl.col("cause") // 4 == rule.rule.ordinal) & pl.col(name).is_null())
        .sum()
        .alias(f"{MISSING}:{rule.rule.id}:{name}")
        for rule in strategy.rules
        for name in rule.rule.reads
        if name in frame.columns
    ]
    counts = rows.select(asked).row(0, named=True)
    return {key: rows for key, rows in counts.items() if rows}
