"""What is read over HTTP is what the rooms say, and each read of a person is logged and sealed."""

from datetime import date

import pytest
from fastapi import FastAPI
from tests.service.http.caller import Caller, Key, make_key, written
from tests.service.small_bank import CONTRACT, CUSTOMERS

from creditloop import __version__
from creditloop.admit import find_cases as find_review_cases
from creditloop.data import accesses
from creditloop.evidence import check_proof, proof_from_text
from creditloop.kernel.storage import connect
from creditloop.monitor import find_runs, find_verdict, find_warning_runs, find_warnings
from creditloop.recover import queue
from creditloop.service.bank import Bank
from creditloop.service.doors import SCOPES

LATE = f"{CONTRACT}/4"
LAST = date(2005, 9, 30)
READS = {
    f"/v1/customers/{LATE}": "customers:read",
    f"/v1/customers/{LATE}/balances": "customers:read",
    "/v1/warnings": "warnings:read",
    "/v1/cases": "cases:read",
    "/v1/reviews": "reviews:read",
    "/v1/evidence/checkpoint": "evidence:read",
}


def test_health_needs_no_key_and_tells_nothing(app: FastAPI) -> None:
    answer = Caller(app, secret=None).get("/v1/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": __version__})


def test_a_customer(caller: Caller, bank: Bank) -> None:
    told = caller.get(f"/v1/customers/{LATE}").json()
    with connect(bank.url) as connection:
        run = find_runs(connection)[-1]
        verdict = find_verdict(connection, batch_id=run.batch_id, party_id=LATE)
    classification = told["classification"]
    for name in ("owed_fen", "months_late", "bucket", "bank_class", "bank_rule"):
        assert classification[name] == verdict[name], name
    assert classification["business_date"] == str(LAST)
    assert classification["five_tier_policy"] == run.five_tier_policy_hash
    assert told["limit"]["limit_fen"] == 10_000_00
    assert told["limit"]["consumed_fen"] == verdict["owed_fen"] == 7_800_00
    assert told["warning"]["level"] == "alert"
    assert told["case"] in {one["case_id"] for one in caller.get("/v1/cases").json()["cases"]}


def test_what_is_not_known_of_a_customer_is_null(caller: Caller) -> None:
    told = caller.get(f"/v1/customers/{CONTRACT}/2").json()
    assert told["classification"]["bank_class"] == "no_exposure"
    assert told["case"] is None


def test_an_encoded_slash_names_the_same_customer(caller: Caller) -> None:
    plain = caller.get(f"/v1/customers/{LATE}/balances")
    encoded = caller.get(f"/v1/customers/{LATE.replace('/', '%2F')}/balances")
    assert plain.content == encoded.content


def test_balances_add_up_on_every_day(caller: Caller) -> None:
    whole = caller.get(f"/v1/customers/{LATE}/balances").json()
    assert (whole["as_of"], whole["owed_fen"], whole["currency"]) == (str(LAST), 7_800_00, "TWD")
    for event in whole["events"]:
        then = caller.get(f"/v1/customers/{LATE}/balances", as_of=event["value_date"]).json()
        assert sum(one["amount_fen"] for one in then["events"]) == then["owed_fen"]
        assert sum(one["balance_fen"] for one in then["accounts"]) == then["owed_fen"]
        assert then["events"] == [one for one in whole["events"] if one["value_date"] <= event["value_date"]]
    before = caller.get(f"/v1/customers/{LATE}/balances", as_of="2005-01-01").json()
    assert (before["owed_fen"], before["events"], before["currency"]) == (0, [], "TWD")


def test_warnings_of_a_month_by_level_and_page(caller: Caller, bank: Bank) -> None:
    with connect(bank.url) as connection:
        run = find_warning_runs(connection)[-1]
        rows = find_warnings(connection, batch_id=run.batch_id)
    told = caller.get("/v1/warnings").json()
    assert (told["business_date"], told["evaluated"], told["policy"]) == (
        str(LAST),
        CUSTOMERS,
        run.versions.policy_hash,
    )
    assert [one["party_id"] for one in told["warnings"]] == [row.party_id for row in rows]
    alerts = caller.get("/v1/warnings", on=str(LAST), level="alert").json()["warnings"]
    assert {one["level"] for one in alerts} == {"alert"}
    second = caller.get("/v1/warnings", limit=1, skip=1).json()["warnings"]
    assert [one["party_id"] for one in second] == [rows[1].party_id]


