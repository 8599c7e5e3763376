"""Forms: what people do at the desk is recorded once, by whom may, and sealed."""

from collections.abc import Mapping
from datetime import date

import pytest
from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.console.loop_bank import PROPOSER
from tests.service.small_bank import LATE

from creditloop.admit import CaseState, find_case, find_cases
from creditloop.kernel.storage import connect
from creditloop.oversight import find_model_acts, find_model_findings, find_models, find_proposals
from creditloop.recover import find_contact_events
from creditloop.service.bank import Bank


@pytest.fixture
def people(loop_bank: Bank) -> Mapping[str, Browser]:
    app = application(loop_bank)
    found = {}
    for login in ("approver", "approver2", "collector", "strategist", "postloan"):
        found[login] = Browser(app)
        found[login].sign_in(login)
    return found


def waiting(bank: Bank, mandate: str) -> CaseState:
    with connect(bank.url) as connection:
        cases = find_cases(connection, closed=False)
    return next(one for one in cases if one.case.mandate == mandate)


def state(bank: Bank, case: CaseState) -> CaseState:
    with connect(bank.url) as connection:
        return find_case(connection, case_id=case.case.case_id)


def test_an_approver_signs_a_case(people: Mapping[str, Browser], loop_bank: Bank) -> None:
    case = waiting(loop_bank, "one_approver")
    path = f"/reviews/{case.case.case_id}"
    seen = people["approver"].send(people["approver"].get(f"/console{path}").form(path), reason="资料齐全")
    assert seen.status == 200
    assert "已签署并封存" in seen.text
    assert "已结案" in seen.text
    signed = state(loop_bank, case)
    assert signed.status == "closed"
    assert [(one.person, one.role, one.reason, one.simulated) for one in signed.actions] == [
        ("approver", "approver", "资料齐全", False)
    ]
    assert loop_bank.verify().problems == ()
    again = people["approver2"].get(f"/console{path}")
    assert "已结案，不能再改" in again.text


def test_a_signature_needs_a_reason_and_a_limit_that_can_be(
    people: Mapping[str, Browser], loop_bank: Bank
) -> None:
    case = waiting(loop_bank, "one_approver")
    path = f"/reviews/{case.case.case_id}"
    form = people["approver"].get(f"/console{path}").form(path)
    assert people["approver"].send(form, reason="  ").status == 400
    assert people["approver"].send(form, reason="x", outcome="gift").status == 400
    assert people["approver"].send(form, reason="x", limit="a lot").status == 400
    assert state(loop_bank, case).actions == ()


@pytest.mark.parametrize("login", ["collector", "strategist", "postloan"])
def test_others_sign_nothing(people: Mapping[str, Browser], loop_bank: Bank, login: str) -> None:
    case = waiting(loop_bank, "one_approver")
    path = f"/console/reviews/{case.case.case_id}"
    token = people[login].get("/console/").form("/sign-out")["form_token"]
    sent = {"form_token": token, "does": "sign", "outcome": "keep", "reason": "x", "limit": "1"}
    assert people[login].post(path, sent).status == 403
    assert state(loop_bank, case).actions == ()


def test_a_complaint_stops_contact_until_it_is_resolved(
    people: Mapping[str, Browser], loop_bank: Bank
) -> None:
    collector, path = people["collector"], f"/cases/{LATE}"
    seen = collector.get(f"/console{path}")
    refused = collector.send(seen.form(path, "note"), does="message", note="请还款")
    assert refused.status == 409
    for form in [one for one in seen.reader.forms if "event" in one]:
        assert "已登记并封存" in collector.send(form, does="resolved", note="已致歉并更正").text
    after = collector.get(f"/console{path}")
    assert "所有联系一律停止" not in after.text
    noted = collector.send(after.form(path, "note"), does="objection", note="对金额有异议")
    assert "所有联系一律停止" in noted.text
    with connect(loop_bank.url) as connection:
        events = find_contact_events(connection, party_id=LATE)
    assert [(one.kind.value, one.person, one.simulated) for one in events[1:]] == [
        ("resolved", "collector", False),
        ("objection", "collector", False),
    ]
    assert loop_bank.verify().problems == ()


