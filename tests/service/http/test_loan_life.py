"""A loan over HTTP: agreed, opened, read, repaid, settled; once each; what is refused leaves nothing."""

import hashlib
import json
import threading
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.service.http.caller import Caller, make_key, written
from tests.service.http.loan_requests import FACTS, RETAIL, agreement_body

from creditloop.data import accesses
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_days
from creditloop.service.http import loan_states

AT_ONCE = 5
NOBODY = "/v1/loans/JJ-9999"


def agreed(caller: Caller, **other: Any) -> dict[str, Any]:
    answer = caller.post("/v1/loan-agreements", agreement_body(**other))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert isinstance(told, dict)
    return told


def ask(caller: Caller, *, name: str = "", facts: Any = FACTS, **other: Any) -> httpx.Response:
    signed = agreed(caller, **other)["agreement_hash"]
    body = {**agreement_body(**other), "facts": facts, "agreement_hash": signed}
    return caller.post("/v1/loans", body, name=name)


@pytest.fixture
def loan(caller: Caller) -> str:
    """The path of a loan that is open."""
    answer = ask(caller)
    assert answer.status_code == 201, answer.text
    return f"/v1/loans/{answer.json()['loan']['loan_id']}"


def test_a_loan_is_agreed_opened_and_read(caller: Caller, bank: Bank) -> None:
    made = agreed(caller)
    assert hashlib.sha256(made["text"].encode()).hexdigest() == made["agreement_hash"]
    assert json.loads(made["text"])["party_id"] == "small_cards/1"
    answer = ask(caller)
    assert answer.status_code == 201, answer.text
    told = loan_states.LoanOpening.model_validate_json(answer.content)
    assert (told.outcome, told.repeated) == ("approve", False)
    assert told.loan is not None
    assert told.check is not None
    assert told.check.rules == []
    assert "within_the_limit" in told.check.kept
    assert told.loan.terms.agreement_hash == made["agreement_hash"]
    assert told.loan.balances.principal_fen == RETAIL["amount_fen"]
    assert (told.loan.status, told.loan.dpd, told.loan.next_due) == ("active", 0, date(2026, 2, 5))
    path = "/v1/loans/JJ-0001"
    for suffix, model in (
        ("", loan_states.Loan),
        ("/plan", loan_states.LoanPlan),
        ("/agreement", loan_states.AgreementMade),
        ("/payoff", loan_states.Payoff),
        ("/events", loan_states.LoanEvents),
        ("/statement?from=2026-01-05&to=2026-01-05", loan_states.LoanStatement),
    ):
        read = caller.send("GET", path + suffix, headers=caller.headers)
        assert read.status_code == 200, read.text
        model.model_validate_json(read.content)
    assert caller.get(f"{path}/agreement").json()["text"] == made["text"]
    plan = caller.get(f"{path}/plan").json()
    assert plan["instalments"] == plan["agreed"]
    assert caller.get("/v1/loans", party_id="small_cards/1").json()["loans"] == ["JJ-0001"]
    with connect(bank.url) as connection:
        tables = {one.table for one in accesses(connection, party_id="small_cards/1")}
    assert tables >= {"book.loan_event", "book.loan"}
    assert bank.verify().problems == ()


def test_a_loan_is_opened_once(caller: Caller, bank: Bank) -> None:
    first = ask(caller, name="channel-0001")
    before = written(bank)
    repeat = ask(caller, name="channel-0001")
    assert (repeat.status_code, repeat.content) == (201, first.content)
    assert repeat.headers["Idempotent-Replayed"] == "true"
    other = ask(caller, name="channel-0001", amount_fen=1_100_000)
    assert (other.status_code, other.json()["code"]) == (409, "conflicting_repeat")
    again = ask(caller, name="channel-0002")
    assert (again.status_code, again.json()["repeated"], again.json()["check"]) == (201, True, None)
    assert again.json()["loan"] == first.json()["loan"]
    taken = ask(caller, name="channel-0003", amount_fen=1_100_000)
    assert (taken.status_code, taken.json()["where"]["field"]) == (409, "loan_id")
    after = written(bank)
    changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert changed.pop("data.access_log") > 0
    assert changed == {"doors.request": 1}
    assert bank.verify().problems == ()


