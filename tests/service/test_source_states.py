"""A stale source refers a decision, or counts as absent and is named; without a limit nothing changes."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.acquire.whitelist_rows import card
from tests.service.admitting.test_reviewing import party_of
from tests.service.bank_copies import database_like
from tests.service.review_bank import plan_of, write_plan
from tests.service.screening_bank import party, write_whitelist
from tests.service.small_bank import (
    CONTRACT,
    CUSTOMERS,
    MONTHS,
    REPOSITORY,
    Clock,
    places_of,
)
from tests.service.small_bank import plan_of as book_of
from tests.service.stale_documents import CODE, STATE, ask_first, change, limit, tell_beside

from creditloop.acquire import screening_frame
from creditloop.admit import decision_frame
from creditloop.data import accesses, import_file, parse_contract
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.monitor import find_warnings, warn_again, warned_frame
from creditloop.risk import read_policy
from creditloop.service.acquiring.screening import (
    find_screening_working,
    rescreen_due,
    screen_initial,
)
from creditloop.service.admitting.fitting import fit
from creditloop.service.admitting.replaying import replay_all
from creditloop.service.admitting.review_plan import ReviewPlan, read_review_plan
from creditloop.service.admitting.reviewing import review_book, review_party
from creditloop.service.bank import Bank, open_bank
from creditloop.service.booking.card_book import import_statements, post_month
from creditloop.service.monitoring.warning import (
    judge_month,
    party_warnings,
    record_judged,
    warn_month,
    warning_basis,
)
from creditloop.service.source_states import check_reads_state

REVIEW = "policies/credit_card/admit/limit_review.yaml"
APPLICATION = "policies/personal_loan/admit/application.yaml"
WARNING = "policies/credit_card/monitor/warning.yaml"
WHITELIST = "policies/credit_card/acquire/whitelist.yaml"
LEVELS, LISTED = "values: [alert, watch, notice, none]", "values: [invited, watched, closed]"
OCTOBER = date(2005, 10, 31)


def later(bank: Bank) -> ReviewPlan:
    """The plan, decided three weeks and more after the newest statement."""
    return write_plan(bank, "as_of: 2005-06-30", "as_of: 2005-10-25")


# reviews


def test_a_stale_source_refers_and_the_reason_names_it(review_bank: Bank) -> None:
    limit(review_bank, 20, "refer")
    ask_first(review_bank, REVIEW, table="outcome", output="outcome")
    with review_bank.work() as work:
        fresh = review_party(work, plan=plan_of(review_bank), party_id=party_of("decide"), request_id="now")
        stale = review_party(work, plan=later(review_bank), party_id=party_of("decide"), request_id="later")
        batch = review_book(work, plan=later(review_bank))
        decisions = decision_frame(work.connection, batch_id=batch.batch_id)
    assert CODE not in fresh.said["reasons"]
    assert json.loads(fresh.said["inputs"])[STATE] == "fresh"
    assert stale.said["outcome"] == "refer"
    assert CODE in json.loads(stale.said["reasons"])
    assert json.loads(stale.said["inputs"])[STATE] == "stale"
    assert decisions.height > 100
    assert set(decisions["outcome"]) == {"refer"}
    assert all(CODE in reasons for reasons in decisions["reasons"])
    with review_bank.work() as work:
        assert replay_all(work).differing == ()
        read = [one for one in accesses(work.connection) if one.reason.endswith("how fresh the source is")]
    assert {one.purpose for one in read} == {"rule"}
    assert review_bank.verify().problems == ()


def test_what_counts_as_absent_is_missing_for_the_decision_and_named(review_bank: Bank) -> None:
    limit(review_bank, 20, "absent")
    tell_beside(review_bank, REVIEW)
    with review_bank.work() as work:
        fresh = review_party(work, plan=plan_of(review_bank), party_id=party_of("decide"), request_id="now")
        found = review_party(work, plan=later(review_bank), party_id=party_of("decide"), request_id="one")
        batch = review_book(work, plan=later(review_bank))
        decisions = decision_frame(work.connection, batch_id=batch.batch_id)
    assert CODE not in fresh.said["reasons"]
    assert found.said["outcome"] == "refer"
    assert {CODE, "MISSING_LATE_NOW"} <= set(json.loads(found.said["reasons"]))
    assert decisions.height > 100
    assert set(decisions["outcome"]) == {"refer"}
    assert all(CODE in reasons for reasons in decisions["reasons"])


def test_without_a_limit_no_freshness_is_read(review_bank: Bank) -> None:
    with review_bank.work() as work:
        review_party(work, plan=plan_of(review_bank), party_id=party_of("decide"), request_id="one")
        assert not [one for one in accesses(work.connection) if "how fresh" in one.reason]


# applications


@pytest.fixture
def application_bank(tmp_path: Path, server_url: str, template: str) -> Iterator[Bank]:
    """A bank with the applications of the example and a fitted card."""
    documents = tmp_path / "documents"
    for folder in ("contracts", "features", "policies", "examples"):
        (documents / folder).mkdir(parents=True)
    shutil.copytree(REPOSITORY / "policies", documents / "policies", dirs_exist_ok=True)
    for file in ("contracts/south_german_credit.yaml", "features/south_german_credit.yaml"):
        shutil.copy(REPOSITORY / file, documents / file)
    shutil.copy(REPOSITORY / "examples/south_german_credit/application.yaml", documents / "examples")
    file = REPOSITORY / "examples/south_german_credit/south_german_credit.csv"
    with database_like(server_url, template) as url:
        bank = open_bank(places=places_of(tmp_path, url), clock=Clock())
        with bank.work() as work:
            agreed = work.contract("south_german_credit")
            work.recorded(import_file(work.connection, contract=agreed, file=file, now=work.now).batch_id)
        with bank.work() as work:
            fit(work, plan=read_review_plan(bank.places.document("examples/application.yaml")))
        yield bank


@pytest.mark.parametrize(("then", "missing"), [("refer", False), ("absent", True)])
def test_applications_on_a_stale_source_are_referred(
    application_bank: Bank, then: str, missing: bool
) -> None:
    source = "south_german_credit"
    limit(application_bank, 30, then, contract=source)
    if then == "refer":
        ask_first(application_bank, APPLICATION, table="outcome", output="outcome", contract=source)
    else:
        tell_beside(application_bank, APPLICATION, contract=source)
    plan = application_bank.places.documents / "examples" / "application.yaml"
    text = plan.read_text("utf-8")
    told = {}
    for day in ("1975-12-31", "1976-03-01"):
        plan.write_text(text.replace("as_of: 1975-12-31", f"as_of: {day}"), "utf-8")
        with application_bank.work() as work:
            batch = review_book(work, plan=read_review_plan(application_bank.places.document(plan)))
            told[day] = decision_frame(work.connection, batch_id=batch.batch_id)
    fresh, stale = told.values()
    assert {"approve", "decline"} <= set(fresh["outcome"])
    assert set(stale["outcome"]) == {"refer"}
    assert stale.height > 100
    named = f"SOURCE_STALE_{source.upper()}"
    assert not any(named in reasons for reasons in fresh["reasons"])
    assert all(named in reasons for reasons in stale["reasons"])
    assert all(("MISSING_AMOUNT_ASKED_FEN" in reasons) is missing for reasons in stale["reasons"])


# warnings


@pytest.mark.parametrize("then", ["refer", "absent"])
def test_nobody_is_found_unremarkable_by_a_stale_source(posted_bank: Bank, then: str) -> None:
    """The book posts no month without statements, so September's verdicts are judged three weeks later."""
    limit(posted_bank, 20, then)
    if then == "refer":
        ask_first(posted_bank, WARNING, table="level", output="level", values=LEVELS)
    else:
        tell_beside(posted_bank, WARNING)
    with posted_bank.work() as work:
        september = warn_month(work, plan=book_of(posted_bank), month=MONTHS[-1])
        basis = warning_basis(work, plan=book_of(posted_bank), month=MONTHS[-1])
        later = replace(basis, dates=replace(basis.dates, business_date=date(2005, 10, 21)))
        october = record_judged(work, basis=later, judged=judge_month(work, basis=later))
        work.recorded(october.batch_id)
        found = find_warnings(work.connection, batch_id=october.batch_id)
        told = party_warnings(work, party_id=party(2), reader="a test", reason="a test")
        kept = warned_frame(work.connection, run=october)
    assert september.referred == 0
    assert october.evaluated == len(found) == CUSTOMERS, "nobody has nothing to be warned of"
    # what the book itself says is not of the source: who is classified substandard stays an alert
    assert {row.level_rule for row in found} == ({"STALE"} if then == "refer" else {"refer", "WL_CLASS"})
    assert october.referred == sum(row.level == "refer" for row in found) >= CUSTOMERS - 2
    assert {row.values[STATE] for row in found} == {"stale"}
    (working,) = [judged for run, _, judged in told if run == october]
    assert CODE in {reason.code for reason in working.reasons}
    assert warn_again(warned=kept, policy=basis.policy).equals(kept.drop("values"))
    assert posted_bank.verify().problems == ()