def test_the_collection_queue(caller: Caller, bank: Bank) -> None:
    with connect(bank.url) as connection:
        expected = queue(connection, on=LAST)
    told = caller.get("/v1/cases").json()
    assert told["on"] == str(LAST)
    assert [one["case_id"] for one in told["cases"]] == expected["case_id"].to_list()
    agency = caller.get("/v1/cases", route="agency", on=str(LAST)).json()["cases"]
    assert [one["party_id"] for one in agency] == [LATE]
    assert caller.get("/v1/cases", on="2005-04-30").json()["cases"] == []


def test_the_queue_of_manual_review(caller: Caller, bank: Bank) -> None:
    with connect(bank.url) as connection:
        expected = find_review_cases(connection)
    told = caller.get("/v1/reviews").json()["cases"]
    assert [one["case_id"] for one in told] == [str(state.case.case_id) for state in expected]
    assert {one["status"] for one in told} == {"open"}
    assert caller.get("/v1/reviews", status="closed").json()["cases"] == []
    assert len(caller.get("/v1/reviews", status="open", limit=1).json()["cases"]) == 1


def test_a_proof_is_checked_by_the_key_alone(caller: Caller, bank: Bank) -> None:
    with connect(bank.url) as connection:
        batch, row = connection.execute(
            "SELECT batch_id, row_no FROM book.event WHERE party_id = %s AND sequence = 3", [LATE]
        ).fetchone() or (None, None)
    told = caller.get("/v1/evidence/proof", table="book.event", batch_id=batch, row_no=row).json()
    proven = check_proof(
        proof_from_text(told["proof"]), verifier_key=bank.evidence.verifier_key_path.read_text("utf-8")
    )
    assert (proven.values["party_id"], proven.row_no) == (LATE, row)
    assert (told["table"], told["batch_id"]) == ("book.event", str(batch))


def test_the_checkpoint_is_the_last_one_signed(caller: Caller, bank: Bank) -> None:
    told = caller.get("/v1/evidence/checkpoint").json()["checkpoint"]
    assert told == bank.evidence.checkpoint_path.read_text("utf-8")


@pytest.mark.parametrize("table", ["doors.person", "doors.api_key", "source.small_cards_customer"])
def test_secrets_and_source_rows_are_not_proven_over_the_network(caller: Caller, table: str) -> None:
    batch = "00000000-0000-8000-8000-000000000000"
    told = caller.get("/v1/evidence/proof", table=table, batch_id=batch, row_no=0)
    assert told.status_code == 422
    assert told.json()["detail"].startswith("rows of this table are not proven over the network")


@pytest.mark.parametrize("path", [path for path in READS if "evidence" not in path])
def test_every_read_of_a_person_is_logged_under_the_keys_holder(
    app: FastAPI, caller: Caller, bank: Bank, key: Key, path: str
) -> None:
    with connect(bank.url) as connection:
        before = len(accesses(connection))
    assert caller.get(path).status_code == 200
    with connect(bank.url) as connection:
        logged = accesses(connection)[before:]
    assert logged
    assert {(one.reader, one.allowed) for one in logged} == {("api:branch-office", True)}
    assert all(one.reason.endswith(f"with key {key.key_id}") for one in logged)
    assert all(LATE not in one.reason for one in logged), "the reason names the route, not the person"
    if "/customers/" in path:
        with connect(bank.url) as connection:
            assert set(logged) <= set(accesses(connection, party_id=LATE))
    app.state.bank.settle()
    verification = bank.verify()
    assert (verification.problems, verification.open_entries) == ((), 0)


@pytest.mark.parametrize(("path", "scope"), READS.items())
def test_each_route_opens_for_its_scope_alone(app: FastAPI, path: str, scope: str) -> None:
    right = make_key(app.state.bank, [scope])
    wrong = make_key(app.state.bank, [one for one in SCOPES if one != scope])
    assert Caller(app, secret=right.secret).get(path).status_code == 200
    before = written(app.state.bank)
    refused = Caller(app, secret=wrong.secret).get(path)
    assert (refused.status_code, refused.json()["code"], refused.json()["expected"]) == (
        403,
        "not_allowed",
        scope,
    )
    assert written(app.state.bank) == before
