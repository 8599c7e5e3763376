"""Keys and people at the command line: made once, shown once, ended for good."""

import io

import pytest
from tests.service.cli.said import Shell

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.doors import find_person, key_of_secret, sign_in


def test_a_key_is_shown_once_and_opens_what_it_is_for(in_new_bank: Bank, shell: Shell) -> None:
    made = shell("keys create branch-office --scope decisions:read --scope cases:read --json").record
    with connect(in_new_bank.url) as connection:
        key = key_of_secret(connection, secret=str(made["key"]))
    assert (key.key_id, key.holder, key.scopes) == (
        made["key_id"],
        "branch-office",
        ("decisions:read", "cases:read"),
    )
    listed = shell("keys list --json")
    assert str(made["key"]) not in listed.out
    assert [one["key_id"] for one in listed.record["keys"]] == [made["key_id"]]  # type: ignore[attr-defined]
    ended = shell(["keys", "revoke", str(made["key_id"]), "--reason", "lost", "--json"]).record
    assert ended["reason"] == "lost"
    assert shell(["keys", "revoke", str(made["key_id"]), "--reason", "again", "--json"]).record == ended
    assert "lost" in shell("keys list").out
    assert in_new_bank.verify().problems == ()


def test_a_key_for_everything_names_every_scope(in_new_bank: Bank, shell: Shell) -> None:
    del in_new_bank
    assert "evidence:read" in shell("keys create partner").out


@pytest.mark.parametrize(
    "line",
    [
        "keys create partner --scope everything",
        "keys create 'a b'",
        "keys revoke 0123456789abcdef --reason lost",
        "people add Chen --name 陈 --role approver",
        "people add chen --name 陈 --role owner",
        "people close chen",
        "people password chen",
        "serve --port 99999",
        "serve --port none",
    ],
)
def test_what_cannot_be_is_refused(in_new_bank: Bank, shell: Shell, line: str) -> None:
    del in_new_bank
    said = shell(f"{line} --json")
    assert said.status == 2
    assert said.record["error"]


def test_a_person_with_a_password_that_is_shown_once(in_new_bank: Bank, shell: Shell) -> None:
    made = shell("people add chen --name 陈审批 --role approver --role auditor --json").record
    assert made["roles"] == "approver, auditor"
    with connect(in_new_bank.url) as connection:
        moment = in_new_bank.clock()
        session = sign_in(connection, login="chen", password=str(made["password"]), now=moment)
    assert session is not None
    assert str(made["password"]) not in shell("people list").out
    changed = shell("people password chen --json").record
    assert changed["password"] != made["password"]
    assert shell("people close chen --json").record["active"] is False
    assert "陈审批" in shell("people list").out
    assert in_new_bank.verify().problems == ()


def test_a_password_of_ones_own_is_read_and_not_shown(
    in_new_bank: Bank, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    said = shell("people add chen --name 陈 --role collector --password-stdin --json")
    assert "battery" not in said.out
    with connect(in_new_bank.url) as connection:
        assert find_person(connection, login="chen").roles == ("collector",)
        moment = in_new_bank.clock()
        assert sign_in(connection, login="chen", password="correct horse battery", now=moment) is not None
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert shell("people add wang --name 王 --role collector --password-stdin --json").status == 2


def test_lists_of_nothing_are_empty(in_new_bank: Bank, shell: Shell) -> None:
    del in_new_bank
    assert shell("keys list --json").record == {"keys": []}
    assert shell("people list --json").record == {"people": []}
