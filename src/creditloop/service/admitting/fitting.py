"""Fit a plan's scorecard (建模): on the half of the customers that is not decided, on facts known by then.

1. features of everybody, read for the purpose `model`
2. of them those that are reviewed at all (the policy's scope) and belong to the fit half (by hash)
3. their outcome, read for the purpose `model`
4. the card is fitted and written as text; the text is the card, and is kept
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import polars as pl

from creditloop.admit import FIT, REVIEWED, SCOPE, halves, in_scope
from creditloop.data import Contract
from creditloop.data.features import FeatureSet, Role, feature_frame
from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import InputError, PolicyError, StateError, UnknownId
from creditloop.kernel.facts import Fact
from creditloop.risk import (
    Card,
    CardFeature,
    Direction,
    FittedCard,
    Policy,
    card_text,
    fit_card,
)
from creditloop.service.admitting.outcomes import read_outcome
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.compiled import compiled_card, compiled_features
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.source_states import (
    OUTCOME,
    SourceReading,
    check_reads_state,
    frame_with_state,
    given_by,
)
from creditloop.service.work import Work

READER = "service.fitting"
SAMPLE = "in-time holdout of accepted customers only: nobody who was turned down is in it"
"""What every figure measured on such a card must say."""
FIT_HALF = "fit_half"
"""The fact of a card that says which half it was fitted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A card that was fitted: the document that is the card, the card read from it, how it was fitted."""

    document: Document
    card: Card
    fitted: FittedCard


def fit(work: Work, *, plan: ReviewPlan) -> Fitted:
    """Fit the plan's card, keep its text, and say so (`CardPublished`); the same data give the same text.

    Raises: InputError if nobody is left to fit on, an outcome is missing, or all are of one kind; what the
        features, the policy and the fit raise.
    """
    made = fitted_card(work, plan=plan, leave_out=plan.leave_out)
    try:
        work.adopted(made.document.hash)
    except UnknownId:  # a new card: said once, when it is first kept
        work.adopt(plan.document, kind="plan")
        work.adopt(made.document, kind="card")
        work.say(_card_published(work, plan, made))
    return made


def fitted_card(
    work: Work, *, plan: ReviewPlan, leave_out: Sequence[str], variant: str | None = None
) -> Fitted:
    """Fit a card with the plan's settings, without some features; nothing is kept.

    Args:
        leave_out: names of model features that are not offered to the card.
        variant: a word for a card that is measured beside the plan's own and never decided by: it has a name
            and a file of its own, so that nobody takes it for the plan's card.
    """
    file = Path(plan.card_file)
    name = plan.card if variant is None else f"{plan.card}_{variant}"
    path = file if variant is None else file.with_stem(f"{file.stem}_{variant}")
    contract, features = plan_features(work, plan=plan)
    offered = _card_features(features, plan, leave_out)
    policy = plan_policy(work, plan=plan)
    frame = plan_frame(work, plan=plan, purpose="model", reader=READER, policy=policy)
    sample = frame.filter((pl.col("half") == FIT) & (pl.col("scope") == REVIEWED))
    known = sample.join(
        read_outcome(work, plan=plan, purpose="model"), on="party_id", how="left", validate="1:1"
    )
    _check_sample(known, plan)
    fitted = fit_card(frame=known, bad=known["bad"], features=offered, settings=plan.settings)
    text = card_text(
        fitted,
        card=name,
        product=plan.product,
        title={"zh": plan.card_zh, "en": plan.card_en},
        facts={
            "data": f"{contract.name}, version {contract.version}",
            "contract_hash": contract.document.hash,
            "features": features.name,
            "features_hash": features.hash,
            "scope": _scope_version(policy),
            "as_of": plan.dates.business_date,
            "outcome": f"{plan.outcome.zh} {plan.outcome.en}",
            "outcome_known_by": plan.outcome.known_by,
            FIT_HALF: fit_half(plan),
            "sample": SAMPLE,
        },
    )
    document = parse_document(text, path=path.as_posix())
    return Fitted(document=document, card=compiled_card(document), fitted=fitted)


def fit_half(plan: ReviewPlan) -> str:
    """Return in words which half a plan's card is fitted on, as the card's own facts say it."""
    return f"salt {plan.salt}, share {plan.fit_share_nano} nano of all customers by hash"


def check_fitted_half(card: Card, *, plan: ReviewPlan) -> None:
    """Check that a card was fitted on the half that this plan does not decide; else nobody is a holdout.

    A card that does not say on which half it was fitted was fitted elsewhere.

    Raises: StateError if it was another half.
    """
    fitted_on = card.facts.get(FIT_HALF)
    if fitted_on not in {None, fit_half(plan)}:
        raise StateError(
            "the card was fitted on another half than the one this plan leaves undecided",
            got=fitted_on,
            expected=fit_half(plan),
            where={"file": plan.document.path, "card": card.hash},
            hint=f"creditloop fit {plan.document.path}",
        )


def plan_features(work: Work, *, plan: ReviewPlan) -> tuple[Contract, FeatureSet]:
    """Read the plan's contract and features, and keep their texts."""
    contract = work.contract(plan.contract)
    document = work.adopt(work.places.document(plan.features), kind="features")
    return contract, compiled_features(document, contract=contract)


