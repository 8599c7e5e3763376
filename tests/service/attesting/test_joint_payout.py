"""The payout of a joint loan waits for its record: final, it is paid out; refused, not; or persons answer."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.service.attesting.network import FUND, PARTNER, Door, joined, looked, packed
from tests.service.loans.asked import PARTY, START, agreed, move_clock, opened
from tests.service.small_bank import Clock

from creditloop.book.loan_store import find_loan
from creditloop.book.loans import LoanAccount
from creditloop.evidence.network import Record
from creditloop.kernel.errors import ConflictingRepeat, InputError, PolicyError, StateError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.lend.preconditions import LendPreconditions
from creditloop.service.attesting import RULES, KnownFile, find_pending, find_steps, know, read_announcement
from creditloop.service.bank import Bank
from creditloop.service.doors import NotAllowed, create_person
from creditloop.service.loans import (
    Awaiting,
    announcement_of,
    break_glass,
    find_awaiting,
    find_opening,
    lapse_waiting,
)

PROGRAMME = "joint_line"
PEOPLE = {"zhang": "approver", "wang": "approver", "li": "auditor"}


class Against:
    """Rules of a party that objects to every payout order."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def objection(self, record: Record) -> str | None:
        return self.reason if any(one.name == "payout_order" for one in record.documents) else None


def standing(bank: Bank, loan_id: str = "L-1") -> Awaiting:
    with bank.work() as work:
        found = find_awaiting(work, loan_id=loan_id)
    assert found is not None
    return found


def is_booked(bank: Bank, loan_id: str = "L-1") -> bool:
    with connect(bank.url) as connection:
        try:
            find_loan(connection, loan_id=loan_id)
        except UnknownId:
            return False
    return True


def later(bank: Bank, seconds: int) -> None:
    assert isinstance(bank.clock, Clock)
    bank.clock.at += timedelta(seconds=seconds)


def let_in(bank: Bank) -> None:
    with bank.work() as work:
        for login, role in PEOPLE.items():
            person = create_person(
                work.connection,
                login=login,
                display_name=login,
                roles=[role],
                password="a long enough password",
                by="tests",
                now=work.now,
            )
            work.recorded(person.batch_id)


def told_partner(bank: Bank, door: Door, file: Path, *, limit_fen: int = 10**9) -> None:
    """What a partner does with an announcement: it takes it in, with its own limit for the programme."""
    with bank.work() as work:
        text = announcement_of(work, loan_id="L-1", lender="partner_bank")
    announced = json.loads(text)
    (loan,) = announced["loans"]
    announced["programmes"] = [
        {
            "name": PROGRAMME,
            "products": ["retail_line"],
            "share_document": loan["share_document"],
            "since": "2022-01-01",
            "limit_fen": limit_fen,
        }
    ]
    know(file, read_announcement(json.dumps(announced)))


def test_without_a_network_everything_is_as_ever(small_bank: Bank) -> None:
    told = opened(small_bank)
    assert (told.outcome, told.loan_id, told.awaiting) == ("approve", "L-1", None)
    with connect(small_bank.url) as connection:
        assert find_steps(connection, "L-1") == ()


def test_it_is_paid_out_once_its_record_is_final(small_bank: Bank) -> None:
    door = joined(small_bank)
    told = opened(small_bank)
    assert (told.outcome, told.loan_id) == ("awaiting", None)
    assert told.check is not None and told.check.outcome == "approve"
    assert not is_booked(small_bank)
    again = opened(small_bank)
    assert (again.outcome, again.loan_id, again.repeated, again.check) == ("awaiting", None, True, None)
    with pytest.raises(ConflictingRepeat):
        opened(small_bank, amount_fen=1_300_000)
    looked(small_bank, door)
    found = standing(small_bank)
    assert (found.state, found.record.stage, found.over_time) == ("paid_out", "final", False)
    agreement = agreed(small_bank.places)
    with small_bank.work() as work:
        opening = find_opening(work, loan_id="L-1", party_id=PARTY, signed_hash=agreement.hash)
        loan = find_loan(work.connection, loan_id="L-1")
    assert opening is not None and (opening.outcome, opening.loan_id) == ("approve", "L-1")
    assert (loan.terms, loan.rules) == (agreement.terms, agreement.rules)
    (pay_out,) = loan.events
    payable = {lender: a for account, lender, a in pay_out.legs if account is LoanAccount.PARTNER_PAYABLE}
    assert payable == {"partner_bank": -840_000}
    looked(small_bank, door)
    with connect(small_bank.url) as connection:
        steps = find_steps(connection, "L-1")
    assert [(step.step, step.stage) for step in steps] == [
        (name, "final") for name in ("decision", "agreement", "payout_order", "payout")
    ]
    assert small_bank.verify().problems == ()