def test_many_at_once_open_one(caller: Caller, bank: Bank) -> None:
    answers: list[httpx.Response] = []
    start = threading.Barrier(AT_ONCE)

    def run(number: int) -> None:
        start.wait()
        answers.append(ask(caller, name=f"channel-000{number}"))

    before = written(bank)
    threads = [threading.Thread(target=run, args=[number]) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * AT_ONCE, [one.text for one in answers]
    assert {answer.json()["outcome"] for answer in answers} == {"approve"}
    assert sum(answer.json()["repeated"] for answer in answers) == AT_ONCE - 1
    after = written(bank)
    assert [after[name] - before[name] for name in ("book.loan", "book.loan_event")] == [1, 1]
    assert bank.verify().problems == ()


def test_of_two_at_once_that_are_too_much_together_one_is_opened(caller: Caller, bank: Bank) -> None:
    facts = {**FACTS, "limit_fen": 2_000_000}
    answers: list[httpx.Response] = []
    start = threading.Barrier(2)

    def run(number: int) -> None:
        start.wait()
        answers.append(ask(caller, facts=facts, loan_id=f"JJ-000{number}"))

    threads = [threading.Thread(target=run, args=[number]) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.json()["outcome"] for answer in answers) == ["approve", "decline"]
    (declined,) = (answer.json() for answer in answers if answer.json()["outcome"] == "decline")
    assert declined["check"]["broken"] == ["within_the_limit"]
    assert bank.verify().problems == ()


@pytest.mark.parametrize(
    ("change", "outcome", "rule"),
    [({"dpd": 1}, "decline", "nothing_is_past_due"), ({"region": None}, "refer", "region_is_served")],
)
def test_a_drawdown_that_is_not_approved_opens_nothing(
    caller: Caller, bank: Bank, change: dict[str, Any], outcome: str, rule: str
) -> None:
    before = written(bank)
    answer = ask(caller, facts={**FACTS, **change})
    told = answer.json()
    assert (answer.status_code, told["outcome"], told["loan"]) == (201, outcome, None)
    assert rule in told["check"]["broken"] + told["check"]["unknown"]
    after = written(bank)
    assert [name for name in after if name.startswith("book.") and after[name] != before[name]] == []


def test_what_was_signed_must_be_what_is_opened(caller: Caller, bank: Bank) -> None:
    signed = agreed(caller)["agreement_hash"]
    file = bank.places.documents / "policies/retail_line/lend/product.yaml"
    file.write_text(file.read_text("utf-8") + "# changed meanwhile\n", "utf-8")
    before = written(bank)
    answer = caller.post("/v1/loans", {**agreement_body(), "facts": FACTS, "agreement_hash": signed})
    assert (answer.status_code, answer.json()["code"]) == (409, "state")
    assert answer.json()["where"] == {"field": "agreement_hash"}
    assert written(bank) == before


def test_a_payment_is_booked_once_whatever_it_is_called(caller: Caller, bank: Bank, loan: str) -> None:
    body = {"payment_id": "P-1", "amount_fen": 50_000}
    first = caller.post(f"{loan}/repayments", body, name="channel-0001")
    told = loan_states.PaymentReceipt.model_validate_json(first.content)
    assert (first.status_code, told.repeated, told.kind, told.sequence) == (201, False, "repaid", 2)
    assert told.value_date == told.booked_on == date(2026, 1, 5)
    settled = told.settled
    assert settled.principal_fen + settled.interest_fen + told.overpaid_fen == 50_000
    assert sum(line.amount_fen for line in told.lines) == 50_000 - told.overpaid_fen
    assert caller.post(f"{loan}/repayments", body, name="channel-0001").content == first.content
    again = caller.post(f"{loan}/repayments", body, name="channel-0002").json()
    assert again == {**first.json(), "repeated": True}
    for other in ({**body, "amount_fen": 50_001}, {**body, "payment_id": "pay-out"}):
        answer = caller.post(f"{loan}/repayments", other)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflicting_repeat")
    early = caller.post(f"{loan}/prepayments", body)
    assert (early.status_code, early.json()["code"]) == (409, "conflicting_repeat")
    assert [one["event_id"] for one in caller.get(f"{loan}/events").json()["events"]] == ["pay-out", "P-1"]
    assert bank.verify().problems == ()


def test_the_payoff_settles_the_loan_and_the_statement_adds_up(
    caller: Caller, bank: Bank, loan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank.clock, "at", datetime(2026, 1, 20, 2, tzinfo=UTC))  # one clock for all copies
    payoff = caller.get(f"{loan}/payoff").json()
    assert (payoff["on"], payoff["parts"]["principal_fen"]) == ("2026-01-20", RETAIL["amount_fen"])
    assert payoff["parts"]["interest_fen"] == 5_400, "15 days of 10.8 % a year of 360 days"
    body = {"payment_id": "P-1", "amount_fen": payoff["total_fen"]}
    told = caller.post(f"{loan}/prepayments", body).json()
    assert (told["status"], told["overpaid_fen"]) == ("closed", 0)
    assert sum(told["owed_after"].values()) == 0
    seen = caller.get(loan).json()
    assert (seen["status"], seen["next_due"], sum(seen["owed"].values())) == ("closed", None, 0)
    statement = caller.get(f"{loan}/statement", **{"from": "2026-01-05", "to": "2026-01-20"}).json()
    for part in ("principal_fen", "interest_fen", "fee_fen", "penalty_fen", "overpaid_fen"):
        moved = sum(entry["moved"][part] for entry in statement["entries"])
        opening, accrued = statement["opening"][part], statement["accrued"][part]
        assert opening + moved + accrued == statement["closing"][part] == 0
    for entry in caller.get(f"{loan}/events").json()["events"]:
        assert sum(leg["amount_fen"] for leg in entry["legs"]) == 0


def test_after_the_close_the_next_day_is_booked_on(caller: Caller, bank: Bank, loan: str) -> None:
    list(close_days(bank, through=date(2026, 1, 5)))
    told = caller.post(f"{loan}/repayments", {"payment_id": "P-1", "amount_fen": 1000}).json()
    assert (told["value_date"], told["booked_on"]) == ("2026-01-06", "2026-01-06")
    assert caller.get(loan).json()["last_close"]["classification"] == "normal"


BAD: tuple[tuple[str, str, dict[str, Any] | None, int, str], ...] = (
    ("GET", NOBODY, None, 404, "JJ-9999"),
    ("GET", f"{NOBODY}/plan", None, 404, "JJ-9999"),
    ("GET", f"{NOBODY}/agreement", None, 404, "JJ-9999"),
    ("GET", f"{NOBODY}/payoff", None, 404, "JJ-9999"),
    ("GET", f"{NOBODY}/events", None, 404, "JJ-9999"),
    ("GET", f"{NOBODY}/statement?from=2026-01-05&to=2026-01-05", None, 404, "JJ-9999"),
    ("POST", f"{NOBODY}/repayments", {"payment_id": "P-9", "amount_fen": 1}, 404, "JJ-9999"),
    ("POST", f"{NOBODY}/prepayments", {"payment_id": "P-9", "amount_fen": 1}, 404, "JJ-9999"),
    ("GET", "LOAN?on=2026-01-04", None, 422, '"field":"on"'),
    ("GET", "LOAN?on=2026-01-06", None, 422, '"field":"on"'),
    ("GET", "LOAN?on=tomorrow", None, 422, "on"),
    ("GET", "LOAN/payoff?on=2026-01-04", None, 422, '"field":"on"'),
    ("GET", "LOAN/payoff?on=2036-01-04", None, 422, '"field":"on"'),
    ("GET", "LOAN/statement", None, 422, "from"),
    ("GET", "LOAN/statement?from=2026-01-06&to=2026-01-05", None, 422, '"field":"from"'),
    ("GET", "LOAN/statement?from=2026-01-05&to=2026-01-06", None, 422, '"field":"to"'),
    ("GET", "LOAN/statement?from=2026-01-05&to=2026-01-05&by=day", None, 422, "by"),
    ("GET", "/v1/loans", None, 422, "party_id"),
    ("POST", "LOAN/repayments", {"payment_id": "P-9", "amount_fen": 0}, 422, "amount_fen"),
    ("POST", "LOAN/repayments", {"payment_id": "P-9", "amount_fen": 0.5}, 422, "amount_fen"),
    ("POST", "LOAN/repayments", {"payment_id": "", "amount_fen": 1}, 422, "payment_id"),
    ("POST", "LOAN/repayments", {"payment_id": "a b", "amount_fen": 1}, 422, "payment_id"),
    ("POST", "LOAN/repayments", {"amount_fen": 1}, 422, "payment_id"),
    ("POST", "LOAN/repayments", {"payment_id": "P-9", "amount_fen": 1, "value_date": "2026-01-06"}, 422,
     '"field":"value_date"'),
    ("POST", "LOAN/repayments", {"payment_id": "P-9", "amount_fen": 1, "value_date": "2026-01-04"}, 422,
     '"field":"value_date"'),
    ("POST", "LOAN/repayments", {"payment_id": "P-9", "amount_fen": 1, "keep": "count"}, 422, "keep"),
    ("POST", "LOAN/prepayments", {"payment_id": "P-9", "amount_fen": 9_999}, 422, '"field":"amount_fen"'),
    ("POST", "LOAN/prepayments", {"payment_id": "P-9", "amount_fen": 10_000, "keep": "all"}, 422, "keep"),
    ("POST", "/v1/loan-agreements", agreement_body("a/b"), 422, "loan_id"),
    ("POST", "/v1/loan-agreements", agreement_body(party_id=""), 422, "party_id"),
    ("POST", "/v1/loan-agreements", agreement_body(product="gold_loan"), 404, "gold_loan"),
    ("POST", "/v1/loans", agreement_body("JJ-0002"), 422, "facts"),
    ("POST", "/v1/loans", {**agreement_body("JJ-0002"), "facts": FACTS, "agreement_hash": "x"}, 422,
     "agreement_hash"),
    ("POST", "/v1/loans", {**agreement_body("JJ-0002"), "facts": FACTS, "agreement_hash": "0" * 64}, 409,
     "agreement_hash"),
    ("POST", "/v1/loans",
     {**agreement_body("JJ-0002", start="2026-01-06"), "facts": FACTS, "agreement_hash": "0" * 64}, 422,
     '"field":"start"'),
    ("POST", "/v1/loans",
     {**agreement_body("JJ-0002", start="2020-01-06"), "facts": FACTS, "agreement_hash": "0" * 64}, 422,
     '"field":"start"'),
)  # fmt: skip


def test_every_bad_request_is_answered_rightly_and_leaves_nothing(
    caller: Caller, bank: Bank, loan: str
) -> None:
    wrong = []
    before = written(bank)
    for method, path, body, status, named in BAD:
        where = path.replace("LOAN", loan, 1)
        if body is None:
            answer = caller.send(method, where, headers=caller.headers)
        else:
            answer = caller.post(where, body)
        if answer.status_code != status or named not in answer.text:
            wrong.append(f"{method} {path} {body}: {answer.status_code} {answer.text}")
        if written(bank) != before:
            wrong.append(f"{method} {path} {body} left something behind")
            before = written(bank)
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_key_for_something_else_opens_no_loan(app: FastAPI, caller: Caller, loan: str) -> None:
    other = Caller(app, secret=make_key(app.state.bank, ["cases:read"]).secret)
    for answer in (
        other.get(loan),
        other.post("/v1/loan-agreements", agreement_body()),
        other.post(f"{loan}/repayments", {"payment_id": "P-1", "amount_fen": 1}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