def plan_reading(
    plan: ReviewPlan, *, contract: Contract, features: FeatureSet, purpose: str, reader: str
) -> SourceReading:
    """Return who reads a plan's features for what, as of its day."""
    return SourceReading(
        contract=contract,
        features=features,
        as_of=plan.dates.business_date,
        purpose=purpose,
        reader=reader,
        reason=f"{plan.name} {plan.dates.business_date}",
    )


def plan_policy(work: Work, *, plan: ReviewPlan) -> Policy:
    """Read the plan's policy as in force on its rules date, and keep its text.

    Raises: as `deciding_policy`.
    """
    return deciding_policy(work, path=plan.policy, rules_as_of=plan.dates.rules_as_of)


def plan_frame(work: Work, *, plan: ReviewPlan, purpose: str, reader: str, policy: Policy) -> pl.DataFrame:
    """Read every customer's inputs and features for a purpose, with `scope` and `half` (fit or decide).

    Raises: PolicyError if the policy reads what the features do not give; what reading the features raises.
    """
    contract, features = plan_features(work, plan=plan)
    read = {entry.name for entry in policy.inputs} - {"score", "pd_nano"}
    check_reads_state(policy, contract=contract, output=OUTCOME)
    if missing := sorted(read - set(given_by(features, contract=contract))):
        raise PolicyError(
            "the policy reads what the features do not give",
            got=missing,
            expected=f"names of {plan.features}",
            where={"file": policy.document.path},
        )
    reading = plan_reading(plan, contract=contract, features=features, purpose=purpose, reader=reader)
    frame = feature_frame(
        work.connection,
        features=features,
        contract=contract,
        as_of=reading.as_of,
        purpose=purpose,
        reader=reader,
        reason=reading.reason,
        now=work.now,
        record_denial=work.record_denial,
    )
    frame = frame_with_state(work, reading=reading, frame=frame)
    half = halves(party_ids=frame["party_id"], salt=plan.salt, fit_share_nano=plan.fit_share_nano)
    return frame.with_columns(half, in_scope(frame=frame, policy=policy))


def _scope_version(policy: Policy) -> str:
    """Return the version of the table that says who is reviewed: cut-offs may change without a new card."""
    tables = (table for table in policy.tables if any(output.name == SCOPE for output in table.outputs))
    return next((table.version for table in tables), "everybody is reviewed")


def _card_features(features: FeatureSet, plan: ReviewPlan, leave_out: Sequence[str]) -> list[CardFeature]:
    offered = features.of_role(Role.MODEL)
    if unknown := sorted(set(leave_out) - {feature.name for feature in offered}):
        raise PolicyError(
            "the plan leaves out features there are none of",
            got=unknown,
            expected=[feature.name for feature in offered],
            where={"file": plan.document.path},
        )
    return [
        CardFeature(
            name=feature.name,
            kind=feature.kind,
            direction=Direction(feature.direction.value),
            zh=feature.meaning.zh,
            en=feature.meaning.en,
        )
        for feature in offered
        if feature.name not in leave_out
    ]


def _check_sample(known: pl.DataFrame, plan: ReviewPlan) -> None:
    where = {"file": plan.document.path, "as_of": plan.dates.business_date}
    if known.is_empty():
        raise InputError(
            "nobody is left to fit on", got="0 customers", expected="a fit half in scope", where=where
        )
    unknown = known.filter(pl.col("bad").is_null())
    if not unknown.is_empty():
        raise InputError(
            "customers of the fit half have no outcome",
            got=unknown.height,
            expected=0,
            where={**where, "party": unknown["party_id"][0]},
        )


def _card_published(work: Work, plan: ReviewPlan, made: Fitted) -> Fact:
    return Fact(
        kind="CardPublished",
        key=made.card.hash,
        occurred_at=datetime.combine(plan.dates.business_date, time(), tzinfo=UTC),
        known_at=work.now,
        payload={
            "card": made.card.hash,
            "plan": plan.document.hash,
            "product": plan.product,
            **plan.dates.as_record(),
        },
    )
