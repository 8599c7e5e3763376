"""Decisions about the small bank's customers, recorded as a review records them; the outcomes are made up."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import numpy as np
import polars as pl
from tests.service.small_bank import CONTRACT, RULES

from creditloop.admit import (
    BOOK,
    DECISION,
    DecisionBatch,
    Mandates,
    ReviewCase,
    batch_id_of,
    decision_id_of,
    decisions_hash,
    record_decisions,
)
from creditloop.formula import Kind
from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import Document, Source, parse_document
from creditloop.kernel.facts import Fact
from creditloop.kernel.ids import content_id
from creditloop.risk import CardFeature, Direction, FitSettings, card_text, fit_card, read_policy
from creditloop.service.bank import Bank
from creditloop.service.work import Work

REVIEWED = date(2005, 6, 30)
_RULES = {"keep": "otherwise", "raise": "LR_O7", "freeze": "LR_O3", "refer": "LR_O2", "collections": "LR_O1"}


def review(
    bank: Bank,
    outcomes: Mapping[int, tuple[str, int, int]],
    *,
    rule: str | None = None,
    factors: Sequence[str] = ("CARD_USE",),
) -> DecisionBatch:
    """Record decisions by customer's number: outcome, limit in force, limit proposed; and say so.

    Args:
        rule: what decided all of them; None: what decides such an outcome in the policy.
    """
    with bank.work() as work:
        card = work.adopt(_card(), kind="card")
        policy = work.adopt(
            work.places.document("policies/credit_card/admit/limit_review.yaml"), kind="policy"
        )
        mandates = work.adopt(work.places.document("policies/credit_card/admit/mandates.yaml"), kind="policy")
        decisions = _decisions(outcomes, rule, factors)
        batch_id = batch_id_of(mode=BOOK, product="credit_card", versions=[sorted(outcomes)])
        batch = DecisionBatch(
            batch_id=batch_id,
            product="credit_card",
            plan="made_up",
            mode=BOOK,
            request_id=None,
            dates=Dates(business_date=REVIEWED, rules_as_of=RULES),
            contract=CONTRACT,
            currency="TWD",
            contract_hash=work.contract(CONTRACT).document.hash,
            plan_hash="made up",
            features_hash="made up",
            policy_hash=policy.hash,
            card_hash=card.hash,
            mandates_hash=mandates.hash,
            customers=decisions.height,
            fitted_on=0,
            decided=decisions.height,
            content_hash=decisions_hash(decisions),
        )
        rules = Mandates(policy=read_policy(mandates, rules_as_of=RULES))
        record_decisions(
            work.connection,
            batch=batch,
            decisions=decisions,
            cases=[_case(batch_id, row, rules) for row in decisions.filter(outcome="refer").to_dicts()],
            now=work.now,
        )
        work.recorded(batch_id)
        _say(work, batch)
    return batch


def party(number: int) -> str:
    return f"{CONTRACT}/{number}"


def case_of(batch: DecisionBatch, number: int) -> UUID:
    return content_id("case", str(decision_id_of(batch_id=batch.batch_id, party_id=party(number))))


def _say(work: Work, batch: DecisionBatch) -> None:
    work.say(
        Fact(
            kind="LimitReviewed",
            key=str(batch.batch_id),
            occurred_at=work.now,
            known_at=work.now,
            payload={"batch": str(batch.batch_id), "product": batch.product},
        )
    )


def _decisions(
    outcomes: Mapping[int, tuple[str, int, int]], rule: str | None, factors: Sequence[str]
) -> pl.DataFrame:
    rows = [
        {
            "party_id": party(number),
            "inputs": "{}",
            "score": 600,
            "pd_nano": 10**8,
            "scope": "reviewed",
            "grade": "C",
            "outcome": outcome,
            "outcome_proposed": "keep" if outcome == "refer" else outcome,
            "limit_fen": limit,
            "limit_proposed_fen": proposed,
            "rate_annual_nano": 90_000_000,
            "rule": rule or _RULES[outcome],
            "reasons": "[]",
            "factors": json.dumps(list(factors)),
        }
        for number, (outcome, limit, proposed) in outcomes.items()
    ]
    return pl.DataFrame(rows, schema=dict(DECISION)).sort("party_id")


def _case(batch_id: UUID, row: Mapping[str, object], mandates: Mandates) -> ReviewCase:
    decision_id = decision_id_of(batch_id=batch_id, party_id=str(row["party_id"]))
    amount = int(str(row["limit_fen"]))
    return ReviewCase(
        case_id=content_id("case", str(decision_id)),
        decision_id=decision_id,
        party_id=str(row["party_id"]),
        product="credit_card",
        opened_on=REVIEWED,
        due_on=mandates.due_on(amount_fen=amount, opened_on=REVIEWED),
        amount_fen=amount,
        mandate=mandates.mandate(amount_fen=amount),
        mandates_hash=mandates.policy.hash,
        outcome_proposed="keep",
        limit_fen=amount,
        limit_proposed_fen=amount,
        reasons=("LR_O2",),
    )


def _card() -> Document:
    """Fit a card of one feature on a planted sample."""
    rng = np.random.default_rng(7)
    use = rng.integers(0, 10**9, 2_000)
    bad = rng.random(2_000) < use / 2e9
    feature = CardFeature(
        name="use", kind=Kind.NANO, direction=Direction.UP, zh="额度使用率", en="use of the limit"
    )
    settings = FitSettings(
        prebins_max=16,
        bins_max=4,
        share_min_nano=50_000_000,
        iv_min_nano=0,
        ridge_nano=100_000,
        bands_max=10,
        score_at=600,
        odds_at=20,
        points_to_double_odds=20,
        source=Source(title="made up for tests", reference=None, checked=None),
    )
    fitted = fit_card(frame=pl.DataFrame({"use": use}), bad=bad, features=[feature], settings=settings)
    text = card_text(
        fitted, card="made_up", product="credit_card", title={"zh": "试验卡", "en": "test"}, facts={}
    )
    return parse_document(text, path="card.yaml")
