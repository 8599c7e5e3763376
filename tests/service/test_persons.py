"""Who acts is a person the bank has let in and who may, or stands in a script that says so."""

import pytest
from tests.service.people import let_in

from creditloop.kernel.errors import CreditloopError, UnknownId
from creditloop.service.bank import Bank
from creditloop.service.doors import NotAllowed, close_person
from creditloop.service.persons import acting_person


def test_a_person_acts_under_their_login_and_a_script_under_its_name(small_bank: Bank) -> None:
    let_in(small_bank, "li.na", "approver")
    with small_bank.work() as work:
        for written in ("li.na", " li.na "):
            assert acting_person(work, name=written, action="decide_review", simulated=False) == "li.na"
        assert acting_person(work, name="somebody", action="decide_review", simulated=True) == "somebody"


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("nobody", UnknownId, "no person with this login"),
        ("", UnknownId, "no person with this login"),
        ("wu", NotAllowed, "none of your roles"),
        ("gone", NotAllowed, "let in no more"),
    ],
)
def test_nobody_else_acts(small_bank: Bank, name: str, error: type[CreditloopError], message: str) -> None:
    let_in(small_bank, "wu", "collector")
    let_in(small_bank, "gone", "approver")
    with small_bank.work() as work:
        close_person(work.connection, login="gone", by="test", now=work.now)
    with pytest.raises(error, match=message), small_bank.work() as work:
        acting_person(work, name=name, action="decide_review", simulated=False)