def test_a_warning_policy_that_could_say_nothing_is_refused(small_bank: Bank) -> None:
    limit(small_bank, 20, "refer")
    with small_bank.work() as work:
        import_statements(work, plan=book_of(small_bank))
        post_month(work, plan=book_of(small_bank), month=MONTHS[0])
    with small_bank.work() as work, pytest.raises(PolicyError, match="does not ask whether it is too old"):
        warn_month(work, plan=book_of(small_bank), month=MONTHS[0])


# the whitelist


@pytest.mark.parametrize("then", ["refer", "absent"])
def test_nobody_is_invited_by_a_stale_source(small_bank: Bank, then: str) -> None:
    limit(small_bank, 20, then)
    if then == "refer":
        ask_first(small_bank, WHITELIST, table="whitelist", output="outcome", values=LISTED)
    else:
        tell_beside(small_bank, WHITELIST)
    plan, scoring = write_whitelist(small_bank)
    with small_bank.work() as work:
        first = screen_initial(work, plan=plan, card=scoring, on=MONTHS[-1])
        again = rescreen_due(work, plan=plan, card=scoring, on=date(2005, 12, 31))
        fresh, stale = (screening_frame(work.connection, batch_id=one.batch_id) for one in (first, again))
        _, working = find_screening_working(
            work, product=plan.product, party_id=party(8), on=OCTOBER, reader="a test", reason="a test"
        )
        _, late = find_screening_working(
            work,
            product=plan.product,
            party_id=party(8),
            on=date(2005, 12, 31),
            reader="a test",
            reason="a test",
        )
    assert "invited" in set(fresh["outcome"])
    assert not any(CODE in reasons for reasons in fresh["reasons"])
    assert stale.height == fresh.height
    assert set(stale["outcome"]) == {"refer"}
    assert all(CODE in reasons for reasons in stale["reasons"])
    assert set(stale["rule"]) == {"STALE" if then == "refer" else "refer"}
    assert {json.loads(inputs)[STATE] for inputs in stale["inputs"]} == {"stale"}
    owed = {json.loads(inputs)["owed_0_fen"] for inputs in stale["inputs"]}
    assert (owed == {None}) is (then == "absent")
    assert working.differing == late.differing == {}
    assert small_bank.verify().problems == ()