def test_what_waits_uses_the_limit(small_bank: Bank) -> None:
    joined(small_bank)
    for number in (1, 2, 3, 4):
        assert opened(small_bank, loan_id=f"L-{number}").outcome == "awaiting"
    told = opened(small_bank, loan_id="L-5")  # 4 x 12,000 wait, of a limit of 50,000
    assert told.outcome == "decline"
    assert told.check is not None
    assert [result.rule for result in told.check.broken] == ["within_the_limit"]


def test_the_network_refuses_and_nothing_is_booked(small_bank: Bank) -> None:
    against = Against("limit_exceeded")
    door = joined(small_bank, rules={FUND: against, PARTNER: against})
    opened(small_bank)
    told = looked(small_bank, door)
    assert (told.final, told.refused) == (2, 1)
    found = standing(small_bank)
    assert found.state == "refused"
    assert found.waiting.end is not None
    assert found.waiting.end.detail == {FUND: "limit_exceeded", PARTNER: "limit_exceeded"}
    assert not is_booked(small_bank)
    assert opened(small_bank).outcome == "refused"
    let_in(small_bank)
    with pytest.raises(StateError, match="waits no more"), small_bank.work() as work:
        break_glass(work, loan_id="L-1", person="zhang", reason="hurry", simulated=False)
    with small_bank.work() as work:  # its money is free again
        assert lapse_waiting(work) == 0
    assert opened(small_bank, loan_id="L-2").outcome == "awaiting"
    assert small_bank.verify().problems == ()


def test_without_its_policy_a_bank_that_takes_part_pays_nothing_out(small_bank: Bank) -> None:
    joined(small_bank)
    (small_bank.places.documents / RULES).unlink()
    with pytest.raises(PolicyError, match="no policy says what waits"):
        opened(small_bank)
    assert not is_booked(small_bank)


def test_one_objection_of_four_does_not_stop_it(small_bank: Bank) -> None:
    door = joined(small_bank, rules={FUND: Against("limit_exceeded")})
    opened(small_bank)
    looked(small_bank, door)
    assert standing(small_bank).state == "paid_out"


