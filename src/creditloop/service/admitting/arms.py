"""Decide a book arm by arm (按分组重检): under an experiment each customer by the strategy of his arm.

1. the experiment is read; without one on this day the book has one strategy and one run
2. every arm's strategy is read, with the plan's card, features and mandates
3. features of everybody, once; each customer falls into an arm by hash, as for a request
4. each arm decides its customers, all at once, and has a run of its own: decisions, cases, fact
5. who fell into which arm is written down with each run, and what the shadows say of everybody decided
All in one piece of work: it is done whole or not at all, and a repeat finds the first runs.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

import polars as pl

from creditloop.admit import (
    BOOK,
    FIT,
    REVIEWED,
    SCOPE,
    DecisionBatch,
    batch_id_of,
    find_batch,
    in_scope,
    review,
)
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.risk import Arm, Experiment
from creditloop.service.admitting.experimenting import (
    plan_experiment,
    record_book_experiment,
    rules_of_arm,
)
from creditloop.service.admitting.fitting import plan_frame
from creditloop.service.admitting.plan_rules import PlanRules
from creditloop.service.admitting.recording import batch_by, record_batch, versions_of
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.admitting.reviewing import READER, check_decides, read_plan_rules, review_book
from creditloop.service.work import Work

_Arms = Mapping[Arm, PlanRules]


def review_arms(work: Work, *, plan: ReviewPlan, card: Document | None = None) -> tuple[DecisionBatch, ...]:
    """Decide a book, under the plan's experiment arm by arm; return the runs: one, or one for each arm.

    An arm that nobody falls into has no run. A repeat with the same texts returns the first runs.

    Raises: what `review_book` raises; PolicyError or InputError if an arm's strategy does not go together
        with card and features; InputError if there is nobody.
    """
    check_decides(plan)
    experiment = plan_experiment(work, plan=plan)
    if experiment is None:
        return (review_book(work, plan=plan, card=card),)
    own = read_plan_rules(work, plan=plan, card=card)
    arms = {arm: rules_of_arm(work, plan=plan, by=own, arm=arm) for arm in experiment.arms}
    ids = _batch_ids(plan, experiment, arms)
    recorded = (find_batch(work.connection, batch_id=batch_id) for batch_id in ids.values())
    if first := tuple(batch for batch in recorded if batch is not None):
        return first
    frame = plan_frame(work, plan=plan, purpose="rule", reader=READER, policy=own.rules.policy)
    parts = {arm: part for arm, part in _parts(frame, experiment) if part.height}
    if not parts:
        raise InputError("nobody is there to decide about", got="0 customers", where={"plan": plan.name})
    runs, values = [], []
    for arm, part in parts.items():
        batch, decisions, decided = _decide(work, plan, arms[arm], batch_id=ids[arm], frame=part)
        runs.append((arm, batch, decisions))
        values.append(decided)
    record_book_experiment(
        work, plan=plan, by=own, experiment=experiment, runs=runs, values=pl.concat(values)
    )
    return tuple(batch for _, batch, _ in runs)


def _batch_ids(plan: ReviewPlan, experiment: Experiment, arms: _Arms) -> dict[Arm, UUID]:
    """Return the ids of the runs: another text of any arm gives others, since all are decided together."""
    versions = [plan.dates.business_date, plan.dates.rules_as_of, plan.document.hash]
    decided_by = [text for by in arms.values() for text in versions_of(by)]
    all_of_it = [*versions, experiment.document.hash, *decided_by]
    return {
        arm: batch_id_of(mode=BOOK, product=plan.product, versions=[*all_of_it, arm.name]) for arm in arms
    }


def _parts(frame: pl.DataFrame, experiment: Experiment) -> Iterator[tuple[Arm, pl.DataFrame]]:
    """Give each arm with the customers who fall into it."""
    fallen = pl.Series([experiment.arm_of(party).name for party in frame["party_id"]], dtype=pl.String)
    for arm in experiment.arms:
        yield arm, frame.filter(fallen == arm.name)


def _decide(
    work: Work, plan: ReviewPlan, by: PlanRules, *, batch_id: UUID, frame: pl.DataFrame
) -> tuple[DecisionBatch, pl.DataFrame, pl.DataFrame]:
    """Decide an arm's customers but those the card was fitted on; return run, decisions and their values."""
    scoped = frame.with_columns(in_scope(frame=frame.drop(SCOPE), policy=by.rules.policy))
    fitted_on = (pl.col("half") == FIT) & (pl.col(SCOPE) == REVIEWED)
    decided = scoped.filter(~fitted_on.fill_null(value=False))
    decisions = review(frame=decided, rules=by.rules)
    batch = batch_by(
        plan,
        by,
        batch_id=batch_id,
        decisions=decisions,
        fitted_on=scoped.height - decided.height,
        request_id=None,
    )
    record_batch(work, plan=plan, by=by, batch=batch, decisions=decisions, values=decided)
    return batch, decisions, decided
