"""`creditloop models …`: inventory, findings, sign-off, putting live, retirement, calendar, and who may."""

from collections.abc import Mapping

import pytest
from tests.service.cli.said import Shell
from tests.service.oversight_bank import FILE, write_plan
from tests.service.people import let_in

from creditloop.service.bank import Bank

NOBODY = "00000000-0000-8000-8000-000000000000"
FINDING = '--by validator_b --severity high --text "no stress" --on 2005-07-01 --due 2005-07-31'


def record(shell: Shell, line: str) -> Mapping[str, object]:
    said = shell(f"{line} --json")
    assert said.status == 0, said.out
    return said.record


def refused(shell: Shell, line: str, message: str) -> str:
    """Say that a line fails with a message; return the error's code."""
    said = shell(f"{line} --json")
    assert said.status != 0
    error = said.record["error"]
    assert isinstance(error, dict)
    assert message in str(error), error
    return str(error["code"])


@pytest.fixture
def card(shell: Shell, in_review: Bank) -> str:
    """A registered card's hash."""
    write_plan(in_review)
    return str(record(shell, f"oversee register {FILE}")["card_hash"])


def test_a_model_lives_from_its_finding_to_its_retirement(shell: Shell, card: str) -> None:
    short = card[:10]
    finding = record(shell, f"models finding {short} {FINDING} --simulated")
    assert (finding["state"], finding["due_on"], finding["simulated"]) == ("open", "2005-07-31", True)
    models = record(shell, "models list --on 2005-07-01")["models"]
    assert isinstance(models, list)
    (listed,) = models
    assert (listed["materiality"], listed["findings_open"]) == ("high", 1)
    act = '--by approver_c --reason "read" --on 2005-08-01 --simulated'
    assert refused(shell, f"models sign-off {short} {act}", "open finding of high") == "out_of_order"
    told = f'{finding["finding"]} --text "done" --on 2005-07-20 --simulated'
    assert record(shell, f"models answer {told} --by modeller_a")["state"] == "answered"
    refused(shell, f"models close {told} --by modeller_a", "its validator alone")
    assert record(shell, f"models close {told} --by validator_b")["state"] == "closed"
    assert refused(shell, f"models live {short} {act}", "only when it is signed off") == "out_of_order"
    refused(shell, f"models sign-off {short} {act.replace('approver_c', 'modeller_a')}", "than its developer")
    signed = record(shell, f"models sign-off {short} {act}")["model"]
    assert isinstance(signed, dict)
    assert (signed["state"], signed["next_review_due"]) == ("published", "2005-11-01")
    live = record(shell, f"models live {short} {act}")["model"]
    assert isinstance(live, dict)
    assert live["state"] == "live"
    days = record(shell, "models calendar --on 2005-11-15")
    assert days["overdue"] == [listed["name"]]
    retired = record(shell, f"models retire {short} {act.replace('2005-08-01', '2005-11-20')}")
    assert isinstance(retired["model"], dict)
    assert retired["model"]["state"] == "retired"
    assert record(shell, "models calendar --on 2005-12-15")["reviews"] == []
    shown = record(shell, f"models show {short} --on 2005-12-15")
    assert [one["act"] for one in shown["acts"]] == ["signed_off", "put_live", "retired"]  # type: ignore[attr-defined]
    assert [one["step"] for one in shown["findings"][0]["steps"]] == ["answered", "closed"]  # type: ignore[index]
    for line in ("list", f"show {short}", "calendar"):
        said = shell(f"models {line} --on 2005-12-15")
        assert said.status == 0
        assert all(len(row) <= 110 for row in said.out.splitlines()), said.out
    assert record(shell, "evidence verify")["problems"] == []


def test_only_persons_who_may_do_act(shell: Shell, in_review: Bank, card: str) -> None:
    for login, roles in (("validator_b", ("modeller",)), ("wu", ("collector",)), ("chen", ("approver",))):
        let_in(in_review, login, *roles)
    refused(shell, f"models finding {card} {FINDING.replace('validator_b', 'nobody')}", "no person")
    refused(shell, f"models finding {card} {FINDING.replace('validator_b', 'wu')}", "none of your roles")
    assert record(shell, f"models finding {card} {FINDING.replace('high', 'low')}")["simulated"] is False
    signs = f'models sign-off {card} --reason "read" --on 2005-08-01 --by'
    refused(shell, f"{signs} validator_b", "none of your roles")
    record(shell, f"{signs} chen")


def test_what_is_not_there_is_named(shell: Shell, card: str) -> None:
    act = "--by approver_c --reason read --on 2005-08-01 --simulated"
    refused(shell, f"models sign-off xyz {act}", "not one card")
    refused(shell, f"models live {card} {act.replace('2005-08-01', '2005-01-01')}", "not one card")
    told = "--by validator_b --text done --on 2005-08-01 --simulated"
    refused(shell, f"models close {NOBODY} {told}", "no such finding")
    refused(shell, f"models close odd {told}", "not a finding's id")
    assert "--severity" in shell("models finding --help").out
