"""The payout of a joint loan over HTTP: it waits for the evidence network, and how it stands can be asked."""

from tests.service.attesting.network import joined, looked
from tests.service.http.caller import Caller
from tests.service.http.loan_requests import FACTS, agreement_body

from creditloop.service.bank import Bank


def test_it_waits_then_is_paid_out(caller: Caller, bank: Bank) -> None:
    door = joined(bank)
    agreed = caller.post("/v1/loan-agreements", agreement_body()).json()
    asked = {**agreement_body(), "facts": FACTS, "agreement_hash": agreed["agreement_hash"]}
    first = caller.post("/v1/loans", asked, name="one-request")
    assert first.status_code == 201
    told = first.json()
    assert (told["outcome"], told["loan"], told["repeated"]) == ("awaiting", None, False)
    assert told["check"]["outcome"] == "approve"
    payout = told["payout"]
    assert (payout["state"], payout["waits_for"], payout["record"]) == ("awaiting", "final_record", "pending")
    assert (payout["persons"], payout["persons_needed"], payout["over_time"]) == (0, 2, False)
    again = caller.post("/v1/loans", asked, name="one-request")
    assert again.content == first.content
    other = caller.post("/v1/loans", asked, name="other-request").json()
    assert (other["outcome"], other["repeated"], other["check"]) == ("awaiting", True, None)
    assert caller.get("/v1/loans/JJ-0001").status_code == 404
    assert caller.get("/v1/loans/JJ-0001/payout").json() == payout
    looked(bank, door)
    now = caller.get("/v1/loans/JJ-0001/payout").json()
    assert (now["state"], now["waits_for"], now["record"]) == ("paid_out", None, "final")
    assert caller.get("/v1/loans/JJ-0001").status_code == 200
    opened = caller.post("/v1/loans", asked, name="third-request").json()
    assert (opened["outcome"], opened["repeated"]) == ("approve", True)
    assert opened["loan"]["balances"]["principal_fen"] == 1_200_000
    assert bank.verify().problems == ()


def test_a_loan_that_is_nowhere_has_no_payout(caller: Caller) -> None:
    assert caller.get("/v1/loans/JJ-9999/payout").status_code == 404
