"""What a contract allows is worked out once for a request, and never for another contract's."""

from collections.abc import Sequence
from dataclasses import replace

import loan_source as source
import pytest

from creditloop.data.admission import Admission, Asked, DeniedError, admission
from creditloop.data.contracts import Contract

CONTRACT = source.contract()


def admitted(
    contract: Contract = CONTRACT,
    *,
    columns: Sequence[str] = ("party_id", "balance_fen"),
    purpose: str = "display",
    by_party: bool = False,
) -> Admission:
    asked = Asked(
        contract=contract, table="account", columns=tuple(columns), purpose=purpose, by_party=by_party
    )
    return admission(asked)


def test_the_same_request_is_worked_out_once() -> None:
    assert admitted() is admitted()
    assert admitted().hidden == ("balance_fen",)
    others = [admitted(purpose="posting"), admitted(columns=["party_id"]), admitted(by_party=True)]
    assert [one is admitted() for one in others] == [False] * 3
    assert [one.as_stored for one in (admitted(), *others)] == [False, True, True, False]


def test_another_version_is_worked_out_anew() -> None:
    assert admitted().fetched == ("party_id", "balance_fen")
    strict = source.contract(("display: {clear_up_to: 2}", "display: {clear_up_to: 1}"))
    assert admitted(strict).hidden == ("party_id", "balance_fen")
    assert admitted().hidden == ("balance_fen",)


def test_a_changed_copy_with_the_same_document_is_another_contract() -> None:
    assert admitted(purpose="posting").as_stored
    closed = replace(CONTRACT, clear_up_to={"display": 2})
    assert closed.document is CONTRACT.document
    with pytest.raises(DeniedError, match="gives nothing to the purpose 'posting'"):
        admitted(closed, purpose="posting")


def test_a_denial_is_said_each_time() -> None:
    for _ in range(2):
        with pytest.raises(DeniedError, match="protected attribute") as denied:
            admitted(columns=["faith"], purpose="rule")
        assert denied.value.field == "faith"
