"""A batch that the node refuses for good is withdrawn by a person; nothing is lost, nothing there twice."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Thread

import pytest
from tests.service.attesting.network import FUND, PARTNER, Door, joined, key, looked, packed
from tests.service.attesting.test_joint_payout import let_in, standing
from tests.service.attesting.test_sending import noted, on_log
from tests.service.loans.asked import opened

from creditloop.evidence.network import canonical_form, is_signed, read_batch
from creditloop.evidence.network.node import Answer, Outcome, Stage, Standing
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.errors import InputError, SourceError, StateError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.service.attesting import (
    Withdrawal,
    attest_pending,
    find_committed,
    find_pending,
    find_steps,
    withdraw_batch,
)
from creditloop.service.bank import Bank
from creditloop.service.doors import NotAllowed, close_person
from creditloop.service.work import Work

AHEAD = timedelta(days=400)


@dataclass
class Refusing(Door):
    """A door whose node has lost what it had: it knows no batch, and answers the same to each."""

    answer: Answer = field(default_factory=lambda: Answer(outcome=Outcome.ROUND_WRONG, detail="record 0"))

    def submit(self, batch: bytes) -> Answer:
        self.submitted.append(batch)
        return self.answer

    def standing(self, batch: str) -> Standing:
        return Standing(stage=Stage.UNKNOWN, included={}, refused={})


@dataclass
class Slow(Door):
    """A door that answers a while later; meanwhile somebody else sets out to withdraw the batch."""

    beside: Thread = field(default_factory=Thread)
    told: list[object] = field(default_factory=list)

    def submit(self, batch: bytes) -> Answer:
        self.beside.start()
        self.beside.join(timeout=0.5)
        assert self.beside.is_alive() and not self.told, "it waits until the node has answered"
        return Door.submit(self, batch)


@dataclass
class Beside:
    """A bank beside which something else happens when it is about to do its n-th piece of work."""

    bank: Bank
    happens: Callable[[], object]
    at: int
    works: int = 0

    def work(self) -> AbstractContextManager[Work]:
        self.works += 1
        if self.works == self.at:
            self.happens()
        return self.bank.work()


def clock_of_the_node_behind(door: Door) -> None:
    """Put the node's clock back: what the bank sends is dated to come."""
    for place in door.lab.places.values():
        place.off -= AHEAD


def clock_of_the_node_right(door: Door) -> None:
    for place in door.lab.places.values():
        place.off += AHEAD


def under_way(bank: Bank) -> str:
    """The only batch under way."""
    with connect(bank.url) as connection:
        (batch,) = {step.batch for step in find_pending(connection, steps_max=100).steps if step.batch}
    return batch


def withdrawn(bank: Bank, door: Door, batch: str, by: str = "zhang", reason: str = "clock") -> Withdrawal:
    with bank.work() as work:
        return withdraw_batch(work, batch=batch, door=door, signer=key(), by=by, reason=reason)


def stuck(bank: Bank, *, steps: int = 3) -> tuple[Door, str]:
    """A bank with a batch that its node does not take: it is dated to come by more than a year."""
    door = joined(bank)
    let_in(bank)
    noted(bank, "N-1", steps)
    clock_of_the_node_behind(door)
    told = attest_pending(bank, door=door, signer=key())
    batch = under_way(bank)
    assert list(told.troubles) == [batch]
    assert told.troubles[batch].startswith("future_dated")
    return door, batch


def test_a_person_withdraws_it_and_its_records_go_with_the_next_batch(small_bank: Bank) -> None:
    door, batch = stuck(small_bank)
    noted(small_bank, "N-1", 1, first=4)
    assert attest_pending(small_bank, door=door, signer=key()).made == 0, "its loan's later steps wait"
    told = withdrawn(small_bank, door, batch)
    assert (told.records, told.by, told.reason) == (3, "zhang", "clock")
    assert told.answer.startswith("future_dated")
    assert withdrawn(small_bank, door, batch, by="wang", reason="again") == told, "again: the first answer"
    with connect(small_bank.url) as connection:
        assert find_pending(connection, steps_max=10).under_way == 0
        assert {step.stage for step in find_steps(connection, "N-1")} == {"pending"}
    clock_of_the_node_right(door)
    asked = len(door.submitted)
    seen = looked(small_bank, door)
    assert (seen.made, seen.final, seen.under_way, seen.troubles) == (1, 4, 0, {})
    assert len(door.submitted) == asked + 1
    assert read_batch(door.submitted[-1]).header.batch != batch
    assert on_log(small_bank, door, "N-1") == [1, 2, 3, 4]
    assert withdrawn(small_bank, door, batch) == told
    assert small_bank.verify().problems == ()
    assert packed(small_bank, door, "N-1").holds