def test_a_whitelist_that_does_not_ask_is_refused(small_bank: Bank) -> None:
    plan, _ = write_whitelist(small_bank)
    limit(small_bank, 20, "refer")
    with small_bank.work() as work, pytest.raises(PolicyError, match="does not ask") as error:
        screen_initial(work, plan=plan, card=card(), on=MONTHS[-1])
    assert error.value.expected == f"input {STATE}: {{kind: text, null: refer}}"
    assert error.value.where["contract"] == CONTRACT


# what a policy has to say

SAYS = """\
policy: p
product: credit_card
stage: admit
title: {zh: 一, en: a}
inputs:
  source_state_small_cards: {kind: text, "null": refer}
  late: {kind: integer, "null": no_match}
tables:
  - id: outcome
    hit_policy: first
    inputs:
      source_state_small_cards: {kind: text, "null": refer}
      late: {kind: integer, "null": no_match}
    outputs:
      outcome: {kind: text, values: [approve, refer]}
    rows:
      - {id: A, when: "WHEN", then: {outcome: FIRST}, reason: {code: A, zh: 一, en: SAYS}}
      - {id: B, when: "late > 1", then: {outcome: refer}, reason: {code: B, zh: 一, en: b}}
    otherwise: {then: {outcome: approve}, reason: {code: C, zh: 一, en: c}}
"""
NOT_FRESH = f"{STATE} != 'fresh'"


