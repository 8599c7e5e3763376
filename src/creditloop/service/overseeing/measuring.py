"""Oversee a card and its strategy (模型与策略监测): register, measure, judge by thresholds.

Each step is one piece of work, safe to repeat, and stands on a plan (`oversight_plan`):
1. a published card goes into the register, its next review within three months
2. month by month its score and features are held against the fit sample's (PSI)
3. once outcomes are known: discrimination and calibration, as a whole and month by month (`monthly`), and how
   each protected group is treated — with the card, and with one that was never shown the limit
4. what the card said when it decided, on record since then, is held against the same outcomes (`scored`)
What is chosen on outcomes is in `challenging`.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import polars as pl

from creditloop.admit import FIT, REVIEWED
from creditloop.data import read_table
from creditloop.kernel.dates import Dates, add_months
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.kernel.facts import Fact
from creditloop.oversight import (
    REVIEW_MONTHS_MAX,
    Alarm,
    Model,
    ModelRun,
    alarm_findings,
    find_metrics,
    measure_fairness,
    measure_performance,
    measure_stability,
    register_model,
)
from creditloop.risk import Card
from creditloop.service.admitting.fitting import fitted_card, plan_frame
from creditloop.service.compiled import compiled_policy
from creditloop.service.day_reads import known_by_day
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.overseeing.comparing import (
    FIRST,
    POPULATION,
    DecidedCases,
    cases_by,
    compare_plan,
    decided_cases,
    measured_rules,
    read_holdout,
)
from creditloop.service.overseeing.monthly import measure_months
from creditloop.service.overseeing.oversight_plan import OversightPlan, read_oversight_plan
from creditloop.service.overseeing.recording import record_figures
from creditloop.service.overseeing.scored import measure_scored
from creditloop.service.work import Work

READER = "service.overseeing"
_AGE_BAND = "age_band"


def register_card(
    work: Work, *, plan: OversightPlan, card: Document | None = None, on: date | None = None
) -> Model:
    """Put a card into the register as published; its next review is due three months later.

    Args:
        card: the document of a renewed card for the plan's purpose; None takes the plan's own.
        on: the day it is registered; None takes the review's.
    Raises: InputError if a card that is given does not say as of which day it was fitted.
    """
    rules = measured_rules(work, plan=plan.review, card=card)
    on = plan.review.dates.business_date if on is None else on
    model = Model(
        card_hash=rules.card.hash,
        name=rules.card.name,
        product=plan.product,
        purpose=f"{plan.model.purpose_zh} {plan.model.purpose_en}",
        materiality=plan.model.materiality,
        owner=plan.model.owner,
        developer=plan.model.developer,
        validator=plan.model.validator,
        state="published",
        fitted_on=plan.review.dates.business_date if card is None else _fitted_on(rules.card),
        registered_on=on,
        next_review_due=add_months(on, REVIEW_MONTHS_MAX),
    )
    work.adopt(plan.document, kind="plan")
    register_model(work.connection, model=model, now=work.now)
    work.recorded(model.batch_id)
    return model


def _fitted_on(card: Card) -> date:
    """Return the day a card was fitted as of, by its own facts."""
    told = card.facts.get("as_of")
    if not isinstance(told, date):
        raise InputError(
            "the card does not say as of which day it was fitted", got=told, where={"card": card.hash}
        )
    return told


def measure_month(work: Work, *, plan: OversightPlan, month: date) -> ModelRun:
    """Hold a month's score and features against those the card was fitted on, and record the figures.

    The month's customers are those of the decided half who would be reviewed in it.

    Raises: InputError if nobody would, or the month is before the card's; what reading the features raises.
    """
    if month < plan.review.dates.business_date:
        raise InputError(
            "a card is not measured before the day it was fitted as of",
            got=month,
            expected=f">= {plan.review.dates.business_date}",
            where={"file": plan.document.path},
        )
    rules = measured_rules(work, plan=plan.review)
    dates = Dates(business_date=month, rules_as_of=plan.review.dates.rules_as_of)
    frame = plan_frame(
        work,
        plan=replace(plan.review, dates=dates),
        purpose="model",
        reader=READER,
        policy=rules.policy,
    ).filter((pl.col("half") != FIT) & (pl.col("scope") == REVIEWED))
    if frame.is_empty():
        raise InputError("nobody would be reviewed in this month", got=month, where={"card": rules.card.hash})
    counts = rules.card.bin_counts(frame)
    names = [scored.feature.name for scored in rules.card.features]
    return record_figures(
        work,
        plan=plan,
        card=rules.card,
        kind="stability",
        population="当月决策半数中纳入重检者 decided half, reviewed in that month",
        dates=dates,
        inputs=frame.select("party_id", *names).sort("party_id"),
        metrics=measure_stability(counts=counts),
    )


def measure_outcomes(work: Work, *, plan: OversightPlan, cases: DecidedCases | None = None) -> ModelRun:
    """Hold the card's scores of the decided half against what came of it, and record the figures.

    Args:
        cases: those of the plan's review, if they were read already.
    """
    cases = decided_cases(work, plan=plan.review) if cases is None else cases
    return record_figures(
        work,
        plan=plan,
        card=cases.rules.card,
        kind="performance",
        population=POPULATION,
        dates=plan.known,
        inputs=cases.frame.select("party_id", "score", "pd_nano", *cases.outcomes),
        metrics=measure_performance(
            frame=cases.frame, outcomes=list(cases.outcomes), pd_of=FIRST, bands=plan.calibration_bands
        ),
    )


def measure_groups(work: Work, *, plan: OversightPlan) -> tuple[ModelRun, ModelRun]:
    """Measure how protected groups are treated, with the card and with one without the limit; record both.

    The second card is fitted on the same half with the same settings, and the same strategy decides by it.
    Returns: the run of the plan's card, the run of the card without.
    """
    leave_out = (*plan.review.leave_out, *plan.fairness.without)
    without = fitted_card(work, plan=plan.review, leave_out=leave_out, variant="without")
    groups = _groups(work, plan)
    rules = measured_rules(work, plan=plan.review)
    other = measured_rules(work, plan=plan.review, card=work.adopt(without.document, kind="card"))
    holdout = read_holdout(work, plan=plan.review, rules=rules, purpose="fairness")
    with_limit, without_limit = (cases_by(by, holdout=holdout, plan=plan.review) for by in (rules, other))
    return (
        _measure_groups(work, plan=plan, groups=groups, cases=with_limit),
        _measure_groups(work, plan=plan, groups=groups, cases=without_limit),
    )


def measure_known(work: Work, *, plan: OversightPlan) -> tuple[ModelRun, ...]:
    """Do all that waited for outcomes: compare with baselines, measure card, decisions, months and groups."""
    cases = decided_cases(work, plan=plan.review)
    compare_plan(work, plan=plan.review, draws=plan.draws, seed=plan.seed, cases=cases)
    measured = measure_outcomes(work, plan=plan, cases=cases)
    scored = measure_scored(work, plan=plan)
    months = measure_months(work, plan=plan)
    groups = measure_groups(work, plan=plan)
    return tuple(run for run in (measured, scored, months, *groups) if run is not None)


def say_outcomes_known(work: Work, *, plan: OversightPlan) -> Fact:
    """Say that the outcomes of the plan's customers are known; a repeat says nothing new."""
    work.adopt(plan.document, kind="plan")
    fact = Fact(
        kind="OutcomesKnown",
        key=f"{plan.product}/{plan.outcomes_known_on}/{plan.document.hash}",
        occurred_at=datetime.combine(plan.outcomes_known_on, time(), tzinfo=UTC),
        known_at=work.now,
        payload={"plan": plan.document.hash, "product": plan.product, **plan.known.as_record()},
    )
    if work.said(fact.fact_id) is None:
        work.say(fact)
    return fact


