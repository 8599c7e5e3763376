from datetime import date
from decimal import Decimal

import pytest
from conformance.actus.covers import cover_of, defaults_of
from conformance.actus.values import RefusedError, units
from tests.conformance.actus.small_case import CASE

from creditloop.book.flows import Asset, Covered, Default, Exposure, Fee, Notice, Side

GOLD = {"contractType": "COM", "marketObjectCode": "GOLD", "quantity": "2"}
TERMS = {
    "contractType": "CEC",
    "contractRole": "SEL",
    "statusDate": "2023-12-31T00:00:00",
    "guaranteedExposure": "NI",
    "coverageOfCreditEnhancement": "0.5",
    "creditEventTypeCovered": "DF",
    "settlementPeriod": "P5D",
    "contractStructure": [
        {"object": CASE["terms"], "referenceType": "CNT", "referenceRole": "COVE"},
        {"object": GOLD, "referenceType": "CNT", "referenceRole": "COVI"},
    ],
}


def test_a_cover_is_ours() -> None:
    cover = cover_of(TERMS)
    assert (cover.side, cover.coverage) == (Side.BORROWER, Decimal("0.5"))
    assert cover.exposure is Exposure.PRINCIPAL_AND_INTEREST
    assert cover.settlement == Notice(days=5)
    assert cover.assets == [Asset(index="GOLD", quantity=Decimal(2))]
    assert not cover.interest_to_settlement
    (loan,) = cover.covered
    assert loan.loan_id == "made"
    assert loan.terms is not None
    assert loan.terms.principal == units(1000)


def test_a_loan_may_be_named_alone() -> None:
    named = {"object": {"contractIdentifier": "X"}, "referenceType": "CID", "referenceRole": "COVE"}
    cover = cover_of(
        {**TERMS, "contractStructure": [named], "notionalPrincipal": "7", "feeRate": "1", "feeBasis": "A"}
    )
    assert cover.covered == [Covered(loan_id="X")]
    assert (cover.principal, cover.fee, cover.interest_to_settlement) == (
        units(7),
        Fee(amount=units(1)),
        True,
    )


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ({"object": GOLD, "referenceType": "MOC", "referenceRole": "COVI"}, "collateral of a reference MOC"),
        ({"object": {}, "referenceType": "EID", "referenceRole": "COVE"}, "cover of a reference EID"),
        ("loan", "unknown form"),
    ],
)
def test_references_of_other_kinds_are_refused(reference: object, named: str) -> None:
    with pytest.raises(RefusedError, match=named):
        cover_of({**TERMS, "contractStructure": [reference]})


def test_credit_events_are_defaults() -> None:
    event = {
        "time": "2024-02-01T00:00:00",
        "type": "CE",
        "contractId": "made",
        "states": {"contractPerformance": "DQ"},
    }
    assert defaults_of([event, {"type": "AD"}]) == [
        Default(loan_id="made", day=date(2024, 2, 1), performance="DQ")
    ]
    assert defaults_of([]) == []
