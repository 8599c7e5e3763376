"""Decide by a plan's card and policy: everybody it was not fitted on, or one party at once (评审与决策).

1. contract, features, policy, card and mandates are read, and their texts kept
2. features of everybody, read for the purpose `rule`; who the card was fitted on is counted, not decided
3. the others are decided, if it can be carried out as of that day; recorded with every value and with what
   the card was shown and said (`scorings`), and referred ones become cases for the desk
4. the run is said (`LimitReviewed`); whoever answers finds plan and decisions by hash and id
A repeat returns the first result. Under an experiment (`experimenting`) a request is decided by the strategy
of the arm the party falls into, a book arm by arm (`arms`). One party is decided by the same rules through
the other execution of the language, case by case; a test holds that both give the same.
"""

import polars as pl

from creditloop.admit import (
    BOOK,
    DECISION,
    FIT,
    REQUEST,
    REVIEWED,
    Decision,
    DecisionBatch,
    Mandates,
    batch_id_of,
    check_given,
    decision_frame,
    decision_id_of,
    find_batch,
    find_decision,
    half_of,
    latest_batch,
    review,
    review_one,
    review_rules,
)
from creditloop.data.features import feature_row
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, PolicyError, StateError
from creditloop.kernel.storage import list_documents
from creditloop.service.admitting.experimenting import plan_experiment, record_experiment, rules_of_arm
from creditloop.service.admitting.fitting import (
    check_fitted_half,
    plan_features,
    plan_frame,
    plan_policy,
    plan_reading,
)
from creditloop.service.admitting.plan_rules import PlanRules
from creditloop.service.admitting.recording import batch_by, record_batch, versions_of
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.admitting.scorings import record_request_scoring
from creditloop.service.compiled import compiled_card
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.source_states import OUTCOME, check_reads_state, given_by, row_with_state
from creditloop.service.work import Work

READER = "service.reviewing"


def read_plan_rules(work: Work, *, plan: ReviewPlan, card: Document | None = None) -> PlanRules:
    """Read what a plan decides by, check that it goes together, and keep the texts.

    Args:
        card: the card's document; None reads the file that the plan names, or else what was fitted for it.
    Raises: OutOfOrder if there is no card yet, or more than one; StateError if it was fitted on another half
        than the plan's; PolicyError or InputError if the documents do not agree.
    """
    contract, features = plan_features(work, plan=plan)
    document = work.adopt(_card_document(work, plan) if card is None else card, kind="card")
    scoring = compiled_card(document)
    check_fitted_half(scoring, plan=plan)
    rules = review_rules(policy=plan_policy(work, plan=plan), card=scoring)
    check_reads_state(rules.policy, contract=contract, output=OUTCOME)
    check_given(rules, given=given_by(features, contract=contract), where=plan.features)
    mandates = None
    if plan.mandates is not None:
        policy = deciding_policy(work, path=plan.mandates, rules_as_of=plan.dates.rules_as_of)
        mandates = Mandates(policy=policy)
        if plan.amount not in {*rules.inputs, *DECISION}:
            raise PolicyError(
                "the plan's mandates go by an amount that no decision has",
                got=plan.amount,
                expected=sorted(rules.inputs),
                where={"file": plan.document.path},
            )
    return PlanRules(contract=contract, features=features, rules=rules, mandates=mandates)


def review_book(work: Work, *, plan: ReviewPlan, card: Document | None = None) -> DecisionBatch:
    """Decide about everybody the card was not fitted on, record it, open the cases, and say so.

    A repeat with the same texts returns the first result without computing it again.

    Raises: OutOfOrder if a limit decided about has changed on a later day; StateError if the plan's
        experiment runs on its day (see `arms`); what `read_plan_rules` and the features raise.
    """
    check_decides(plan)
    if plan_experiment(work, plan=plan) is not None:
        raise StateError(
            "an experiment runs on this day: the book is decided arm by arm, in as many runs",
            got=plan.experiment,
            where={"file": plan.document.path},
            hint="creditloop decide book",
        )
    by = read_plan_rules(work, plan=plan, card=card)
    versions = [plan.dates.business_date, plan.dates.rules_as_of, plan.document.hash, *versions_of(by)]
    batch_id = batch_id_of(mode=BOOK, product=plan.product, versions=versions)
    if (first := find_batch(work.connection, batch_id=batch_id)) is not None:
        return first
    frame = plan_frame(work, plan=plan, purpose="rule", reader=READER, policy=by.rules.policy)
    fitted_on = frame.filter((pl.col("half") == FIT) & (pl.col("scope") == REVIEWED))
    decided = frame.join(fitted_on.select("party_id"), on="party_id", how="anti")
    decisions = review(frame=decided, rules=by.rules)
    batch = batch_by(
        plan, by, batch_id=batch_id, decisions=decisions, fitted_on=fitted_on.height, request_id=None
    )
    return record_batch(work, plan=plan, by=by, batch=batch, decisions=decisions, values=decided)


