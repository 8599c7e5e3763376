"""A stale source makes a decision refer, with a reason that names it; without a limit nothing changes."""

import json
from pathlib import Path

import pytest
from tests.service.admitting.test_reviewing import party_of
from tests.service.review_bank import plan_of, write_plan

from creditloop.admit import decision_frame
from creditloop.data import accesses
from creditloop.kernel.errors import PolicyError
from creditloop.service.admitting.replaying import replay_all
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.admitting.reviewing import review_book, review_party
from creditloop.service.bank import Bank

POLICY = "policies/credit_card/admit/limit_review.yaml"
STATE = "source_state_small_cards"
REFERS = f"""\
      - id: LR_STALE
        when: "{STATE} != 'fresh'"
        then: {{outcome: refer}}
        reason: {{code: SOURCE_STALE_SMALL_CARDS, zh: 来源 small_cards 已过时效, en: source is stale}}
"""


def change(file: Path, *replacements: tuple[str, str]) -> None:
    text = file.read_text("utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    file.write_text(text, "utf-8")


def limit(bank: Bank, days: int, then: str) -> None:
    contract = bank.places.contract_file("small_cards")
    limited = f"staleness: {{days: {days}, then: {then}, basis: {{title: the tests}}}}\nretention:"
    change(contract, ("retention:", limited))


def ask_first(bank: Bank) -> None:
    """Let the policy refer what is not fresh, before anything else."""
    text = (bank.places.documents / POLICY).read_text("utf-8")
    outcome = text.index("  - id: outcome\n")
    at = text.index("    inputs:\n", outcome) + len("    inputs:\n")
    declared = f'{STATE}: {{kind: text, "null": refer}}\n'
    text = text[:at] + f"      {declared}" + text[at:]
    at = text.index("    rows:\n", outcome) + len("    rows:\n")
    text = text[:at] + REFERS + text[at:]
    text = text.replace("inputs:\n", f"inputs:\n  {declared}", 1)
    (bank.places.documents / POLICY).write_text(text, "utf-8")


def later(bank: Bank) -> ReviewPlan:
    """The plan, decided three weeks and more after the newest statement."""
    return write_plan(bank, "as_of: 2005-06-30", "as_of: 2005-10-25")


def test_a_stale_source_refers_and_the_reason_names_it(review_bank: Bank) -> None:
    limit(review_bank, 20, "refer")
    ask_first(review_bank)
    with review_bank.work() as work:
        fresh = review_party(work, plan=plan_of(review_bank), party_id=party_of("decide"), request_id="now")
        stale = review_party(work, plan=later(review_bank), party_id=party_of("decide"), request_id="later")
    assert "SOURCE_STALE_SMALL_CARDS" not in fresh.said["reasons"]
    assert json.loads(fresh.said["inputs"])[STATE] == "fresh"
    assert stale.said["outcome"] == "refer"
    assert "SOURCE_STALE_SMALL_CARDS" in json.loads(stale.said["reasons"])
    assert json.loads(stale.said["inputs"])[STATE] == "stale"
    with review_bank.work() as work:
        assert replay_all(work).differing == ()
        read = [one for one in accesses(work.connection) if one.reason.endswith("how fresh the source is")]
    assert {one.purpose for one in read} == {"rule"}
    assert review_bank.verify().problems == ()


def test_the_whole_book_is_referred_the_same_way(review_bank: Bank) -> None:
    limit(review_bank, 20, "refer")
    ask_first(review_bank)
    with review_bank.work() as work:
        batch = review_book(work, plan=later(review_bank))
        decisions = decision_frame(work.connection, batch_id=batch.batch_id)
    assert decisions.height > 100
    assert set(decisions["outcome"]) == {"refer"}
    assert all("SOURCE_STALE_SMALL_CARDS" in reasons for reasons in decisions["reasons"])


def test_a_policy_that_does_not_ask_is_refused(review_bank: Bank) -> None:
    limit(review_bank, 20, "refer")
    with (
        pytest.raises(PolicyError, match="does not ask whether it is") as error,
        review_bank.work() as work,
    ):
        review_party(work, plan=plan_of(review_bank), party_id=party_of("decide"), request_id="one")
    assert error.value.expected == f"input {STATE}: {{kind: text, null: refer}}"
    assert error.value.where["contract"] == "small_cards"


def test_what_counts_as_absent_is_missing_for_the_decision(review_bank: Bank) -> None:
    limit(review_bank, 20, "absent")
    with review_bank.work() as work:
        found = review_party(work, plan=later(review_bank), party_id=party_of("decide"), request_id="one")
        batch = review_book(work, plan=later(review_bank))
        decisions = decision_frame(work.connection, batch_id=batch.batch_id)
    assert found.said["outcome"] == "refer"
    assert "MISSING_LATE_NOW" in json.loads(found.said["reasons"])
    assert set(decisions["outcome"]) <= {"refer"}


def test_without_a_limit_no_freshness_is_read(review_bank: Bank) -> None:
    with review_bank.work() as work:
        review_party(work, plan=plan_of(review_bank), party_id=party_of("decide"), request_id="one")
        assert not [one for one in accesses(work.connection) if "how fresh" in one.reason]
