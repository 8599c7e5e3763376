"""Decisions carried out: limits taken over with the book, letters in the customer's words, positions."""

from datetime import date

import polars as pl
import pytest
from tests.service.decided_bank import REVIEWED, case_of, party, review
from tests.service.small_bank import MONTHS, RULES, plan_of

from creditloop.admit import Person, Ruling
from creditloop.kernel.errors import OutOfOrder, UnknownId
from creditloop.kernel.storage import connect, find_open_deliveries
from creditloop.lend import (
    find_agreements,
    find_batches,
    find_letters,
    find_limit_history,
    lend_counts,
    limit_position,
)
from creditloop.service.admitting.review_desk import sign_case
from creditloop.service.answering import answer_all
from creditloop.service.bank import Bank
from creditloop.service.lending.letter_writing import NOT_JUDGED
from creditloop.service.lending.limits import (
    answer_raises,
    carry_out_decisions,
    carry_out_ruling,
    limit_position_of,
    limit_positions,
    offered_parties,
    take_over_limits,
)

LIMIT = {1: 5_000_000, 2: 2_000_000, 3: 3_000_000, 4: 1_000_000, 5: 1_000_000, 6: 4_000_000}
OUTCOMES = {
    1: ("keep", LIMIT[1], LIMIT[1]),
    2: ("refer", LIMIT[2], LIMIT[2]),
    3: ("raise", LIMIT[3], LIMIT[3] + 1_000_000),
    4: ("collections", LIMIT[4], LIMIT[4]),
    5: ("freeze", LIMIT[5], LIMIT[5]),
    6: ("raise", LIMIT[6], LIMIT[6]),
}