def review_party(
    work: Work, *, plan: ReviewPlan, party_id: str, request_id: str, card: Document | None = None
) -> Decision:
    """Decide about one party on request, record it, open a case if it is referred, and say so.

    The same request again returns the first decision, whatever has changed since.

    Args:
        request_id: the caller's own id of the request.
    Raises: ConflictingRepeat if the id was used for another request; StateError if the card was fitted on the
        party; OutOfOrder if its limit has changed on a later day; UnknownId if nothing is known of it; what
        `read_plan_rules` raises.
    """
    if not request_id.strip():
        raise InputError("a request needs an id of its own", got=repr(request_id))
    check_decides(plan)
    batch_id = batch_id_of(mode=REQUEST, product=plan.product, versions=[request_id])
    if (first := find_batch(work.connection, batch_id=batch_id)) is not None:
        return _repeated(work, plan=plan, first=first, party_id=party_id)
    own = read_plan_rules(work, plan=plan, card=card)
    experiment = plan_experiment(work, plan=plan)
    arm = None if experiment is None else experiment.arm_of(party_id)
    by = own if arm is None else rules_of_arm(work, plan=plan, by=own, arm=arm)
    row = _party_row(work, plan=plan, by=by, party_id=party_id)
    working = review_one(party_id=party_id, row=row, rules=by.rules)
    half = half_of(party_id=party_id, salt=plan.salt, fit_share_nano=plan.fit_share_nano)
    if half == FIT and working.decision["scope"] in {REVIEWED, None}:
        raise StateError(
            "the card was fitted on this party: the plan does not decide about it",
            got=party_id,
            expected="a party of the other half",
            where={"file": plan.document.path},
        )
    decisions = pl.DataFrame([dict(working.decision)], schema=DECISION)
    batch = batch_by(plan, by, batch_id=batch_id, decisions=decisions, fitted_on=0, request_id=request_id)
    values = pl.DataFrame({"party_id": [party_id], **{name: [row[name]] for name in by.rules.inputs}})
    record_batch(work, plan=plan, by=by, batch=batch, decisions=decisions, values=values)
    decision_id = decision_id_of(batch_id=batch_id, party_id=party_id)
    record_request_scoring(work, plan=plan, working=working, batch_id=batch_id, decision_id=decision_id)
    if experiment is not None and arm is not None:
        record_experiment(
            work,
            plan=plan,
            by=own,
            experiment=experiment,
            arm=arm,
            working=working,
            row=row,
            batch_id=batch_id,
            decision_id=decision_id,
        )
    return find_decision(work.connection, decision_id=decision_id)


def check_decides(plan: ReviewPlan) -> None:
    """Refuse a plan that only fits a card.

    Raises: StateError.
    """
    if not plan.decides:
        raise StateError(
            "this plan only fits a card: nobody is decided by it",
            got=plan.name,
            where={"file": plan.document.path},
        )


def _card_document(work: Work, plan: ReviewPlan) -> Document:
    """Return the card in the file the plan names, or the one fitted for it if nobody wrote the file.

    Of several that were fitted one has decided, or somebody has to say which is meant: the one fitted last
    need not be it, because a card fitted again is not kept again.
    """
    if (work.places.documents / plan.card_file).is_file():
        return work.places.document(plan.card_file)
    if (decided_by := card_in_force(work, plan=plan)) is not None:
        return decided_by
    kept = [one for one in list_documents(work.connection, kind="card") if one.path == plan.card_file]
    if len(kept) != 1:
        raise OutOfOrder(
            "which of the cards fitted is to decide?" if kept else "there is no card to decide by yet",
            got=", ".join(one.hash for one in kept) or plan.card_file,
            where={"file": plan.document.path},
            hint=f"creditloop fit {plan.document.path}",
        )
    return work.adopted(kept[0].hash)


def card_in_force(work: Work, *, plan: ReviewPlan) -> Document | None:
    """Return the card the plan's customers were decided by, from the archive; None if none were yet.

    Where there is None, the file that the plan names is the card.
    """
    batch = latest_batch(work.connection, product=plan.product, on=plan.dates.business_date)
    if batch is None or batch.plan != plan.name:
        return None
    return work.adopted(batch.card_hash)


def _party_row(work: Work, *, plan: ReviewPlan, by: PlanRules, party_id: str) -> dict[str, object]:
    reading = plan_reading(plan, contract=by.contract, features=by.features, purpose="rule", reader=READER)
    row = feature_row(
        work.connection,
        features=by.features,
        contract=by.contract,
        as_of=reading.as_of,
        purpose=reading.purpose,
        reader=READER,
        reason=reading.reason,
        now=work.now,
        record_denial=work.record_denial,
        party_id=party_id,
    )
    return row_with_state(work, reading=reading, row=row)


def _repeated(work: Work, *, plan: ReviewPlan, first: DecisionBatch, party_id: str) -> Decision:
    """Return the first decision of a request, if this is the same request."""
    expected_id = decision_id_of(batch_id=first.batch_id, party_id=party_id)
    about = {str(told) for told in decision_frame(work.connection, batch_id=first.batch_id)["decision_id"]}
    if str(expected_id) not in about or first.plan != plan.name:
        raise ConflictingRepeat(
            "this request id was used for another request",
            got=f"{plan.name}, {party_id}",
            expected=f"{first.plan}, the party of the first request",
            where={"request": str(first.request_id)},
        )
    return find_decision(work.connection, decision_id=expected_id)
