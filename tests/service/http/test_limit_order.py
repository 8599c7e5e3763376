"""What could not be carried out any more is refused before it is acknowledged, and leaves nothing behind."""

from datetime import date
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from tests.service.http.caller import Caller, approver, written
from tests.service.http.deciding_bank import PLAN, decided_parties

from creditloop.admit import DecisionBatch, ReviewCase, find_batch, find_cases
from creditloop.kernel.errors import OutOfOrder
from creditloop.kernel.storage import connect, find_open_deliveries
from creditloop.lend import find_limit_history
from creditloop.service.answering import deliver_chain
from creditloop.service.bank import Bank
from creditloop.service.lending.limits import answer_raises, carry_out_decisions

JULY, LATER = "2005-07-31", "later_limit_review"


@pytest.fixture
def later_plan(bank: Bank) -> None:
    """A plan as the bank's own of June, a month later; everything said so far is answered."""
    plan = (bank.places.documents / "review.yaml").read_text("utf-8")
    later = plan.replace(f"name: {PLAN}", f"name: {LATER}").replace("as_of: 2005-06-30", f"as_of: {JULY}")
    assert later.count(JULY) == 1
    (bank.places.documents / "later.yaml").write_text(later, "utf-8")
    deliver_chain(bank)  # the book's own review of June among it


@pytest.fixture
def party(bank: Bank, later_plan: None) -> str:
    """A customer whom both plans decide about."""
    return decided_parties(bank.places.documents)[0]


def ask(caller: Caller, party: str, plan: str, *, name: str = "") -> httpx.Response:
    return caller.post("/v1/decisions", {"plan": plan, "party_id": party}, name=name)


def undelivered(bank: Bank) -> list[str]:
    with connect(bank.url) as connection:
        return [f"{one.subscriber} {one.last_error}" for one in find_open_deliveries(connection)]


def test_an_earlier_day_is_refused_once_a_later_one_was_decided(
    caller: Caller, bank: Bank, party: str
) -> None:
    first = ask(caller, party, LATER, name="branch-7/0001")
    assert (first.status_code, first.json()["business_date"]) == (201, JULY)
    with connect(bank.url) as connection:
        last = find_limit_history(connection, party_id=party)[-1]
    assert last.occurred_on == date.fromisoformat(JULY), "the later decision was carried out"
    before = written(bank)
    refused = ask(caller, party, PLAN, name="branch-7/0002")
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_order")
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.json()["got"], refused.json()["expected"]) == ("2005-06-30", f"{JULY} or later")
    assert refused.json()["where"] == {"party": party}
    assert written(bank) == before
    assert undelivered(bank) == []
    repeat = ask(caller, party, LATER, name="branch-7/0001")
    assert (repeat.status_code, repeat.content) == (201, first.content)


def test_what_was_acknowledged_before_keeps_its_answer(caller: Caller, bank: Bank, party: str) -> None:
    june = ask(caller, party, PLAN, name="branch-7/0001")
    july = ask(caller, party, LATER, name="branch-7/0002")
    assert (june.status_code, july.status_code) == (201, 201)
    assert ask(caller, party, PLAN, name="branch-7/0001").content == june.content
    assert ask(caller, party, PLAN, name="branch-7/0003").status_code == 409
    assert undelivered(bank) == []