def said(small: Path, then: str, when: str, first: str, says: str) -> None:
    """Check a policy with this first row against the contract with a limit."""
    text = (REPOSITORY / "contracts" / "taiwan_cards.yaml").read_text("utf-8")
    text = text.replace("contract: taiwan_cards\n", f"contract: {CONTRACT}\n", 1)
    limited = f"staleness: {{days: 20, then: {then}, basis: {{title: the tests}}}}\nretention:"
    contract = parse_contract(text.replace("retention:", limited, 1), path=str(small))
    policy = SAYS.replace("WHEN", when).replace("FIRST", first).replace("SAYS", says)
    read = read_policy(parse_document(policy, path="p.yaml"), rules_as_of=date(2026, 1, 1))
    check_reads_state(read, contract=contract, output="outcome")


@pytest.mark.parametrize(
    ("then", "when", "first", "says"),
    [
        ("refer", NOT_FRESH, "refer", "small_cards"),
        ("refer", f"{NOT_FRESH} or late > 3", "refer", "small_cards"),
        ("absent", NOT_FRESH, "refer", "small_cards"),
        ("absent", NOT_FRESH, "approve", "small_cards"),
    ],
)
def test_what_refers_by_the_state_alone_is_taken(
    tmp_path: Path, then: str, when: str, first: str, says: str
) -> None:
    said(tmp_path, then, when, first, says)


@pytest.mark.parametrize(
    ("then", "when", "first", "says", "state"),
    [
        ("refer", f"{STATE} = 'stale'", "refer", "small_cards", "never_asked"),  # a state is forgotten
        ("refer", f"{STATE} = 'fresh'", "refer", "small_cards", "stale"),  # the wrong way round
        ("refer", f"{NOT_FRESH} and late > 3", "refer", "small_cards", "stale"),  # only of some
        ("refer", "late > 3", "refer", "small_cards", "stale"),  # declared, and not asked
        ("refer", NOT_FRESH, "approve", "small_cards", "stale"),  # asked, and passed
        ("refer", NOT_FRESH, "refer", "no name", "stale"),  # referred, and nobody knows why
        ("absent", NOT_FRESH, "refer", "no name", "stale"),
        ("absent", f"{STATE} = 'stale'", "refer", "small_cards", "never_asked"),
    ],
)
def test_what_could_pass_in_silence_is_refused(
    tmp_path: Path, then: str, when: str, first: str, says: str, state: str
) -> None:
    with pytest.raises(PolicyError, match="not fresh without saying so") as error:
        said(tmp_path, then, when, first, says)
    assert error.value.got == state
    assert error.value.where["then"] == then


def test_what_is_not_fresh_is_asked_with_refer(review_bank: Bank) -> None:
    limit(review_bank, 20, "refer")
    with (
        pytest.raises(PolicyError, match="does not ask whether it is") as error,
        review_bank.work() as work,
    ):
        review_party(work, plan=plan_of(review_bank), party_id=party_of("decide"), request_id="one")
    assert error.value.expected == f"input {STATE}: {{kind: text, null: refer}}"
    change(
        review_bank.places.documents / REVIEW,
        ("\ninputs:\n", f"\ninputs:\n  {STATE}: {{kind: text, null: no_match}}\n"),
    )
    with pytest.raises(PolicyError, match="does not ask whether it is") as error, review_bank.work() as work:
        review_book(work, plan=plan_of(review_bank))
    assert error.value.got == "text, null: no_match"
