"""What is asked for once is done once: the first answer is the only one, however often it is asked for."""

import json
import threading
import uuid
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.service.http.caller import Caller, approver, make_key, written
from tests.service.http.deciding_bank import PLAN, decided_parties
from tests.service.small_bank import CONTRACT

from creditloop.admit import find_decision, find_decisions
from creditloop.data import accesses
from creditloop.kernel.storage import connect
from creditloop.recover import find_contact_events
from creditloop.service.bank import Bank
from creditloop.service.doors import revoke_key

LATE = f"{CONTRACT}/4"
AT_ONCE = 6


def ask(caller: Caller, party: str, *, name: str = "") -> httpx.Response:
    return caller.post("/v1/decisions", {"plan": PLAN, "party_id": party}, name=name or str(uuid.uuid4()))


@pytest.fixture
def party(bank: Bank) -> str:
    """A customer whom the plan decides about."""
    return decided_parties(bank.places.documents)[0]


def test_a_decision_comes_with_its_working(caller: Caller, bank: Bank, party: str) -> None:
    answer = ask(caller, party)
    assert answer.status_code == 201
    told = answer.json()
    with connect(bank.url) as connection:
        kept = find_decision(connection, decision_id=uuid.UUID(told["decision_id"]))
    for name in ("party_id", "score", "pd_nano", "outcome", "grade", "limit_proposed_fen", "rule"):
        assert told[name] == kept.said[name], name
    assert told["reasons"] == json.loads(str(kept.said["reasons"]))
    assert told["working"]["values"] == json.loads(str(kept.said["inputs"]))
    parts = told["working"]["score"]["parts"]
    assert told["working"]["score"]["base"] + sum(part["points"] for part in parts) == told["score"]
    policy = told["working"]["policy"]
    assert policy["decided_by"] == ["outcome", told["rule"]]
    assert policy["outputs"]["outcome"] == told["outcome"]
    assert {entry["code"] for entry in policy["ranked"]} == {entry["code"] for entry in policy["reasons"]}
    assert (policy["sources"], policy["cost_fen"]) == ([], 0)
    assert all(table["reached"] for table in policy["tables"])
    codes = {reason["code"] for table in told["working"]["policy"]["tables"] for reason in table["reasons"]}
    assert codes == set(told["reasons"])
    again = caller.get(f"/v1/decisions/{told['decision_id']}")
    assert (again.status_code, again.content) == (200, answer.content)


def test_a_repeat_gets_the_first_bytes_and_writes_only_its_log(
    caller: Caller, bank: Bank, party: str
) -> None:
    first = ask(caller, party, name="branch-7/0001")
    before = written(bank)
    repeat = caller.post(
        "/v1/decisions",
        b'{ "party_id": "%s",\n "plan": "%s" }' % (party.encode(), PLAN.encode()),
        name="branch-7/0001",
    )
    assert (repeat.status_code, repeat.content) == (first.status_code, first.content)
    assert repeat.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    after = written(bank)
    assert {name for name in after if after[name] != before[name]} == {"data.access_log"}
    assert bank.verify().problems == ()


def test_another_request_of_the_same_name_is_refused(caller: Caller, bank: Bank, party: str) -> None:
    first = ask(caller, party, name="branch-7/0001")
    before = written(bank)
    other = ask(caller, decided_parties(bank.places.documents)[1], name="branch-7/0001")
    assert (other.status_code, other.json()["code"]) == (409, "conflicting_repeat")
    assert other.json()["where"] == {"header": "Idempotency-Key"}
    assert written(bank) == before
    assert ask(caller, party, name="branch-7/0001").content == first.content


def test_two_callers_may_use_one_name(caller: Caller, app: FastAPI, party: str) -> None:
    other = Caller(app, secret=make_key(app.state.bank, holder="partner").secret)
    one, two = ask(caller, party, name="branch-7/0001"), ask(other, party, name="branch-7/0001")
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["decision_id"] != two.json()["decision_id"]
    assert one.json()["working"] == two.json()["working"]


def test_many_at_once_are_one(caller: Caller, bank: Bank, party: str) -> None:
    answers: list[httpx.Response] = []
    start = threading.Barrier(AT_ONCE)

    def run() -> None:
        start.wait()
        answers.append(ask(caller, party, name="branch-7/0001"))

    before = written(bank)
    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    after = written(bank)
    assert after["admit.decision"] == before["admit.decision"] + 1
    assert after["doors.request"] == before["doors.request"] + 1
    assert bank.verify().problems == ()


def test_what_failed_may_be_tried_again_under_its_name(caller: Caller, bank: Bank, party: str) -> None:
    plan = bank.places.documents / "review.yaml"
    aside = plan.rename(plan.with_suffix(".aside"))
    refused = ask(caller, party, name="branch-7/0001")
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_id")
    aside.rename(plan)
    assert ask(caller, party, name="branch-7/0001").status_code == 201