def test_what_the_node_has_or_takes_or_refuses_for_now_is_not_withdrawn(small_bank: Bank) -> None:
    door, batch = stuck(small_bank)
    clock_of_the_node_right(door)
    with pytest.raises(StateError, match="takes this batch now"):
        withdrawn(small_bank, door, batch)
    with pytest.raises(StateError, match="under way or final"):
        withdrawn(small_bank, door, batch)
    looked(small_bank, door)
    with pytest.raises(StateError, match="decided"):
        withdrawn(small_bank, door, batch)
    assert on_log(small_bank, door, "N-1") == [1, 2, 3]
    noted(small_bank, "N-2", 1)
    passing = Refusing(door.lab, answer=Answer(outcome=Outcome.STORE_FAILED))
    attest_pending(small_bank, door=passing, signer=key())
    with pytest.raises(StateError, match="for now only"):
        withdrawn(small_bank, passing, under_way(small_bank))
    passing.away = door.away = True
    with pytest.raises(SourceError):
        withdrawn(small_bank, door, under_way(small_bank))
    door.away = False
    looked(small_bank, door)
    assert on_log(small_bank, door, "N-2") == [1]


def test_who_withdraws_it_is_known_and_says_why(small_bank: Bank) -> None:
    door, batch = stuck(small_bank)
    with pytest.raises(UnknownId, match="no such batch"):
        withdrawn(small_bank, door, "0" * 32)
    with pytest.raises(UnknownId):
        withdrawn(small_bank, door, batch, by="nobody")
    for reason in (" ", "x" * 501):
        with pytest.raises(InputError, match="a reason"):
            withdrawn(small_bank, door, batch, reason=reason)
    with small_bank.work() as work:
        work.recorded(close_person(work.connection, login="li", by="tests", now=work.now).batch_id)
    with pytest.raises(NotAllowed, match="let in no more"):
        withdrawn(small_bank, door, batch, by="li")
    assert under_way(small_bank) == batch


def test_whoever_read_it_before_submits_it_no_more(small_bank: Bank) -> None:
    door, batch = stuck(small_bank)

    def happens() -> None:
        withdrawn(small_bank, door, batch)
        clock_of_the_node_right(door)

    beside = Beside(small_bank, happens, at=2)  # it has read which batches are under way, and asks about them
    asked = len(door.submitted)
    told = attest_pending(beside, door=door, signer=key())
    assert beside.works >= 2
    looked(small_bank, door)
    bytes_of = [read_batch(body).header.batch for body in door.submitted[asked:]]
    assert bytes_of[0] == batch, "the withdrawal itself offers it a last time, and it is refused"
    assert batch not in bytes_of[1:]
    assert batch not in told.troubles
    assert on_log(small_bank, door, "N-1") == [1, 2, 3]


def test_nobody_withdraws_it_while_somebody_submits_it(small_bank: Bank) -> None:
    door, batch = stuck(small_bank)
    clock_of_the_node_right(door)
    told: list[object] = []

    def withdraw() -> None:
        try:
            told.append(withdrawn(small_bank, door, batch))
        except StateError as error:
            told.append(error.message)

    beside = Thread(target=withdraw)
    slow = Slow(door.lab, submitted=door.submitted, beside=beside, told=told)
    attest_pending(small_bank, door=slow, signer=key())
    beside.join(timeout=20)
    (why,) = told  # whichever of the two came first
    assert why in (
        "our node has this batch: it is under way or final",
        "a batch that is decided cannot be withdrawn",
    )
    looked(small_bank, door)
    assert on_log(small_bank, door, "N-1") == [1, 2, 3]


def test_the_old_bytes_are_refused_once_the_new_ones_are_there(small_bank: Bank) -> None:
    door, batch = stuck(small_bank)
    old = door.submitted[0]
    assert read_batch(old).header.batch == batch
    withdrawn(small_bank, door, batch)
    clock_of_the_node_right(door)
    attest_pending(small_bank, door=door, signer=key())
    answer = door.submit(old)  # whoever still has them, while the new batch waits and when it is final
    assert answer.outcome is Outcome.ROUND_WRONG
    looked(small_bank, door)
    assert door.submit(old).outcome is Outcome.ROUND_WRONG
    assert on_log(small_bank, door, "N-1") == [1, 2, 3]
    assert packed(small_bank, door, "N-1").holds


@pytest.mark.parametrize("sent_again", [False, True])
def test_what_was_on_the_log_after_all_is_written_down_once(small_bank: Bank, sent_again: bool) -> None:
    """The node had the batch final, lost it, and found it again: before or after the next one was made."""
    door = joined(small_bank)
    let_in(small_bank)
    assert opened(small_bank).outcome == "awaiting"
    door.lost = True
    attest_pending(small_bank, door=door, signer=key())
    door.lab.let_pass(1_500)
    door.lost = False
    batch, forgetful = under_way(small_bank), Refusing(door.lab)
    assert door.standing(batch).stage is Stage.FINAL
    withdrawn(small_bank, forgetful, batch)
    if sent_again:
        told = attest_pending(small_bank, door=forgetful, signer=key())
        assert (told.made, len(told.troubles)) == (1, 1)
    told = looked(small_bank, door, times=2)
    assert (told.troubles, told.under_way) == ({}, 0)
    assert standing(small_bank).state == "paid_out"
    assert on_log(small_bank, door, "L-1") == [1, 2, 3, 4]
    with connect(small_bank.url) as connection:
        steps = find_steps(connection, "L-1")
        outcomes = connection.execute("SELECT count(*), count(DISTINCT step_id) FROM attesting.outcome")
        assert outcomes.fetchone() == (4, 4)
    assert [step.stage for step in steps] == ["final"] * 4
    assert [step.batch == batch for step in steps] == [True, True, True, False]
    assert small_bank.verify().problems == ()
    assert packed(small_bank, door, "L-1").holds


