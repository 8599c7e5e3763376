"""The small bank with all that decisions need: features, a plan, and a card fitted on made-up customers."""

from pathlib import Path

import numpy as np
import polars as pl
from tests.service.small_bank import CONTRACT, MONTHS, REPOSITORY, plan_of

from creditloop.admit import DECIDE, half_of
from creditloop.data import read_contract
from creditloop.data.features import Role, read_features
from creditloop.kernel.documents import read_document
from creditloop.risk import CardFeature, Direction, card_text, fit_card
from creditloop.service.admitting.review_plan import ReviewPlan, read_review_plan
from creditloop.service.admitting.reviewing import review_book
from creditloop.service.bank import Bank
from creditloop.service.lending.limits import take_over_limits
from creditloop.service.monitoring.warning import warn_month
from creditloop.service.recovering.routing import route_month

PLAN = "small_limit_review"
FEATURES = "features/credit_card_behaviour.yaml"
_SEED, _ROWS = 8, 3000
_ON_CARD = ("utilisation_now", "months_late_count")


def write_decision_documents(folder: Path) -> None:
    """Write into a bank's folder what decisions are made by."""
    (folder / "features").mkdir(exist_ok=True)
    _copy_for_small(REPOSITORY / FEATURES, folder / FEATURES)
    _copy_for_small(REPOSITORY / "examples/taiwan_cards/review.yaml", folder / "review.yaml")
    (folder / "card.yaml").write_text(_card(folder), "utf-8")


def _copy_for_small(source: Path, target: Path) -> None:
    text = source.read_text("utf-8").replace("contract: taiwan_cards\n", f"contract: {CONTRACT}\n")
    text = text.replace("name: taiwan_limit_review", f"name: {PLAN}")
    target.write_text(text.replace("examples/taiwan_cards/limit_review_card.yaml", "card.yaml"), "utf-8")


def _card(folder: Path) -> str:
    """Fit a card on customers drawn so that use of the limit and late months make them bad."""
    draw = np.random.default_rng(_SEED)
    use, late = draw.beta(2, 2, _ROWS), draw.poisson(0.6, _ROWS)
    bad = draw.random(_ROWS) < 1 / (1 + np.exp(2.5 - 2.0 * use - 0.9 * late))
    frame = pl.DataFrame(
        {"utilisation_now": (use * 1e9).astype(np.int64), "months_late_count": late.astype(np.int64)}
    )
    plan = review_plan(folder)
    features = [
        CardFeature(name=name, kind=kind, direction=Direction.UP, zh=name, en=name)
        for name, kind in _kinds(folder).items()
    ]
    fitted = fit_card(frame=frame, bad=pl.Series(bad), features=features, settings=plan.settings)
    title = {"zh": "测试评分卡", "en": "a card of made-up customers"}
    facts = {"data": "drawn with a seed", "note": "simulated"}
    return card_text(fitted, card=plan.card, product=plan.product, title=title, facts=facts)


def _kinds(folder: Path) -> dict[str, object]:
    contract = read_contract(folder / "contracts" / f"{CONTRACT}.yaml", root=folder)
    features = read_features(read_document(folder / FEATURES, root=folder), contract=contract)
    return {one.name: one.kind for one in features.of_role(Role.MODEL) if one.name in _ON_CARD}


def review_plan(folder: Path) -> ReviewPlan:
    """Read the bank's plan."""
    return read_review_plan(read_document(folder / "review.yaml", root=folder))


def decide_and_watch(bank: Bank) -> None:
    """Take over the limits, review the book, warn of the last month and route its cases."""
    book, last = plan_of(bank), MONTHS[-1]
    with bank.work() as work:
        take_over_limits(work, plan=book)
    with bank.work() as work:
        review_book(work, plan=review_plan(bank.places.documents))
    with bank.work() as work:
        warn_month(work, plan=book, month=last)
    with bank.work() as work:
        route_month(work, plan=book, month=last)


def decided_parties(folder: Path) -> list[str]:
    """The customers whom the plan decides about: those the card would not be fitted on."""
    plan = review_plan(folder)
    parties = [f"{CONTRACT}/{number}" for number in range(1, 21)]
    share = plan.fit_share_nano
    return [one for one in parties if half_of(party_id=one, salt=plan.salt, fit_share_nano=share) == DECIDE]