def oversee_outcomes(work: Work, fact: Fact) -> None:
    """Answer `OutcomesKnown`: measure everything that waited for them."""
    measure_known(work, plan=read_oversight_plan(work.adopted(str(fact.payload["plan"])), work=work))


def alarms_of(work: Work, *, run: ModelRun) -> tuple[Alarm, ...]:
    """Return the figures of a measurement that are yellow or red, worded by the policy that judged them."""
    if run.alarm_policy_hash is None:
        return ()
    policy = compiled_policy(work.adopted(run.alarm_policy_hash), rules_as_of=run.dates.rules_as_of)
    metrics = find_metrics(work.connection, batch_id=run.batch_id)
    return alarm_findings(metrics, run=run.batch_id, policy=policy)


def _measure_groups(
    work: Work, *, plan: OversightPlan, groups: pl.DataFrame, cases: DecidedCases
) -> ModelRun:
    frame = cases.frame.rename({FIRST: "bad"}).join(groups, on="party_id", how="left", validate="1:1")
    attributes = [name for name in groups.columns if name != "party_id"]
    metrics = measure_performance(
        frame=frame.rename({"bad": FIRST}), outcomes=[FIRST], pd_of=FIRST, bands=plan.calibration_bands
    )
    overall = [metric for metric in metrics if metric.segment == FIRST]
    return record_figures(
        work,
        plan=plan,
        card=cases.rules.card,
        kind="fairness",
        population=POPULATION,
        dates=plan.known,
        inputs=frame.select("party_id", "score", "approved", "bad", *attributes),
        metrics=(
            *overall,
            *measure_fairness(
                frame=frame.with_columns(everybody=pl.lit("all")),
                attributes=["everybody", *attributes],
                counted_min=plan.fairness.counted_min,
            ),
        ),
    )


def _groups(work: Work, plan: OversightPlan) -> pl.DataFrame:
    """Read the attributes of everybody, for the purpose `fairness`: party_id, one text column for each."""
    fairness = plan.fairness
    contract = work.contract(plan.review.contract)
    on = plan.review.dates.business_date
    aged = [] if fairness.age is None else [fairness.age]
    frame = read_table(
        work.connection,
        contract=contract,
        table=fairness.table,
        columns=["party_id", *fairness.attributes, *aged],
        purpose="fairness",
        reader=READER,
        reason=f"{plan.review.name}: are outcomes fair",
        known_by=known_by_day(contract, table=fairness.table, as_of=on),
        now=work.now,
        record_denial=work.record_denial,
    )
    frame = frame.with_columns(pl.col(name).cast(pl.String) for name in fairness.attributes)
    if fairness.age is None or fairness.age_band is None:
        return frame
    policy = deciding_policy(work, path=fairness.age_band, rules_as_of=plan.review.dates.rules_as_of)
    given = frame.select(pl.col(fairness.age).cast(pl.Int64).alias("age_years"))
    return frame.with_columns(policy.judge_frame(given)[_AGE_BAND]).drop(fairness.age)