def test_a_plan_that_is_broken_is_the_banks_own_trouble(caller: Caller, bank: Bank, party: str) -> None:
    plan = bank.places.documents / "review.yaml"
    plan.write_text(plan.read_text("utf-8").replace("as_of: 2005-06-30", "as_of: never"), "utf-8")
    before = written(bank)
    answer = ask(caller, party)
    assert (answer.status_code, answer.json()["code"]) == (500, "policy")
    assert set(answer.json()) == {"type", "title", "status", "code", "detail", "instance"}
    assert written(bank) == before


def test_the_decision_is_logged_as_read_by_the_keys_holder(caller: Caller, bank: Bank, party: str) -> None:
    ask(caller, party)
    with connect(bank.url) as connection:
        readers = {one.reader for one in accesses(connection, party_id=party)}
    assert "api:branch-office" in readers


def test_a_complaint_stops_contact(caller: Caller, bank: Bank) -> None:
    case = caller.get(f"/v1/customers/{LATE}").json()["case"]
    body = {"kind": "complaint", "note": "夜间来电", "at": "2005-09-30T10:00:00+08:00"}
    answer = caller.post(f"/v1/cases/{case}/complaints", body)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["party_id"], told["kind"], told["on_day"]) == (LATE, "complaint", "2005-09-30")
    assert (told["person"], told["simulated"]) == ("api:branch-office", False)
    with connect(bank.url) as connection:
        (event,) = find_contact_events(connection, party_id=LATE)
    assert (str(event.event_id), event.note) == (told["event_id"], "夜间来电")
    stopped = {one["case_id"]: one["stopped"] for one in caller.get("/v1/cases").json()["cases"]}
    assert stopped[case] is True
    assert sum(stopped.values()) == 1
    assert bank.verify().problems == ()


def test_a_complaint_is_of_now_if_nothing_is_said(caller: Caller) -> None:
    case = caller.get(f"/v1/customers/{LATE}").json()["case"]
    told = caller.post(f"/v1/cases/{case}/complaints", {"kind": "objection", "note": "金额不符"}).json()
    assert told["on_day"].startswith("2026-01-05")


def ruling(**other: Any) -> dict[str, Any]:
    return {
        "outcome": "keep",
        "reason": "收入证明已核",
        "acted_on": "2005-07-01",
        "limit_fen": 4_000_000,
    } | other


def test_a_person_decides_a_case_under_a_key_of_their_own(caller: Caller, app: FastAPI, bank: Bank) -> None:
    chen = approver(app, "chen", ["approver"])
    case = next(one for one in caller.get("/v1/reviews").json()["cases"] if one["limit_fen"] == 4_000_000)
    answer = chen.post(f"/v1/reviews/{case['case_id']}/decisions", ruling(), name="chen-0001")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["status"], told["outcome"], told["simulated"]) == ("closed", "keep", False)
    assert [(one["person"], one["role"], one["reason"]) for one in told["actions"]] == [
        ("chen", "approver", "收入证明已核")
    ]
    repeat = chen.post(f"/v1/reviews/{case['case_id']}/decisions", ruling(), name="chen-0001")
    assert repeat.content == answer.content
    late = chen.post(f"/v1/reviews/{case['case_id']}/decisions", ruling(outcome="freeze"))
    assert (late.status_code, late.json()["code"]) == (409, "out_of_order")
    assert bank.verify().problems == ()


@pytest.mark.parametrize("roles", [["collector"], ["admin", "auditor"]])
def test_only_who_may_decide_decides(caller: Caller, app: FastAPI, roles: list[str]) -> None:
    wang = approver(app, "wang", roles)
    case = caller.get("/v1/reviews").json()["cases"][0]["case_id"]
    before = written(app.state.bank)
    for somebody in (wang, caller):  # the other key's holder is no person at all
        answer = somebody.post(f"/v1/reviews/{case}/decisions", ruling())
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert written(app.state.bank) == before


def test_a_revoked_key_opens_nothing_more(caller: Caller, app: FastAPI, party: str) -> None:
    key = make_key(app.state.bank)
    somebody = Caller(app, secret=key.secret)
    first = ask(somebody, party, name="branch-7/0001")
    assert first.status_code == 201
    with app.state.bank.work() as work:
        ended = revoke_key(work.connection, key_id=key.key_id, reason="lost", by="test", now=work.now)
        work.recorded(ended.batch_id)
    before = written(app.state.bank)
    for answer in (ask(somebody, party, name="branch-7/0001"), somebody.get("/v1/cases")):
        assert (answer.status_code, answer.json()["detail"]) == (401, "this key was revoked")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert written(app.state.bank) == before


def test_a_decision_on_request_is_among_the_customers(caller: Caller, bank: Bank, party: str) -> None:
    asked = ask(caller, party).json()["decision_id"]
    assert asked in caller.get(f"/v1/customers/{party}").json()["decisions"]
    with connect(bank.url) as connection:
        assert str(find_decisions(connection, party_id=party)[-1].decision_id) == asked
