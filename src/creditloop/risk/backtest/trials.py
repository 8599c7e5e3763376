"""Trials of an optimiser (寻优试算): a strategy with moved numbers, on the choosing part and held out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.risk.backtest.figures import NANO, share_nano
from creditloop.risk.backtest.plan import Constraint, OptimisePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFigures:
    """What a strategy does with one part of the cases.

    Attributes:
        known, bad: of the approved. exposure_fen: amount of all approved; loss and profit of those known.
    """

    rows: int
    approved: int
    known: int
    bad: int
    exposure_fen: int
    loss_fen: int
    profit_fen: int

    @property
    def approval_nano(self) -> int | None:
        """Approved as a share of the part."""
        return share_nano(self.approved, self.rows)

    @property
    def bad_rate_nano(self) -> int | None:
        """Bads as a share of the approved whose outcome is known."""
        return share_nano(self.bad, self.known)

    def as_record(self) -> dict[str, object]:
        """Return the figures as plain data, rates among them."""
        counts: dict[str, object] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return counts | {"approval_nano": self.approval_nano, "bad_rate_nano": self.bad_rate_nano}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Values of the numbers that may move, and what the strategy then does.

    Attributes:
        chosen_on: figures on the part values are chosen on; `held_out` on the other, which nothing is chosen
            on: where it is much worse, the choice fitted noise.
    """

    values: Mapping[str, int]
    chosen_on: PartFigures
    held_out: PartFigures


def broken_by(figures: PartFigures, *, constraints: Sequence[Constraint], all_rows: int) -> dict[str, float]:
    """Return by how much each broken constraint is broken, as a share of its bound; empty: all are kept.

    Args:
        all_rows: cases of the whole table: a bound in fen is for all of them, and in proportion on a part.
    """
    broken = {}
    for constraint in constraints:
        if (excess := _excess(figures, constraint, all_rows)) > 0:
            broken[f"{constraint.figure}_{constraint.side}"] = excess / max(
                abs(constraint.bound) * all_rows, 1
            )
    return broken


def rank(
    trial: Trial, *, plan: OptimisePlan, current: Mapping[str, int], all_rows: int
) -> tuple[float, int, int, int, tuple[int, ...]]:
    """Return the order of trials, the best lowest.

    Constraints kept; then the objective; of equals fewer bads, then what moves least, then lower values.
    """
    figures = trial.chosen_on
    broken = broken_by(figures, constraints=plan.constraints, all_rows=all_rows)
    objective = figures.profit_fen if plan.objective == "profit" else figures.approved
    moved = sum(abs(value - current[name]) for name, value in trial.values.items())
    return sum(broken.values()), -objective, figures.bad, moved, tuple(trial.values.values())


def pareto(trials: Sequence[Trial], *, objective: str) -> tuple[Trial, ...]:
    """Return those no other beats on the choosing part, most approved first.

    Beaten is one with another at least as good in approvals, bad rate and, for profit, profit, and better in
    one of them. One that approves nobody whose outcome is known has no bad rate and is left out.
    """
    told = [trial for trial in trials if trial.chosen_on.known]
    told.sort(key=lambda trial: _goods(trial, objective), reverse=True)
    kept: list[Trial] = []
    for trial in told:
        mine = _goods(trial, objective)
        if not any(all(a >= b for a, b in zip(_goods(one, objective), mine, strict=True)) for one in kept):
            kept.append(trial)
    return tuple(kept)


def _goods(trial: Trial, objective: str) -> tuple[int, ...]:
    """Return what should be high: approvals, less the bad rate, and profit if it is the objective."""
    figures = trial.chosen_on
    goods = (figures.approved, -(figures.bad_rate_nano or 0))
    return (*goods, figures.profit_fen) if objective == "profit" else goods


def _excess(figures: PartFigures, constraint: Constraint, all_rows: int) -> int:
    """Return by how much a constraint is broken, in its unit times all rows; not above 0 where it is kept.

    A bad rate nobody has is not too high: nobody known is approved.
    """
    value = {
        "bad_rate": all_rows * (figures.bad * NANO) // max(figures.known, 1),
        "approvals": all_rows * (figures.approved * NANO) // max(figures.rows, 1),
        "loss": figures.loss_fen * all_rows * all_rows // max(figures.rows, 1),
        "exposure": figures.exposure_fen * all_rows * all_rows // max(figures.rows, 1),
    }[constraint.figure]
    excess = value - constraint.bound * all_rows
    return excess if constraint.side == "at_most" else -excess
