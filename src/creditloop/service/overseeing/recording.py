"""Record a measurement (监测留痕): figures judged by the alarm policy, with what the card was shown."""

from datetime import date

import polars as pl

from creditloop.kernel.dates import Dates
from creditloop.oversight import Metric, ModelRun, judge_metrics, record_model_run
from creditloop.risk import Card, Policy
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.overseeing.oversight_plan import OversightPlan
from creditloop.service.work import Work


def record_figures(
    work: Work,
    *,
    plan: OversightPlan,
    card: Card,
    kind: str,
    population: str,
    dates: Dates,
    inputs: pl.DataFrame,
    metrics: tuple[Metric, ...],
    outputs: pl.DataFrame | None = None,
) -> ModelRun:
    """Judge figures by the alarm policy and record them; the same again returns the first.

    Args:
        inputs: what the card was shown.
        outputs: what it said; None where its score stands in `inputs`: then the judged figures.
    Raises: what `record_model_run` and reading the policy raise.
    """
    policy = alarm_policy(work, plan=plan)
    judged = judge_metrics(metrics, policy=policy)
    told = pl.DataFrame([metric.as_record() for metric in judged], infer_schema_length=None)
    run = record_model_run(
        work.connection,
        card_hash=card.hash,
        kind=kind,
        product=plan.product,
        population=population,
        dates=dates,
        inputs=inputs,
        outputs=told if outputs is None else outputs,
        metrics=judged,
        alarm_policy_hash=policy.hash,
        now=work.now,
    )
    work.recorded(run.batch_id)
    return run


def alarm_policy(work: Work, *, plan: OversightPlan, rules_as_of: date | None = None) -> Policy:
    """Read the policy that judges the plan's figures, as in force on a rules date, or on the review's."""
    rules = plan.review.dates.rules_as_of if rules_as_of is None else rules_as_of
    return deciding_policy(work, path=plan.alarms, rules_as_of=rules)
