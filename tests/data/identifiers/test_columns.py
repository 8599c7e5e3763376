"""Contracts with identifiers: what they may say, and what the source table then holds."""

import pytest
from tests.data.identifiers.people import contract

from creditloop.data import ColumnType
from creditloop.data.identifiers import has_identifiers, identifiers_of, stored_columns
from creditloop.kernel.errors import ContractBroken

PHONE = "{from: phone, type: text, identifier: phone, sensitivity: 4,"


def test_a_token_stands_in_an_identifiers_place() -> None:
    agreed = contract()
    (table,) = agreed.tables
    assert has_identifiers(agreed)
    assert [column.name for column in identifiers_of(table)] == ["id_number", "phone", "home"]
    stored = stored_columns(agreed, table)
    assert [column.name for column in stored] == [
        "line",
        "id_number_token",
        "phone_token",
        "home_token",
        "known_on",
    ]
    assert stored[0] is table.columns[0]
    token = stored[2]
    assert (token.type, token.sensitivity, token.null_allowed, token.identifier) == (
        ColumnType.TEXT,
        3,
        True,
        None,
    )
    # rule is a purpose of the contract; model and monitoring are not
    assert token.purposes == {"audit", "rule"}


def test_the_token_of_a_protected_identifier_joins_nothing() -> None:
    agreed = contract(
        (PHONE + " personal: true, protected: false", PHONE + " personal: true, protected: true")
    )
    (table,) = agreed.tables
    token = stored_columns(agreed, table)[2]
    assert (token.protected, set(token.purposes)) == (True, {"audit"})


@pytest.mark.parametrize(
    ("old", "new", "message", "got"),
    [
        (PHONE, PHONE.replace("4", "3"), "an identifier is of a higher class", "3"),
        (
            PHONE,
            PHONE.replace("identifier: phone", "identifier: telephone"),
            "no such sort of identifier",
            "telephone",
        ),
        (
            "key: [party_id, line]",
            "key: [party_id, line, id_number]",
            "cannot be part of the key",
            "id_number",
        ),
        ("      home: {", "      phone_token: {", "the name of a column", "phone_token"),
    ],
)
def test_a_contract_that_would_betray_identifiers_does_not_load(
    old: str, new: str, message: str, got: str
) -> None:
    with pytest.raises(ContractBroken, match=message) as refused:
        contract((old, new))
    assert str(refused.value.got) == got
    assert refused.value.where["line"]


def test_listed_values_would_stand_in_the_contracts_text() -> None:
    listed = PHONE + " values: {'13800001111': {zh: 一, en: one}}, unlisted: keep,"
    with pytest.raises(ContractBroken, match="would hold the identifier itself"):
        contract((PHONE, listed))