def test_only_a_collector_notes_anything(people: Mapping[str, Browser], loop_bank: Bank) -> None:
    token = people["postloan"].get("/console/").form("/sign-out")["form_token"]
    sent = {"form_token": token, "does": "complaint", "note": "x", "key": "1"}
    assert people["postloan"].post(f"/console/cases/{LATE}", sent).status == 403
    assert people["collector"].post(f"/console/cases/{LATE}", {**sent, "does": "gift"}).status == 403


def test_what_cannot_be_noted_is_refused(people: Mapping[str, Browser]) -> None:
    collector, path = people["collector"], f"/cases/{LATE}"
    form = collector.get(f"/console{path}").form(path, "note")
    assert collector.send(form, does="gift", note="x").status == 400
    assert collector.send(form, does="resolved", event="x", note="x").status == 400
    for key in ("", "contact", "1", "-contact", "3f2504e0-4f89-41d3-9a0c-0305e82c3301-gift"):
        assert collector.send(form, does="complaint", key=key, note="x").status == 400, key
    assert collector.get("/console/cases/small_cards/nobody").status == 200
    stranger = {**form, "does": "complaint", "note": "x"}
    assert collector.post("/console/cases/small_cards/nobody", stranger).status == 404


def test_a_form_sent_twice_is_noted_once(people: Mapping[str, Browser], loop_bank: Bank) -> None:
    collector, path = people["collector"], f"/cases/{LATE}"
    seen = collector.get(f"/console{path}")
    form, solved = seen.form(path, "note"), seen.form(path, "event")
    for _ in range(2):
        assert "已登记并封存" in collector.send(solved, does="resolved", note="已致歉并更正").text
        assert "已登记并封存" in collector.send(form, does="objection", note="对金额有异议").text
    assert collector.send(form, does="objection", note="另一件事").status == 409
    with connect(loop_bank.url) as connection:
        events = find_contact_events(connection, party_id=LATE)
    assert [one.kind.value for one in events] == ["complaint", "resolved", "objection"]
    assert loop_bank.verify().problems == ()


def test_a_second_person_decides_on_a_challenger(people: Mapping[str, Browser], loop_bank: Bank) -> None:
    with connect(loop_bank.url) as connection:
        proposal = find_proposals(connection)[-1]
    path = f"/proposals/{proposal.batch_id}"
    form = people["approver"].get(f"/console{path}").form(path)
    assert people["approver"].send(form, decision="approved", reason=" ").status == 400
    seen = people["approver"].send(form, decision="approved", reason="回测支持")
    assert "已批准" in seen.text
    with connect(loop_bank.url) as connection:
        decided = find_proposals(connection)[-1]
    assert decided.approval is not None
    assert (decided.approval.approver, decided.approval.simulated) == ("approver", False)
    assert people["approver2"].send(form, decision="refused", reason="x").status == 403  # another's form
    assert loop_bank.verify().problems == ()


def test_who_proposed_decides_nothing(people: Mapping[str, Browser], loop_bank: Bank) -> None:
    with connect(loop_bank.url) as connection:
        proposal = find_proposals(connection)[-1]
    assert proposal.proposer == PROPOSER
    token = people[PROPOSER].get("/console/").form("/sign-out")["form_token"]
    sent = {"form_token": token, "decision": "approved", "reason": "mine"}
    assert people[PROPOSER].post(f"/console/proposals/{proposal.batch_id}", sent).status == 403


def test_nothing_is_posted_where_there_is_nothing_to_do(people: Mapping[str, Browser]) -> None:
    token = people["approver"].get("/console/").form("/sign-out")["form_token"]
    assert people["approver"].post("/console/customers", {"form_token": token}).status == 405


@pytest.fixture
def desk(loop_bank: Bank) -> Mapping[str, Browser]:
    """Those who act on the model of the bank."""
    app = application(loop_bank)
    found = {}
    for login in ("validator", "modeller", "strategist", "approver", "auditor"):
        found[login] = Browser(app)
        found[login].sign_in(login)
    return found


def model_path(bank: Bank) -> str:
    with connect(bank.url) as connection:
        (model,) = find_models(connection, on=date(2005, 12, 31))
    return f"/models/{model.card_hash}"