def test_with_the_opening_balances_every_limit_is_taken_over(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    with posted_bank.work() as work:
        (batch,) = find_batches(work.connection)
        assert take_over_limits(work, plan=plan) == batch
        frame = limit_positions(work, plan=plan, month=MONTHS[-1])
        history = find_limit_history(work.connection, party_id=party(1))
    assert (batch.kind, batch.events, batch.dates.business_date) == ("migration", 20, MONTHS[0])
    assert [event.after.limit_fen for event in history] == [LIMIT[1]]
    assert history[0].source_ref.startswith("source.small_cards_customer/")
    assert frame.height == 20
    rows = {row["party_id"]: row for row in frame.iter_rows(named=True)}
    assert (rows[party(5)]["above_limit_fen"], rows[party(5)]["available_fen"]) == (250_000, 0)
    assert rows[party(3)]["consumed_fen"] == 0  # in credit: nothing is used, nothing added
    assert rows[party(3)]["available_fen"] == LIMIT[3]


def test_a_review_is_carried_out_when_it_is_said(posted_bank: Bank) -> None:
    batch = review(posted_bank, OUTCOMES)
    answer_all(posted_bank)
    with posted_bank.work() as work:
        done = carry_out_decisions(work, batch=batch)  # a repeat: the first result
        counts = lend_counts(work.connection, batch_id=done.batch_id)
        letters = find_letters(work.connection, party_id=party(5))
        offers = offered_parties(work, on=REVIEWED)
    assert counts == {
        "acts": {"freeze": 1, "keep": 2, "none": 1, "offer": 1, "wait": 1},
        "events": {"frozen": 1, "kept": 2, "offered": 1},
        "agreements": 2,
        "letters": 2,
    }
    assert offers == [party(3)]
    zh, en = letters
    assert "额度使用率" in zh.body
    assert "use of the limit" in en.body
    assert "11,000.00 TWD" in zh.body  # owed at the end of June, above the limit of 10,000
    assert not posted_bank.verify().problems


def test_what_a_person_decides_is_carried_out_on_that_day(posted_bank: Bank) -> None:
    batch = review(posted_bank, OUTCOMES)
    answer_all(posted_bank)
    case_id = case_of(batch, 2)
    with posted_bank.work() as work:
        with pytest.raises(OutOfOrder, match="nobody has decided"):
            carry_out_ruling(work, case_id=case_id)
        sign_case(
            work,
            case_id=case_id,
            person=Person(name="wang", role="approver"),
            ruling=Ruling(outcome="freeze", limit_fen=LIMIT[2], reason="unusual use"),
            acted_on=date(2005, 7, 2),
            simulated=True,
        )
    answer_all(posted_bank)
    with posted_bank.work() as work:
        history = find_limit_history(work.connection, party_id=party(2))
        letters = find_letters(work.connection, party_id=party(2))
        position = limit_position_of(
            work, party_id=party(2), on=date(2005, 7, 2), reader="test", reason="test"
        )
    assert [event.kind.value for event in history] == ["granted", "frozen"]
    assert history[-1].occurred_on == date(2005, 7, 2)
    assert history[-1].simulated
    assert all(letter.simulated for letter in letters)
    assert "A person made this decision" in letters[1].body
    assert (position.frozen, position.available_fen) == (True, 0)
    assert find_open(posted_bank) == []


def test_a_freeze_of_what_no_rule_could_judge_has_a_reason_to_tell(posted_bank: Bank) -> None:
    """The card could not score it either, so nothing else could be told, and no letter be sent."""
    batch = review(posted_bank, {2: ("refer", LIMIT[2], LIMIT[2])}, rule="refer", factors=())
    with posted_bank.work() as work:
        sign_case(
            work,
            case_id=case_of(batch, 2),
            person=Person(name="wang", role="approver"),
            ruling=Ruling(outcome="freeze", limit_fen=LIMIT[2], reason="unusual use"),
            acted_on=date(2005, 7, 2),
            simulated=True,
        )
    answer_all(posted_bank)
    with connect(posted_bank.url) as connection:
        zh, en = find_letters(connection, party_id=party(2))
    assert NOT_JUDGED.zh in zh.body
    assert NOT_JUDGED.en in en.body
    assert find_open(posted_bank) == []


def find_open(bank: Bank) -> list[str]:
    with connect(bank.url) as connection:
        return [f"{open_.subscriber} {open_.last_error}" for open_ in find_open_deliveries(connection)]


def test_only_an_acceptance_raises_the_limit(posted_bank: Bank) -> None:
    review(posted_bank, OUTCOMES)
    answer_all(posted_bank)
    july = date(2005, 7, 15)
    with posted_bank.work() as work:
        before = limit_position_of(work, party_id=party(3), on=july, reader="test", reason="test")
        batch = answer_raises(
            work,
            party_ids=[party(3)],
            accepted=True,
            on=july,
            source="form/1",
            simulated=True,
            product="credit_card",
            rules_as_of=RULES,
        )
        after = limit_position_of(work, party_id=party(3), on=july, reader="test", reason="test")
        (agreement,) = find_agreements(work.connection, party_id=party(3))
    assert (before.limit_fen, before.offered_fen) == (LIMIT[3], LIMIT[3] + 1_000_000)
    assert (after.limit_fen, after.offered_fen) == (LIMIT[3] + 1_000_000, None)
    assert (agreement.limit_fen, agreement.rate_annual_nano) == (after.limit_fen, 90_000_000)
    assert batch.simulated
    assert agreement.simulated


def test_one_position_equals_the_frame_of_all_and_its_read_is_logged(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    with posted_bank.work() as work:
        frame = limit_positions(work, plan=plan, month=MONTHS[-1])
        for row in frame.iter_rows(named=True):
            one = limit_position_of(
                work, party_id=row["party_id"], on=MONTHS[-1], reader="test", reason="test"
            )
            told = one.as_record()
            assert {name: told[name] for name in row} == row
            assert one == limit_position(
                party_id=one.party_id,
                limit_fen=row["limit_fen"],
                frozen=row["frozen"],
                offered_fen=row["offered_fen"],
                owed_fen=row["owed_fen"],
            )
        with pytest.raises(UnknownId, match="no such party"):
            limit_position_of(work, party_id="nobody", on=MONTHS[-1], reader="test", reason="test")
    with connect(posted_bank.url) as connection:
        query = "SELECT table_name FROM data.access_log WHERE reader = 'test'"
        seen = pl.Series([row[0] for row in connection.execute(query.encode())])
    assert set(seen) == {"book.posting", "lend.limit_event"}
    assert len(seen) == 42  # of twenty customers, and of one who is not there: looking is logged as well


def test_decisions_without_limits_are_not_about_limits(posted_bank: Bank) -> None:
    review(posted_bank, {})
    answer_all(posted_bank)
    with connect(posted_bank.url) as connection:
        assert [batch.kind for batch in find_batches(connection)] == ["migration"]