def test_a_later_day_about_to_be_carried_out_counts(
    caller: Caller, app: FastAPI, bank: Bank, party: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between acknowledging and carrying out lies a moment, in which nothing earlier may slip in."""
    deliver = app.state.bank.deliver
    monkeypatch.setattr(type(app.state.bank), "deliver", lambda _: (0, 0))
    assert ask(caller, party, LATER).status_code == 201
    assert undelivered(bank), "it is not carried out yet"
    before = written(bank)
    refused = ask(caller, party, PLAN)
    assert (refused.status_code, refused.json()["expected"]) == (409, f"{JULY} or later")
    assert "is being carried out" in refused.json()["detail"]
    assert written(bank) == before
    monkeypatch.undo()
    deliver()
    assert undelivered(bank) == []


def test_a_later_day_waits_for_an_earlier_one(
    caller: Caller, app: FastAPI, bank: Bank, party: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers at once: the one that holds the later decision is not the first to carry out."""
    monkeypatch.setattr(type(app.state.bank), "deliver", lambda _: (0, 0))
    july = [ask(caller, party, plan).json()["batch_id"] for plan in (PLAN, LATER)][-1]
    with connect(bank.url) as connection:
        later = find_batch(connection, batch_id=UUID(july))
    assert later is not None
    before = written(bank)
    with pytest.raises(OutOfOrder, match="is to be carried out first") as caught, bank.work() as work:
        carry_out_decisions(work, batch=later)
    assert (caught.value.got, caught.value.expected) == (JULY, "after that of 2005-06-30")
    assert written(bank) == before
    with pytest.raises(OutOfOrder, match="is to be carried out first"), bank.work() as work:
        answer_raises(
            work,
            party_ids=[party],
            accepted=True,
            on=date(2005, 7, 15),
            source="test",
            simulated=True,
            product="credit_card",
            rules_as_of=date(2024, 6, 30),
        )
    monkeypatch.undo()
    deliver_chain(bank)
    assert undelivered(bank) == []


def test_of_one_day_the_first_word_is_carried_out_first(
    caller: Caller, app: FastAPI, bank: Bank, party: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keep releases a frozen limit: carried out after the freeze that replaced it, it would undo that."""
    monkeypatch.setattr(type(app.state.bank), "deliver", lambda _: (0, 0))
    first, last = [UUID(ask(caller, party, PLAN).json()["batch_id"]) for _ in range(2)]
    with connect(bank.url) as connection:
        batches = {one: find_batch(connection, batch_id=one) for one in (first, last)}
    before = written(bank)
    with pytest.raises(OutOfOrder, match="made before is to be carried out first"), bank.work() as work:
        carry_out_decisions(work, batch=known(batches[last]))
    with pytest.raises(OutOfOrder, match="made before is to be carried out first"), bank.work() as work:
        answer_raises(
            work,
            party_ids=[party],
            accepted=True,
            on=date(2005, 6, 30),
            source="test",
            simulated=True,
            product="credit_card",
            rules_as_of=date(2024, 6, 30),
        )
    assert written(bank) == before
    monkeypatch.undo()
    deliver_chain(bank)
    assert undelivered(bank) == []
    with bank.work() as work:  # once carried out, in whatever order it is asked for again
        for one in (last, first):
            carry_out_decisions(work, batch=known(batches[one]))


def known(batch: DecisionBatch | None) -> DecisionBatch:
    assert batch is not None
    return batch


@pytest.fixture
def without_limit(bank: Bank, later_plan: None, party: str) -> str:
    """A customer both plans decide about, whose limit was never taken over."""
    with connect(bank.url) as connection:
        connection.execute("SET session_replication_role = replica")  # append-only, but for this
        for table in ("lend.limit_event", "lend.agreement", "lend.limit_act"):
            connection.execute(f"DELETE FROM {table} WHERE party_id = %s".encode(), [party])
        connection.commit()
    return party


def test_a_customer_without_a_limit_is_refused(caller: Caller, bank: Bank, without_limit: str) -> None:
    before = written(bank)
    for plan in (PLAN, LATER):
        refused = ask(caller, without_limit, plan)
        assert (refused.status_code, refused.json()["code"]) == (409, "out_of_order"), refused.text
        assert refused.json()["where"] == {"party": without_limit}
        assert "never taken over" in refused.json()["detail"]
    assert written(bank) == before
    assert undelivered(bank) == []
    other = decided_parties(bank.places.documents)[1]
    assert ask(caller, other, LATER).status_code == 201


def test_another_customer_is_not_concerned(caller: Caller, bank: Bank, party: str) -> None:
    assert ask(caller, party, LATER).status_code == 201
    other = decided_parties(bank.places.documents)[1]
    assert ask(caller, other, PLAN).status_code == 201
    assert undelivered(bank) == []


def test_a_case_is_not_closed_as_of_a_day_before_a_change(
    app: FastAPI, caller: Caller, bank: Bank, later_plan: None
) -> None:
    li = approver(app, "li", ["approver"])
    case = _changed_since(caller, bank)
    path = f"/v1/reviews/{case.case_id}/decisions"
    body = {"outcome": case.outcome_proposed, "limit_fen": case.limit_proposed_fen, "reason": "as advised"}
    before = written(bank)
    refused = li.post(path, {**body, "acted_on": "2005-07-01"})
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_order"), refused.text
    assert (refused.json()["got"], refused.json()["expected"]) == ("2005-07-01", f"{JULY} or later")
    assert written(bank) == before
    closed = li.post(path, {**body, "acted_on": "2005-08-01"}, name="li/branch-7/0001")
    assert (closed.status_code, closed.json()["status"]) == (201, "closed"), closed.text
    assert (
        li.post(path, {**body, "acted_on": "2005-08-01"}, name="li/branch-7/0001").content == closed.content
    )
    assert undelivered(bank) == []


def _changed_since(caller: Caller, bank: Bank) -> ReviewCase:
    """Return an open case one person may decide, about a limit that a later review has changed."""
    with connect(bank.url) as connection:
        states = find_cases(connection, closed=False)
    for case in (state.case for state in states if state.case.mandate == "one_approver"):
        ask(caller, case.party_id, LATER)  # it may be referred again, or be one the card was fitted on
        with connect(bank.url) as connection:
            last = find_limit_history(connection, party_id=case.party_id)[-1]
        if str(last.occurred_on) == JULY:
            return case
    raise AssertionError("no case is about such a limit")
