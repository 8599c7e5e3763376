"""What a purpose may not see is hidden, by the contract of the very batch; what none declares is hidden."""

from pathlib import Path
from uuid import uuid4

import pytest

from creditloop.data import imports
from creditloop.kernel.storage import AppendOnlyTable
from creditloop.service.bank import Bank
from creditloop.service.console.rows import find_table
from creditloop.service.console.source_rows import hidden_columns
from creditloop.service.console.visit import Visit
from creditloop.service.console.words import Words
from creditloop.service.doors import find_people
from creditloop.service.work import Work

PROTECTED = {"sex", "education", "marriage"}
PLACE = {"batch_id", "row_no"}


def visit_of(bank: Bank, work: Work, login: str) -> Visit:
    person = next(one for one in find_people(work.connection) if one.login == login)
    return Visit(
        bank=bank,
        person=person,
        words=Words(language="zh"),
        base="/console",
        screen="records",
        here="/",
        path={},
        query={},
        form={},
    )


def hidden(bank: Bank, login: str, table: str, batch: object = None) -> frozenset[str]:
    with bank.work() as work:
        found = find_table(work.connection, table)
        batch_ids = [batch or imports(work.connection)[-1].batch_id]
        return hidden_columns(visit_of(bank, work, login), work, found, batch_ids=batch_ids, party_id=None)  # type: ignore[list-item]


@pytest.mark.parametrize(("login", "sees"), [("auditor", True), ("collector", False), ("approver", False)])
def test_what_is_hidden_goes_by_the_purpose(loop_once: tuple[Path, Bank], login: str, sees: bool) -> None:
    found = hidden(loop_once[1], login, "source.small_cards_customer")
    assert (found & PROTECTED == set()) is sees
    assert not found & PLACE


def test_a_batch_without_a_contract_is_hidden_whole(loop_once: tuple[Path, Bank]) -> None:
    table = "source.small_cards_customer"
    found = hidden(loop_once[1], "auditor", table, uuid4())
    with loop_once[1].work() as work:
        assert found == set(find_table(work.connection, table).columns) - PLACE


def test_a_table_the_contract_does_not_know_is_hidden_whole(loop_once: tuple[Path, Bank]) -> None:
    bank = loop_once[1]
    stray = AppendOnlyTable(
        name="source.small_cards_stray",
        key=("party_id",),
        columns=("batch_id", "row_no", "party_id", "secret"),
    )
    with bank.work() as work:
        batch_id = imports(work.connection)[-1].batch_id
        found = hidden_columns(
            visit_of(bank, work, "auditor"), work, stray, batch_ids=[batch_id], party_id=None
        )
    assert found == {"party_id", "secret"}


def test_of_our_own_tables_nothing_is_hidden(loop_once: tuple[Path, Bank]) -> None:
    assert hidden(loop_once[1], "collector", "monitor.classification") == set()
