"""What is not known of the approved (拒绝偏差): those an old lender declined have no outcome.

Nothing here infers their outcomes. It says how many of the approved they are, and how the figures would shift
if their bad rate were the known one times each of the plan's multipliers, loss and profit of a good and of a
bad case being as among the known. It is part of every answer, also where nobody is unknown.
"""

from dataclasses import dataclass

import polars as pl

from creditloop.kernel.money import divide_half_away
from creditloop.risk.backtest.counts import BAD, CELL, GOOD
from creditloop.risk.backtest.figures import CHAMPION, NANO, StrategyFigures, share_nano
from creditloop.risk.backtest.judged import Decision
from creditloop.risk.backtest.plan import Assumption, BacktestPlan, Population


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedFigures:
    """A strategy's figures if the unknown among its approved were so bad.

    Attributes:
        multiplier_nano: the assumed bad rate by the known one; `bad_unknown` bads that gives, at most all.
        bad_rate_nano: of all approved; loss and profit in fen of all approved, None without formulas.
    """

    name: str
    multiplier_nano: int
    source: str
    bad_unknown: int
    bad_rate_nano: int | None
    loss_fen: int | None
    profit_fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectBias:
    """What is not known of a strategy's approved, in words, numbers and bands."""

    approved: int
    unknown: int
    zh: str
    en: str
    bands: tuple[AssumedFigures, ...]

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        names = AssumedFigures.__dataclass_fields__
        return {
            "approved": self.approved,
            "unknown": self.unknown,
            "unknown_share_nano": share_nano(self.unknown, self.approved),
            "zh": self.zh,
            "en": self.en,
            "bands": [{name: getattr(band, name) for name in names} for band in self.bands],
        }


def reject_bias(
    cube: pl.DataFrame, *, plan: BacktestPlan, figures: StrategyFigures, strategy: int
) -> RejectBias:
    """Say what is not known of a strategy's approved.

    Args:
        cube: see `BacktestCounts`; figures: the strategy's over the same rows.
    """
    unknown = figures.approved - figures.known
    zh, en = _warning(plan, figures)
    bands = tuple(_band(cube, figures, assumption, strategy) for assumption in plan.assumptions)
    return RejectBias(approved=figures.approved, unknown=unknown, zh=zh, en=en, bands=bands)


def _warning(plan: BacktestPlan, figures: StrategyFigures) -> tuple[str, str]:
    unknown = figures.approved - figures.known
    if not figures.approved:
        return "该策略不通过任何案件，无结果可言", "the strategy approves nobody: there is nothing to tell"
    zh = f"通过的 {figures.approved:,} 件中，{unknown:,} 件没有可用结果"
    en = f"of {figures.approved:,} approved cases {unknown:,} have no outcome that can be used"
    if plan.outcome.population is Population.ACCEPTED:
        return (
            f"{zh}；样本仅为原放贷方已准入客户，对被其拒绝者没有任何结论",
            f"{en}; the cases are those an old lender accepted: nothing is known of those it declined",
        )
    return (
        f"{zh}（原放贷方拒绝或尚未成熟）；坏率、损失与收益仅就已知者计算",
        f"{en} (declined by the old lender, or not mature); bad rate, loss, profit stand on the others",
    )


def _band(
    cube: pl.DataFrame, figures: StrategyFigures, assumption: Assumption, strategy: int
) -> AssumedFigures:
    unknown = figures.approved - figures.known
    assumed = _assumed_bads(unknown, figures, assumption.multiplier_nano)
    number = assumption.number
    loss, profit = (_assumed(cube, figures, assumed, name, strategy) for name in ("loss", "profit"))
    return AssumedFigures(
        name=number.parameter.name,
        multiplier_nano=assumption.multiplier_nano,
        source=number.source.title,
        bad_unknown=assumed,
        bad_rate_nano=share_nano(figures.bad + assumed, figures.approved) if figures.known else None,
        loss_fen=loss,
        profit_fen=profit,
    )


def _assumed_bads(unknown: int, figures: StrategyFigures, multiplier_nano: int) -> int:
    """Return the bads among the unknown: their number times the known bad rate times the multiplier."""
    if not figures.known:
        return 0
    return min(unknown, divide_half_away(unknown * figures.bad * multiplier_nano, figures.known * NANO))


def _assumed(
    cube: pl.DataFrame, figures: StrategyFigures, assumed: int, name: str, strategy: int
) -> int | None:
    """Return a sum over all approved: the known one, and the unknown at the mean of goods and of bads."""
    column = f"{name}_{strategy}"
    if column not in cube.columns or not figures.known:
        return None
    divisor = 9 if strategy == CHAMPION else 3
    approved = cube.filter(pl.col(CELL) // divisor % 3 == Decision.APPROVE.value)
    counts = {GOOD: figures.known - figures.bad, BAD: figures.bad}
    unknown = {GOOD: figures.approved - figures.known - assumed, BAD: assumed}
    total = 0
    for outcome, cases in unknown.items():
        summed = int(approved.filter(pl.col(CELL) % 3 == outcome)[column].sum())
        total += summed + (divide_half_away(summed * cases, counts[outcome]) if counts[outcome] else 0)
    return total