def test_a_partner_that_was_told_later_agrees_then(small_bank: Bank, tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.json" for name in (FUND, PARTNER)}
    rules = {name: LendPreconditions(KnownFile(file)) for name, file in files.items()}
    door = joined(small_bank, rules=rules)
    opened(small_bank)
    told = looked(small_bank, door)
    assert (told.final, told.refused, told.again) == (2, 0, 1)
    found = standing(small_bank)
    assert (found.state, found.record.stage) == ("awaiting", "again")
    assert found.record.reasons == {FUND: "loan_unknown", PARTNER: "loan_unknown"}
    assert looked(small_bank, door).made == 0, "it is not proposed again at once"
    for file in files.values():
        told_partner(small_bank, door, file)
    later(small_bank, 21)
    looked(small_bank, door)
    assert standing(small_bank).state == "paid_out"
    assert is_booked(small_bank)
    looked(small_bank, door)
    report = packed(small_bank, door, "L-1")
    assert report.holds, [problem.line() for problem in report.problems]
    assert [one.record.kind for one in report.records if one.record.lane == "objections"] == ["objection"] * 2
    assert len(report.documents) == 5


def test_partners_without_money_left_refuse(small_bank: Bank, tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.json" for name in (FUND, PARTNER)}
    door = joined(
        small_bank, rules={name: LendPreconditions(KnownFile(file)) for name, file in files.items()}
    )
    opened(small_bank)
    for file in files.values():
        told_partner(small_bank, door, file, limit_fen=839_999)  # its part is 8,400.00
    looked(small_bank, door)
    found = standing(small_bank)
    assert found.state == "refused"
    assert set(found.record.reasons.values()) == {"limit_exceeded"}


def test_the_node_is_away_then_two_persons_answer_for_it(small_bank: Bank) -> None:
    door = joined(small_bank)
    let_in(small_bank)
    door.away = True
    opened(small_bank)
    told = looked(small_bank, door)
    assert (told.final, told.under_way, told.away) == (0, 1, "the node is not there")

    def answer(person: str, reason: str = "the network is down") -> Awaiting:
        with small_bank.work() as work:
            return break_glass(work, loan_id="L-1", person=person, reason=reason, simulated=False)

    with pytest.raises(StateError, match="still has time"):
        answer("zhang")
    later(small_bank, 61)
    assert (standing(small_bank).state, standing(small_bank).over_time) == ("awaiting", True)
    for person, error in (("li", NotAllowed), ("nobody", UnknownId)):
        with pytest.raises(error):
            answer(person)
    with pytest.raises(NotAllowed, match="simulated loans only"), small_bank.work() as work:
        break_glass(work, loan_id="L-1", person="made up", reason="hurry", simulated=True)
    with pytest.raises(InputError, match="a reason"):
        answer("zhang", " ")
    assert [one.person for one in answer("zhang").answered] == ["zhang"]
    assert [one.person for one in answer("zhang").answered] == ["zhang"], "said again: the first result"
    with pytest.raises(InputError, match="another person"):
        answer("zhang", "once more")
    assert not is_booked(small_bank)
    done = answer("wang")
    assert (done.state, done.record.stage) == ("paid_out", "sent")
    assert done.waiting.end is not None and done.waiting.end.by_break_glass
    assert is_booked(small_bank)
    door.away = False
    looked(small_bank, door, times=2)
    with connect(small_bank.url) as connection:
        steps = find_steps(connection, "L-1")
        said = connection.execute("SELECT count(*) FROM kernel.fact WHERE kind = 'GlassBroken'").fetchone()
        assert find_pending(connection, steps_max=1).count == 0
    assert [(step.step, step.stage) for step in steps] == [
        (name, "final") for name in ("decision", "agreement", "payout_order", "break_glass", "payout")
    ]
    assert said == (2,)
    assert small_bank.verify().problems == ()


def test_a_refusal_that_comes_after_break_glass_stays_on_record(small_bank: Bank) -> None:
    against = Against("share_not_in_force")
    door = joined(small_bank, rules={FUND: against, PARTNER: against})
    door.away = True
    opened(small_bank)
    later(small_bank, 61)
    let_in(small_bank)
    for person in ("zhang", "wang"):
        with small_bank.work() as work:
            break_glass(work, loan_id="L-1", person=person, reason="the network is down", simulated=False)
    door.away = False
    looked(small_bank, door, times=2)
    found = standing(small_bank)
    assert (found.state, found.record.stage) == ("paid_out", "refused")
    assert is_booked(small_bank)
    with connect(small_bank.url) as connection:
        steps = find_steps(connection, "L-1")
    assert [(step.stage, step.sequence) for step in steps] == [
        ("final", 1),
        ("final", 2),
        ("refused", 3),
        ("final", 3),
        ("final", 4),
    ]


def test_the_day_is_over_and_it_lapses(small_bank: Bank) -> None:
    door = joined(small_bank)
    door.away = True
    opened(small_bank)
    move_clock(small_bank, START + timedelta(days=1))
    door.away = False
    looked(small_bank, door)
    found = standing(small_bank)
    assert (found.state, found.record.stage) == ("lapsed", "final")
    assert not is_booked(small_bank)
    assert opened(small_bank, start=date(2026, 1, 6), loan_id="L-2").outcome == "awaiting"
    move_clock(small_bank, START + timedelta(days=2))
    with small_bank.work() as work:
        assert lapse_waiting(work) == 1
    assert standing(small_bank, "L-2").state == "lapsed"
    assert small_bank.verify().problems == ()
