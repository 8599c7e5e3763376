"""Measure a card month by month (逐月监测): what it said at each month's end against what came of it.

1. at each of the plan's months the decided half that would be reviewed is shown to the card
2. its scores are held against the plan's outcome, its score and features against the fit sample's
3. all months are one run: a figure's segment is its month, a feature's `<month>/<feature>`
The later the month, the nearer the outcome, and whoever is late by then is not reviewed: a difference between
months is not the card's alone.
"""

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from creditloop.admit import FIT, REVIEWED
from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import InputError
from creditloop.oversight import Metric, ModelRun, measure_month
from creditloop.risk import BinCount, Card, Policy
from creditloop.service.admitting.fitting import plan_frame
from creditloop.service.admitting.outcomes import read_outcome
from creditloop.service.overseeing.comparing import FIRST, measured_rules
from creditloop.service.overseeing.oversight_plan import OversightPlan
from creditloop.service.overseeing.recording import record_figures
from creditloop.service.work import Work

READER = "service.overseeing"
POPULATION = (
    "各月决策半数中纳入重检者，对照已知结果 decided half, reviewed in each month, against the outcome known"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCases:
    """Who was shown to the card at a month's end, what it said, and what came of them.

    Attributes:
        frame: month, party_id, the card's features, score, pd_nano, the outcome as `comparing.FIRST`.
        counts: rows of the fit sample and of the month by bin, as `Card.bin_counts` gives them.
    """

    month: str
    frame: pl.DataFrame
    counts: dict[str, tuple[BinCount, ...]]

    @property
    def figures(self) -> tuple[Metric, ...]:
        """What is measured of the month."""
        return measure_month(month=self.month, frame=self.frame, outcome=FIRST, counts=self.counts)


def measure_months(work: Work, *, plan: OversightPlan) -> ModelRun:
    """Measure the plan's months and record them as one run; the same again returns the first.

    Raises: InputError if nobody would be reviewed in one; what reading the features raises.
    """
    rules = measured_rules(work, plan=plan.review)
    months = cases_by_month(work, plan=plan, card=rules.card, policy=rules.policy, reader=READER)
    shown = months_frame(months)
    return record_figures(
        work,
        plan=plan,
        card=rules.card,
        kind="monthly",
        population=POPULATION,
        dates=plan.known,
        inputs=shown.drop("score", "pd_nano"),
        outputs=shown.select("month", "party_id", "score", "pd_nano"),
        metrics=tuple(metric for one in months for metric in one.figures),
    )


def cases_by_month(
    work: Work, *, plan: OversightPlan, card: Card, policy: Policy, reader: str
) -> list[MonthCases]:
    """Show the card everybody it would have been shown at the end of each of the plan's months.

    Args:
        policy: of the review, which says who is reviewed.
    Raises: as `measure_months`.
    """
    outcome = read_outcome(work, plan=plan.review, purpose="model").rename({"bad": FIRST})
    return [
        _month_cases(work, plan, card, policy, reader, month=month, outcome=outcome)
        for month in plan.stability_months
    ]


def months_frame(months: list[MonthCases]) -> pl.DataFrame:
    """Return the cases of all months below each other: what the run's hashes are of."""
    return pl.concat([one.frame for one in months])


def _month_cases(
    work: Work,
    plan: OversightPlan,
    card: Card,
    policy: Policy,
    reader: str,
    *,
    month: date,
    outcome: pl.DataFrame,
) -> MonthCases:
    dates = Dates(business_date=month, rules_as_of=plan.review.dates.rules_as_of)
    read = plan_frame(
        work, plan=replace(plan.review, dates=dates), purpose="model", reader=reader, policy=policy
    )
    frame = read.filter((pl.col("half") != FIT) & (pl.col("scope") == REVIEWED)).sort("party_id")
    if frame.is_empty():
        raise InputError("nobody would be reviewed in this month", got=month, where={"card": card.hash})
    text = f"{month:%Y-%m}"
    names = [one.feature.name for one in card.features]
    scored = card.score_frame(frame).join(
        outcome, on="party_id", how="left", validate="1:1", maintain_order="left"
    )
    told = scored.select(pl.lit(text).alias("month"), "party_id", *names, "score", "pd_nano", FIRST)
    return MonthCases(month=text, frame=told, counts=card.bin_counts(frame))
