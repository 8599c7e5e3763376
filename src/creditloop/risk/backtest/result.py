"""The answer of a backtest (回测结果): every figure with the plan and the strategies it stands on."""

from collections.abc import Mapping
from dataclasses import dataclass

from creditloop.risk.backtest.counts import (
    BAD,
    CANNOT_TELL,
    DECIDES,
    GOOD,
    MARGINAL,
    MATCHED,
    UNIQUE,
    BacktestCounts,
    StrategyCounts,
)
from creditloop.risk.backtest.curve import CurvePoint, cutoff_curve
from creditloop.risk.backtest.figures import (
    CHALLENGER,
    CHAMPION,
    StrategyFigures,
    Swap,
    figures_by,
    figures_of,
    share_nano,
    swap_of,
)
from creditloop.risk.backtest.judged import JudgedStrategy
from creditloop.risk.backtest.plan import BacktestPlan
from creditloop.risk.backtest.reject_bias import RejectBias, reject_bias
from creditloop.risk.measures.outcomes import Ints
from creditloop.risk.measures.swap_set import Interval, rate_interval
from creditloop.risk.rules import ReasonCode


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """How many cases, of how many the outcome is known, how many of those are bad."""

    rows: int
    known: int
    bad: int

    @property
    def bad_rate_nano(self) -> int | None:
        """Bads as a share of the cases whose outcome is known."""
        return share_nano(self.bad, self.known)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEffect:
    """What a rule does (规则贡献); see `rule_counts` for what is counted.

    Attributes:
        marginal_interval, unique_interval: of the bad rate among those cases; None where none is known.
    """

    id: str
    table: str
    row: str
    reason: ReasonCode
    declines: bool
    matched: RuleCount
    cannot_tell: RuleCount
    decides: RuleCount
    marginal: RuleCount
    unique: RuleCount
    marginal_interval: Interval | None
    unique_interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyResult:
    """One strategy's figures: of all cases, by each month and segment, by rule; what is not known.

    Attributes:
        document_hash: of the text; `version` of the program, which is what decided.
        by: by dimension, by value (None: not given).
        referrals: by key, see `rule_counts`.
    """

    name: str
    path: str
    document_hash: str
    version: str
    figures: StrategyFigures
    by: Mapping[str, Mapping[str | None, StrategyFigures]]
    rules: tuple[RuleEffect, ...]
    referrals: Mapping[str, int]
    bias: RejectBias


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """What a backtest found; `challenger` and `swap` are None where there was no challenger."""

    plan: BacktestPlan
    rows: int
    known: int
    bad: int
    champion: StrategyResult
    challenger: StrategyResult | None
    swap: Swap | None
    curve: tuple[CurvePoint, ...]


def result_of(
    counts: BacktestCounts,
    *,
    plan: BacktestPlan,
    champion: JudgedStrategy,
    challenger: JudgedStrategy | None,
) -> BacktestResult:
    """Compute every figure from what was counted of all cases."""
    outcomes = dict.fromkeys(range(3), 0)
    for cell, rows in counts.cube.select("cell", "rows").iter_rows():
        outcomes[int(cell) % 3] += int(rows)
    second = None
    if challenger is not None and counts.challenger is not None:
        second = _strategy(counts, counts.challenger, plan=plan, judged=challenger, place=CHALLENGER)
    return BacktestResult(
        plan=plan,
        rows=counts.rows,
        known=outcomes[GOOD] + outcomes[BAD],
        bad=outcomes[BAD],
        champion=_strategy(counts, counts.champion, plan=plan, judged=champion, place=CHAMPION),
        challenger=second,
        swap=swap_of(counts.cube, draws=plan.draws, seed=plan.seed) if second is not None else None,
        curve=cutoff_curve(counts.scores, rows=counts.rows) if counts.scores is not None else (),
    )


def _strategy(
    counts: BacktestCounts, mine: StrategyCounts, *, plan: BacktestPlan, judged: JudgedStrategy, place: int
) -> StrategyResult:
    figures = figures_of(counts.cube, strategy=place)
    policy = judged.policy
    return StrategyResult(
        name=policy.name,
        path=policy.document.path,
        document_hash=policy.hash,
        version=policy.version,
        figures=figures,
        by={name: figures_by(counts.cube, dimension=name, strategy=place) for name in plan.dimensions},
        rules=tuple(_effects(judged, mine.rules, plan)),
        referrals=mine.referrals,
        bias=reject_bias(counts.cube, plan=plan, figures=figures, strategy=place),
    )


def _effects(judged: JudgedStrategy, counts: Ints, plan: BacktestPlan) -> list[RuleEffect]:
    found = []
    for number, entry in enumerate(judged.rules):
        marginal, unique = (_count(counts[number, place]) for place in (MARGINAL, UNIQUE))
        intervals = [
            rate_interval(bad=count.bad, rows=count.known, draws=plan.draws, seed=plan.seed + number)
            for count in (marginal, unique)
        ]
        found.append(
            RuleEffect(
                id=entry.rule.id,
                table=entry.rule.table,
                row=entry.rule.row,
                reason=entry.rule.reason,
                declines=entry.declines,
                matched=_count(counts[number, MATCHED]),
                cannot_tell=_count(counts[number, CANNOT_TELL]),
                decides=_count(counts[number, DECIDES]),
                marginal=marginal,
                unique=unique,
                marginal_interval=intervals[0],
                unique_interval=intervals[1],
            )
        )
    return found


def _count(outcomes: Ints) -> RuleCount:
    good, bad, unknown = (int(value) for value in outcomes)
    return RuleCount(rows=good + bad + unknown, known=good + bad, bad=bad)
