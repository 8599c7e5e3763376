"""Raise an alarm for each model whose review is overdue (模型评审逾期告警), by the policy's thresholds.

Whenever a month of its product's book is posted, and when outcomes are known, the review calendar is looked
at as of that day. How many days a review is overdue is a figure of that model, judged and recorded like any
other; its alarm shows in the register. Before a review is overdue nothing is recorded.
"""

from datetime import date

import polars as pl

from creditloop.kernel.dates import Dates
from creditloop.kernel.facts import Fact
from creditloop.oversight import (
    ModelRun,
    ReviewDay,
    find_models,
    judge_metrics,
    measure_review,
    record_model_run,
    review_calendar,
)
from creditloop.service.overseeing.oversight_plan import find_oversight_plan
from creditloop.service.overseeing.recording import alarm_policy
from creditloop.service.work import Work

POPULATION = "评审日历 the review calendar"


def look_at_calendar(work: Work, fact: Fact) -> None:
    """Answer `MonthPosted` and `OutcomesKnown`: record what is overdue on that day."""
    payload = fact.payload
    dates = Dates(
        business_date=date.fromisoformat(str(payload["business_date"])),
        rules_as_of=date.fromisoformat(str(payload["rules_as_of"])),
    )
    record_overdue(work, product=str(payload["product"]), dates=dates)


def record_overdue(work: Work, *, product: str, dates: Dates) -> tuple[ModelRun, ...]:
    """Record for each model of a product by how many days its review is overdue; a repeat finds the first.

    The thresholds are those of the product's plan of the second line, as in force on the rules date; without
    a plan the figure has no level.

    Returns: a run for each model that is overdue.
    """
    models = [one for one in find_models(work.connection, on=dates.business_date) if one.product == product]
    days = review_calendar(models, on=dates.business_date)
    return tuple(_recorded(work, day, product=product, dates=dates) for day in days if day.is_overdue)


def _recorded(work: Work, day: ReviewDay, *, product: str, dates: Dates) -> ModelRun:
    plan = find_oversight_plan(work, product=product)
    policy = None if plan is None else alarm_policy(work, plan=plan, rules_as_of=dates.rules_as_of)
    figures = measure_review(day=day)
    run = record_model_run(
        work.connection,
        card_hash=day.model.card_hash,
        kind="review",
        product=product,
        population=POPULATION,
        dates=dates,
        inputs=pl.DataFrame([day.model.as_record()]),
        outputs=pl.DataFrame([day.as_record()]),
        metrics=figures if policy is None else judge_metrics(figures, policy=policy),
        alarm_policy_hash=None if policy is None else policy.hash,
        now=work.now,
    )
    work.recorded(run.batch_id)
    return run
