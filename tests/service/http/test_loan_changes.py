"""Changes of a loan over HTTP: booked once with their reason, undone, refused by the field that is wrong."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.service.http.caller import Caller, make_key
from tests.service.http.loan_requests import FACTS, agreement_body

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.loans import SERVICING_KINDS

LOAN = "/v1/loans/JJ-0001"
FEE = {"amount": 20_00, "part": "fee", "due": "2026-01-05"}


@pytest.fixture(autouse=True)
def _opened(caller: Caller) -> None:
    signed = caller.post("/v1/loan-agreements", agreement_body()).json()["agreement_hash"]
    answer = caller.post("/v1/loans", {**agreement_body(), "facts": FACTS, "agreement_hash": signed})
    assert answer.status_code == 201, answer.text


def change(
    caller: Caller, kind: str, details: Mapping[str, Any], *, event_id: str = "V-1", **more: Any
) -> httpx.Response:
    body = {"event_id": event_id, "kind": kind, "details": dict(details), "reason": "as agreed", **more}
    return caller.post(f"{LOAN}/events", body)


def test_a_charge_is_owed_and_undone_as_if_it_had_never_been(caller: Caller, bank: Bank) -> None:
    before = caller.get(LOAN).json()["balances"]
    charged = change(caller, "charged", FEE)
    assert charged.status_code == 201, charged.text
    told = charged.json()
    assert (told["kind"], told["owed_after"]["fee_fen"], told["repeated"]) == ("charged", 20_00, False)
    assert sum(leg["amount_fen"] for leg in told["legs"]) == 0
    undone = change(caller, "reversed", {"event_id": "V-1"}, event_id="V-2").json()
    assert undone["owed_after"]["fee_fen"] == 0
    assert caller.get(LOAN).json()["balances"] == before
    with connect(bank.url) as connection:
        said = connection.execute("SELECT payload FROM kernel.fact WHERE kind = 'LoanChanged'").fetchall()
    facts = [one if isinstance(one, dict) else json.loads(one) for (one,) in said]
    assert {(one["event"], one["by"], one["reason"]) for one in facts} == {
        ("V-1", "branch-office", "as agreed"),
        ("V-2", "branch-office", "as agreed"),
    }
    assert bank.verify().problems == ()


def test_the_same_change_again_is_the_first_result(caller: Caller) -> None:
    first, again = change(caller, "charged", FEE).json(), change(caller, "charged", FEE).json()
    assert (first.pop("repeated"), again.pop("repeated")) == (False, True)
    assert again == first
    other = change(caller, "charged", {**FEE, "amount": 30_00})
    assert (other.status_code, other.json()["code"]) == (409, "conflicting_repeat")


def test_new_terms_change_the_plan(caller: Caller) -> None:
    details = {"first_due": "2026-03-05", "cycle": {"months": 1}, "count": 6, "rate": "0.06"}
    assert change(caller, "restructured", details).status_code == 201
    plan = caller.get(f"{LOAN}/plan").json()["instalments"]
    assert [row["due"] for row in plan][-6:] == [f"2026-0{month}-05" for month in range(3, 9)]


@pytest.mark.parametrize(
    ("kind", "details", "status", "words"),
    [
        ("repaid", {"amount": 1}, 422, "kind"),
        ("charged", {}, 422, "amount"),
        ("charged", {**FEE, "amount": "much"}, 422, "details.charged.amount"),
        ("charged", {**FEE, "part": "tip"}, 422, "details.charged.part"),
        ("charged", {**FEE, "colour": "red"}, 422, "colour"),
        ("charged", {**FEE, "amount": -5}, 422, "not positive"),
        ("charged", {**FEE, "booked_on": "2025-01-05"}, 422, "details.booked_on"),
        ("rate_reset", {"rate": "high"}, 422, "details.rate_reset.rate"),
        ("reversed", {"event_id": "nothing"}, 404, "nothing"),
        ("due_dates_moved", {"moves": [["2026-01-06", "2026-01-07"]]}, 422, "no instalment is due"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    caller: Caller, bank: Bank, kind: str, details: Mapping[str, Any], status: int, words: str
) -> None:
    answer = change(caller, kind, details)
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert len(caller.get(f"{LOAN}/events").json()["events"]) == 1
    assert bank.verify().problems == ()


def test_a_key_for_payments_is_not_one_for_changes(app: FastAPI, bank: Bank) -> None:
    key = make_key(bank, scopes=["loans:read", "loans:write"], holder="channel")
    answer = change(Caller(app, secret=key.secret), "written_off", {})
    assert answer.status_code == 403


def test_every_kind_but_money_and_income_is_a_change() -> None:
    assert set(SERVICING_KINDS).isdisjoint({"disbursed", "repaid", "prepaid", "accrued"})
    assert {"reversed", "written_off", "waived", "charged_back"} < set(SERVICING_KINDS)
