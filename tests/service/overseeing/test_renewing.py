"""A renewed model that is signed off becomes a challenger of the one that decides; once, with a backtest."""

import json
from datetime import date

import pytest
from tests.service.oversight_bank import plan_of, write_plan
from tests.service.review_bank import write_plan as write_review

from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import OutOfOrder
from creditloop.kernel.storage import connect
from creditloop.oversight import (
    Model,
    Proposal,
    find_comparisons,
    find_metrics,
    find_model_runs,
    find_proposals,
)
from creditloop.service.admitting.fitting import fit
from creditloop.service.admitting.reviewing import review_book
from creditloop.service.answering import answer_all
from creditloop.service.bank import Bank
from creditloop.service.overseeing.measuring import register_card, say_outcomes_known
from creditloop.service.overseeing.renewing import propose_waiting
from creditloop.service.overseeing.reviews import look_at_calendar, record_overdue
from creditloop.service.overseeing.validating import raise_model_finding, sign_off

NOVEMBER = date(2005, 11, 1)


def renew(bank: Bank, *, on: date = NOVEMBER) -> tuple[Model, Model]:
    """Decide by one card, and register another for the same purpose; return both."""
    write_plan(bank)
    renewal = write_review(bank, "bins_max: 6", "bins_max: 4", file="renewal.yaml")
    with bank.work() as work:
        plan = plan_of(work)
        review_book(work, plan=plan.review)
        own = register_card(work, plan=plan)
        made = fit(work, plan=renewal)
        other = register_card(work, plan=plan, card=made.document, on=on)
    assert own.card_hash != other.card_hash
    return own, other


def sign(bank: Bank, model: Model, on: date) -> None:
    with bank.work() as work:
        sign_off(work, card_hash=model.card_hash, person="wang", reason="read", on=on, simulated=True)
    answer_all(bank)


def proposals(bank: Bank) -> list[Proposal]:
    with connect(bank.url) as connection:
        found = find_proposals(connection)
    return [one for one in found if json.loads(one.figures)["moved"][0]["parameter"] == "card"]


def test_it_is_proposed_once_with_a_backtest_and_waits(review_bank: Bank) -> None:
    own, other = renew(review_bank)
    sign(review_bank, other, NOVEMBER)
    (proposal,) = proposals(review_bank)
    assert (proposal.champion_hash, proposal.challenger_hash) == (own.card_hash, other.card_hash)
    assert (proposal.state, proposal.proposer, proposal.simulated) == ("waiting", other.developer, True)
    assert (proposal.policy, proposal.effective_from) == ("limit_review", NOVEMBER)
    figures = json.loads(proposal.figures)
    assert figures["champion"].keys() == figures["challenger"].keys() == {"auc", "ks", "brier"}
    with connect(review_bank.url) as connection:
        lines = find_comparisons(connection, batch_id=proposal.comparison_batch)
    assert {line.baseline_hash for line in lines} == {own.card_hash}
    assert lines[0].rows > 0
    sign(review_bank, other, date(2005, 12, 1))
    assert proposals(review_bank) == [proposal], "the next review of it proposes nothing new"
    assert review_bank.verify().problems == ()


def test_before_outcomes_are_known_it_waits_for_them(review_bank: Bank) -> None:
    _, other = renew(review_bank, on=date(2005, 7, 1))
    sign(review_bank, other, date(2005, 7, 2))
    assert proposals(review_bank) == []
    with review_bank.work() as work:
        propose_waiting(work, say_outcomes_known(work, plan=plan_of(work)))
    (proposal,) = proposals(review_bank)
    assert proposal.dates.business_date == date(2005, 10, 31)


def test_what_decides_already_and_what_nobody_may_sign_is_not_proposed(review_bank: Bank) -> None:
    own, other = renew(review_bank)
    sign(review_bank, own, NOVEMBER)
    with review_bank.work() as work:
        raise_model_finding(
            work,
            card_hash=other.card_hash,
            validator=other.validator,
            severity="high",
            text="not stable",
            found_on=NOVEMBER,
            due_on=NOVEMBER,
            simulated=True,
        )
    with pytest.raises(OutOfOrder, match="open finding of high"):
        sign(review_bank, other, NOVEMBER)
    assert proposals(review_bank) == []


def test_an_overdue_review_raises_the_alarm_of_the_policy(review_bank: Bank) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        own = register_card(work, plan=plan_of(work))
        fact = say_outcomes_known(work, plan=plan_of(work))
        due = Dates(business_date=own.next_review_due, rules_as_of=plan_of(work).known.rules_as_of)
        assert record_overdue(work, product=own.product, dates=due) == (), "due today is not overdue"
    for _ in range(2):
        with review_bank.work() as work:
            look_at_calendar(work, fact)
    with connect(review_bank.url) as connection:
        runs = find_model_runs(connection)
        figures = [find_metrics(connection, batch_id=one.batch_id) for one in runs]
    assert [(one.card_hash, one.kind, one.alarms) for one in runs] == [(own.card_hash, "review", 1)]
    ((figure,),) = figures
    assert (figure.name, figure.value_nano, figure.level) == ("review_overdue", 31 * 10**9, "red")
    assert figure.denominator == (date(2005, 10, 31) - own.registered_on).days