def test_records_of_the_next_batch_that_are_not_on_the_log_are_withdrawn_with_it(small_bank: Bank) -> None:
    door = joined(small_bank)
    let_in(small_bank)
    noted(small_bank, "N-1", 2)
    door.lost = True
    attest_pending(small_bank, door=door, signer=key())
    door.lab.let_pass(1_500)
    door.lost = False
    forgetful = Refusing(door.lab)
    withdrawn(small_bank, forgetful, under_way(small_bank))
    noted(small_bank, "N-1", 1, first=3)
    attest_pending(small_bank, door=forgetful, signer=key())  # all three, of which two are on the log
    told = looked(small_bank, door)
    assert (told.final, told.under_way) == (2, 1)
    (trouble,) = told.troubles.values()
    assert trouble.startswith("round_wrong")
    withdrawn(small_bank, door, under_way(small_bank))
    looked(small_bank, door)
    assert on_log(small_bank, door, "N-1") == [1, 2, 3]
    assert packed(small_bank, door, "N-1").holds


def test_while_the_node_has_it_after_all_its_records_go_with_no_other(small_bank: Bank) -> None:
    door = joined(small_bank)
    let_in(small_bank)
    noted(small_bank, "N-1", 2)
    door.lab.away |= {FUND, PARTNER}
    attest_pending(small_bank, door=door, signer=key())
    batch = under_way(small_bank)
    assert door.standing(batch).stage is Stage.PROPOSED
    withdrawn(small_bank, Refusing(door.lab), batch)
    told = looked(small_bank, door, times=2)
    assert (told.made, told.final) == (0, 0), "it is found to be under way: nothing is sent beside it"
    door.lab.away.clear()
    looked(small_bank, door, times=3)
    assert on_log(small_bank, door, "N-1") == [1, 2]
    with connect(small_bank.url) as connection:
        assert find_pending(connection, steps_max=1).count == 0
        assert {step.batch for step in find_steps(connection, "N-1")} == {batch}


# the submitter's key may change


def test_a_batch_made_with_the_key_before_is_signed_anew(small_bank: Bank) -> None:
    """The bank's key is changed between writing a batch down and submitting it: its header stays."""
    door = joined(small_bank)
    former = Ed25519Signer(key().verifier.name, b"7" * 32)
    noted(small_bank, "N-1", 2)
    door.away = True
    attest_pending(small_bank, door=door, signer=former)
    door.away = False
    told = attest_pending(small_bank, door=door, signer=former)
    (trouble,) = told.troubles.values()
    assert trouble.startswith("wrong_signature"), "the network knows the new key only"
    seen = looked(small_bank, door)
    assert (seen.made, seen.final, seen.troubles) == (0, 2, {})
    first, *_, last = [read_batch(body) for body in door.submitted]
    assert (first.header, first.records) == (last.header, last.records)
    assert first.header.hash == last.header.hash
    assert is_signed(first.header, first.signature, keys=[former.verifier])
    assert is_signed(last.header, last.signature, keys=[key().verifier])
    with connect(small_bank.url) as connection:
        stored = connection.execute("SELECT body FROM attesting.batch").fetchall()
        committed = find_committed(connection, "N-1")
    assert stored == [(canonical_form(first).decode(),)], "what was written down stays as it was"
    assert len(committed.documents) == 2
    assert small_bank.verify().problems == ()
    assert packed(small_bank, door, "N-1").holds


def test_a_batch_the_node_took_before_the_key_changed_is_left_alone(small_bank: Bank) -> None:
    door = joined(small_bank)
    noted(small_bank, "N-1", 1)
    door.lost = True
    attest_pending(small_bank, door=door, signer=key())
    door.lost = False
    later = Ed25519Signer(key().verifier.name, b"8" * 32)
    told = attest_pending(small_bank, door=door, signer=later)
    assert (told.final, told.troubles) == (1, {})
    assert len(door.submitted) == 1
    assert on_log(small_bank, door, "N-1") == [1]


def test_a_node_that_is_not_ours_says_nothing_about_our_batches(small_bank: Bank) -> None:
    door, batch = stuck(small_bank)
    elsewhere = Door(lab=door.lab, name=FUND)
    for ask in (
        lambda: withdrawn(small_bank, elsewhere, batch),
        lambda: attest_pending(small_bank, door=elsewhere, signer=key()),
    ):
        with pytest.raises(InputError, match="not the one the bank takes part with"):
            ask()
    assert under_way(small_bank) == batch
