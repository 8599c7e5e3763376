"""Record a run of decisions (评审记录): the run with its versions, the cases it opens, the fact it says."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time
from uuid import UUID

import polars as pl

from creditloop.admit import (
    BOOK,
    DECISION,
    REFERRED,
    REQUEST,
    DecisionBatch,
    ReviewCase,
    decision_id_of,
    decisions_hash,
    record_decisions,
)
from creditloop.kernel.facts import Fact
from creditloop.kernel.ids import content_id
from creditloop.service.admitting.limit_order import check_can_follow
from creditloop.service.admitting.plan_rules import PlanRules
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.admitting.scorings import record_book_scoring
from creditloop.service.work import Work


def versions_of(by: PlanRules) -> list[str | None]:
    """Return the hashes of what decides: contract, features, policy, card, mandates."""
    mandates = None if by.mandates is None else by.mandates.policy.hash
    return [by.contract.document.hash, by.features.hash, by.rules.policy.hash, by.rules.card.hash, mandates]


def batch_by(
    plan: ReviewPlan,
    by: PlanRules,
    *,
    batch_id: UUID,
    decisions: pl.DataFrame,
    fitted_on: int,
    request_id: str | None,
) -> DecisionBatch:
    """Return the record of a run; a run without `request_id` is about a book."""
    contract_hash, features_hash, policy_hash, card_hash, mandates_hash = versions_of(by)
    return DecisionBatch(
        batch_id=batch_id,
        product=plan.product,
        plan=plan.name,
        mode=BOOK if request_id is None else REQUEST,
        request_id=request_id,
        dates=plan.dates,
        contract=by.contract.name,
        currency=by.contract.currency,
        contract_hash=str(contract_hash),
        plan_hash=plan.document.hash,
        features_hash=str(features_hash),
        policy_hash=str(policy_hash),
        card_hash=str(card_hash),
        mandates_hash=mandates_hash,
        customers=decisions.height + fitted_on,
        fitted_on=fitted_on,
        decided=decisions.height,
        content_hash=decisions_hash(decisions),
    )


def record_batch(
    work: Work,
    *,
    plan: ReviewPlan,
    by: PlanRules,
    batch: DecisionBatch,
    decisions: pl.DataFrame,
    values: pl.DataFrame,
) -> DecisionBatch:
    """Record a run, what a book's was scored by, the cases of those referred; say that limits were reviewed.

    Args:
        values: what the decisions were made from, by party.
    Raises: OutOfOrder if a limit decided about has changed on a later day.
    """
    about_limits = decisions.filter(pl.col("limit_fen").is_not_null())
    check_can_follow(work, party_ids=about_limits["party_id"].to_list(), on=plan.dates.business_date)
    work.adopt(plan.document, kind="plan")
    cases = _cases(plan, by, batch=batch, decisions=decisions, values=values)
    record_decisions(work.connection, batch=batch, decisions=decisions, cases=cases, now=work.now)
    work.recorded(batch.batch_id)
    if batch.mode == BOOK:
        record_book_scoring(
            work, plan=plan, card=by.rules.card, batch=batch, decisions=decisions, values=values
        )
    work.say(_limit_reviewed(work, batch))
    return batch


def _cases(
    plan: ReviewPlan, by: PlanRules, *, batch: DecisionBatch, decisions: pl.DataFrame, values: pl.DataFrame
) -> Iterator[ReviewCase]:
    """Open a case for each referred decision; a plan without mandates has no desk."""
    if by.mandates is None or plan.amount is None:
        return
    referred = decisions.filter(pl.col("outcome") == REFERRED)
    if plan.amount not in DECISION:
        referred = referred.join(
            values.select("party_id", plan.amount), on="party_id", how="left", validate="1:1"
        )
    mandates, opened_on = by.mandates, plan.dates.business_date
    for said in referred.iter_rows(named=True):
        amount = said[plan.amount]
        proposed = said["limit_proposed_fen"]
        most = None if amount is None else max(amount, proposed or 0)
        decision_id = decision_id_of(batch_id=batch.batch_id, party_id=said["party_id"])
        yield ReviewCase(
            case_id=content_id("review_case", str(decision_id)),
            decision_id=decision_id,
            party_id=said["party_id"],
            product=plan.product,
            opened_on=opened_on,
            due_on=mandates.due_on(amount_fen=most, opened_on=opened_on),
            amount_fen=most,
            mandate=mandates.mandate(amount_fen=most),
            mandates_hash=mandates.policy.hash,
            outcome_proposed=said["outcome_proposed"],
            limit_fen=said["limit_fen"],
            limit_proposed_fen=proposed,
            reasons=tuple(json.loads(said["reasons"])),
        )


def _limit_reviewed(work: Work, batch: DecisionBatch) -> Fact:
    return Fact(
        kind="LimitReviewed",
        key=str(batch.batch_id),
        occurred_at=datetime.combine(batch.dates.business_date, time(), tzinfo=UTC),
        known_at=work.now,
        payload={
            "batch": str(batch.batch_id),
            "plan": batch.plan_hash,
            "product": batch.product,
            "mode": batch.mode,
            **batch.dates.as_record(),
        },
    )
