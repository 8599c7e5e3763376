"""The alert curve (预警曲线): how many of those who went bad were warned, at every alert rate.

recall = warned among the bad / bad; precision = bad among the warned / warned. Customers of one risk cannot
be told apart: where an alert rate cuts through them, the expected value over a random choice among them is
given, exactly. Every count is an integer and every ratio one division; no float takes part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away

_NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPoint:
    """What a rate of alerts catches; ratios in nano.

    Attributes:
        cutoff: the lowest risk that is warned, perhaps in part; None for a rule, or without alerts.
        precision_nano: None without alerts.
    """

    share_nano: int
    cutoff: int | None
    recall_nano: int
    precision_nano: int | None

    def as_record(self) -> dict[str, object]:
        """Return the point as plain data."""
        return {
            "share_nano": self.share_nano,
            "cutoff": self.cutoff,
            "recall_nano": self.recall_nano,
            "precision_nano": self.precision_nano,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStep:
    """A cut-off: everybody at or above it, and how many of them went bad."""

    cutoff: int
    alerts: int
    caught: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCurve:
    """The curve: `steps` at every cut-off there is, `points` at the alert rates asked for."""

    customers: int
    bad: int
    steps: tuple[AlertStep, ...]
    points: tuple[AlertPoint, ...]

    def at(self, *, share_nano: int) -> AlertPoint:
        """Return the point at an alert rate.

        Raises: InputError if the rate lies outside 0 to 1.
        """
        return _point(self.steps, bad=self.bad, share_nano=share_nano)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """How long before the outcome those who went bad were warned, at a cut-off.

    The last monthly run stands one month before the outcome. Position i of a tuple counts i + 1 months.

    Attributes:
        caught: bad customers at or above the cut-off in the last run.
        standing: of these, by the months the warning had stood without a break up to the last run.
        first: of these, by the months since the first run that warned them, breaks ignored.
    """

    caught: int
    standing: tuple[int, ...]
    first: tuple[int, ...]

    def mean_standing_nano(self) -> int | None:
        """Return the mean of `standing` in months, nano; None where nobody was caught."""
        return _mean(self.standing)

    def mean_first_nano(self) -> int | None:
        """Return the mean of `first` in months, nano; None where nobody was caught."""
        return _mean(self.first)

    def as_record(self) -> dict[str, object]:
        """Return the counts and means as plain data."""
        return {
            "caught": self.caught,
            "standing": list(self.standing),
            "first": list(self.first),
            "mean_standing_nano": self.mean_standing_nano(),
            "mean_first_nano": self.mean_first_nano(),
        }


def alert_curve(*, risk: pl.Series, outcome: pl.Series, alert_shares: Sequence[int]) -> AlertCurve:
    """Draw the curve of a risk against what happened.

    Args:
        risk: (n,) of integer, higher is riskier.
        outcome: (n,) of boolean, true = went bad.
        alert_shares: rates of alerts, nano, each 0 to 10**9.
    Raises: InputError if the two differ in length, hold a null or another type, nobody went bad, or a rate is
        out of range.

    >>> curve = alert_curve(
    ...     risk=pl.Series([9, 5, 5, 1]),
    ...     outcome=pl.Series([True, True, False, False]),
    ...     alert_shares=[500_000_000],
    ... )
    >>> curve.points[0].recall_nano, curve.points[0].precision_nano
    (750000000, 750000000)
    """
    _check(outcome, risk, integer=True)
    bad = int(outcome.sum())
    steps = _steps(risk, outcome)
    points = tuple(_point(steps, bad=bad, share_nano=share) for share in alert_shares)
    return AlertCurve(customers=risk.len(), bad=bad, steps=steps, points=points)


def alert_point(*, alerted: pl.Series, outcome: pl.Series) -> AlertPoint:
    """Return what a rule that alerts some customers catches, at its own alert rate.

    Args:
        alerted: (n,) of boolean. outcome: (n,) of boolean, true = went bad.
    Raises: InputError as `alert_curve`.
    """
    _check(outcome, alerted, integer=False)
    alerts, bad, caught = int(alerted.sum()), int(outcome.sum()), int((alerted & outcome).sum())
    return AlertPoint(
        share_nano=divide_half_away(alerts * _NANO, outcome.len()),
        cutoff=None,
        recall_nano=divide_half_away(caught * _NANO, bad),
        precision_nano=divide_half_away(caught * _NANO, alerts) if alerts else None,
    )


def lead_time(*, risks: Sequence[pl.Series], outcome: pl.Series, cutoff: int) -> LeadTime:
    """Tell how long before the outcome the bad customers caught at a cut-off had been warned.

    Args:
        risks: one (n,) of integer a month, in order of time, the last one month before the outcome; customers
            in the same order in each and in `outcome`.
        cutoff: whoever is at or above it is warned; the same in every month.
    Raises: InputError as `alert_curve`, or if there is no month.
    """
    if not risks:
        raise InputError("a lead time needs at least one monthly run", got=0)
    for risk in risks:
        _check(outcome, risk, integer=True)
    standing, first = [0] * len(risks), [0] * len(risks)
    caught = outcome & (risks[-1] >= cutoff)
    unbroken, ever = caught, [caught & (risk >= cutoff) for risk in risks]
    for back in range(len(risks)):  # 0: the last run
        ends = unbroken & ~ever[-back - 2] if back + 1 < len(risks) else unbroken
        standing[back] = int(ends.sum())
        unbroken = unbroken & ~ends
    waiting = caught
    for position, warned in enumerate(ever):
        first[len(risks) - position - 1] = int((waiting & warned).sum())
        waiting = waiting & ~warned
    return LeadTime(caught=int(caught.sum()), standing=tuple(standing), first=tuple(first))


def _steps(risk: pl.Series, outcome: pl.Series) -> tuple[AlertStep, ...]:
    counted = (
        pl.DataFrame({"risk": risk, "bad": outcome})
        .group_by("risk")
        .agg(pl.len().cast(pl.Int64).alias("alerts"), pl.col("bad").sum().cast(pl.Int64).alias("caught"))
        .sort("risk", descending=True)
        .with_columns(pl.col("alerts", "caught").cum_sum())
    )
    return tuple(
        AlertStep(cutoff=cutoff, alerts=alerts, caught=caught) for cutoff, alerts, caught in counted.rows()
    )


def _point(steps: Sequence[AlertStep], *, bad: int, share_nano: int) -> AlertPoint:
    """Return the point at an alert rate: whole steps, then the part of the step the rate cuts through."""
    if not 0 <= share_nano <= _NANO:
        raise InputError("an alert rate lies between 0 and 1", got=share_nano, expected=f"0 to {_NANO} nano")
    wanted = share_nano * steps[-1].alerts  # in billionths of a customer, so that nothing is rounded
    if wanted == 0:
        return AlertPoint(share_nano=share_nano, cutoff=None, recall_nano=0, precision_nano=None)
    last = next(index for index, step in enumerate(steps) if step.alerts * _NANO >= wanted)
    step = steps[last]
    alerts, caught = (steps[last - 1].alerts, steps[last - 1].caught) if last else (0, 0)
    tied = step.alerts - alerts
    expected = caught * _NANO * tied + (step.caught - caught) * (wanted - alerts * _NANO)
    return AlertPoint(
        share_nano=share_nano,
        cutoff=step.cutoff,
        recall_nano=divide_half_away(expected, tied * bad),
        precision_nano=divide_half_away(expected * _NANO, tied * wanted),
    )


def _check(outcome: pl.Series, told: pl.Series, *, integer: bool) -> None:
    if outcome.dtype != pl.Boolean or not (told.dtype.is_integer() if integer else told.dtype == pl.Boolean):
        kind = "integer" if integer else "boolean"
        raise InputError(
            "not what a curve is drawn from",
            got=f"{told.dtype}, outcome {outcome.dtype}",
            expected=f"{kind}, outcome boolean",
        )
    if told.len() != outcome.len():
        raise InputError("as many outcomes as customers", got=outcome.len(), expected=told.len())
    if told.null_count() or outcome.null_count():
        raise InputError("a curve has no place for a null", got=told.null_count() + outcome.null_count())
    if not outcome.any():
        raise InputError("nobody went bad: there is nothing to catch", got=0)


def _mean(counts: Sequence[int]) -> int | None:
    total = sum((index + 1) * count for index, count in enumerate(counts))
    return divide_half_away(total * _NANO, sum(counts)) if sum(counts) else None