def test_a_finding_is_raised_answered_and_closed_and_the_model_signed_off(
    desk: Mapping[str, Browser], loop_bank: Bank
) -> None:
    path = model_path(loop_bank)
    form = desk["validator"].get(f"/console{path}").form(path, "severity")
    sent = {"severity": "high", "due_on": "2999-01-01", "text": "压力月份缺失"}
    assert "验证发现已登记并封存" in desk["validator"].send(form, does="find", **sent).text
    assert "验证发现已登记并封存" in desk["validator"].send(form, does="find", **sent).text, "a repeat"
    with connect(loop_bank.url) as connection:
        raised = [one for one in find_model_findings(connection) if not one.simulated]
    assert [(one.validator, one.severity, one.text) for one in raised] == [
        ("validator", "high", "压力月份缺失")
    ]
    finding = str(raised[0].batch_id)
    signs = {"does": "sign", "reason": "已阅验证报告"}
    unsigned = desk["approver"].get(f"/console{path}").form(path, "reason")
    assert desk["approver"].send(unsigned, **signs).status == 409, "a high finding is open"
    answer = desk["modeller"].get(f"/console{path}").form(path, "finding")
    assert "待验证人关闭" in desk["modeller"].send(answer, does="answer", finding=finding, text="已补充").text
    close = desk["validator"].get(f"/console{path}").form(path, "finding")
    assert "已关闭并封存" in desk["validator"].send(close, does="close", finding=finding, text="已复核").text
    signed = desk["approver"].send(unsigned, **signs)
    assert "已验收签署并封存" in signed.text
    assert "已阅验证报告" in signed.text
    live = desk["approver"].send(signed.form(path, "reason"), does="live", reason="签署在先")
    assert "模型已上线并封存" in live.text
    with connect(loop_bank.url) as connection:
        acts = [one for one in find_model_acts(connection) if not one.simulated]
        (model,) = find_models(connection, on=date.max)
    assert [(one.act, one.person) for one in acts] == [("signed_off", "approver"), ("put_live", "approver")]
    assert model.state == "live"
    assert (
        "模型已退役" in desk["approver"].send(live.form(path, "successor"), does="retire", reason="换卡").text
    )
    assert loop_bank.verify().problems == ()


@pytest.mark.parametrize(
    ("login", "fields", "status"),
    [
        ("auditor", {"does": "sign", "reason": "x"}, 403),
        ("modeller", {"does": "sign", "reason": "x"}, 403),
        ("modeller", {"does": "find", "severity": "low", "text": "x", "due_on": "2999-01-01"}, 400),
        ("validator", {"does": "find", "severity": "grave", "text": "x", "due_on": "2999-01-01"}, 400),
        ("validator", {"does": "find", "severity": "low", "text": " ", "due_on": "2999-01-01"}, 400),
        ("validator", {"does": "find", "severity": "low", "text": "x", "due_on": "soon"}, 400),
        ("approver", {"does": "sign", "reason": "  "}, 400),
        ("approver", {"does": "retire", "reason": "x", "successor": "nothing"}, 404),
        ("approver", {"does": "gift", "reason": "x"}, 400),
        ("modeller", {"does": "answer", "finding": "odd", "text": "x"}, 400),
    ],
)
def test_what_may_not_be_done_about_a_model_is_refused(
    desk: Mapping[str, Browser], loop_bank: Bank, login: str, fields: Mapping[str, str], status: int
) -> None:
    path = model_path(loop_bank)
    token = desk[login].get("/console/").form("/sign-out")["form_token"]
    assert desk[login].post(f"/console{path}", {"form_token": token, **fields}).status == status
    with connect(loop_bank.url) as connection:
        assert all(one.simulated for one in find_model_acts(connection))
        assert all(one.simulated for one in find_model_findings(connection))


def test_only_what_one_may_do_is_offered(desk: Mapping[str, Browser], loop_bank: Bank) -> None:
    path = model_path(loop_bank)
    told = {login: desk[login].get(f"/console{path}").text for login in desk}
    offered = {"登记验证发现": {"validator"}, "验收签署 理由": {"approver"}}
    for words, logins in offered.items():
        assert {login for login, text in told.items() if words in text} == logins, words
    assert "没有可办理的事项" in told["auditor"]
