"""Reading of guarantees and collateral: the loans they cover, what covers, the events that call them."""

from collections.abc import Mapping, Sequence

from conformance.actus.reading import (
    calendar_of,
    convention_of,
    fee_of,
    performance_of,
    side_of,
    terms_of,
    trade_of,
)
from conformance.actus.steps import steps_of
from conformance.actus.values import SCALE, Case, RefusedError, day, many, moment, notice, number, units, word

from creditloop.book.flows import Asset, Cover, Covered, Default, Exposure

_EXPOSURES = {
    "NO": Exposure.PRINCIPAL,
    "NI": Exposure.PRINCIPAL_AND_INTEREST,
    "MV": Exposure.MARKET_VALUE,
}


def cover_of(case: Case) -> Cover:
    """Return the terms of a guarantee or of collateral as ours.

    Raises: RefusedError naming what is not taken over.
    """
    assets = [_asset(one) for one in _referenced(case, "COVI")]
    return Cover(
        scale=SCALE,
        opened_on=day(case["statusDate"]),
        side=side_of(case),
        covered=[_covered(one) for one in _referenced(case, "COVE")],
        assets=assets,
        interest_to_settlement=not assets,
        fee=fee_of(case),
        fee_steps=steps_of(case, "Fee"),
        performances=frozenset(str(kind) for kind in many(case.get("creditEventTypeCovered", "DF"))),
        principal=units(case["notionalPrincipal"]) if "notionalPrincipal" in case else None,
        coverage=number(case.get("coverageOfCreditEnhancement", 1)),
        exposure=word(case.get("guaranteedExposure", "NO"), _EXPOSURES, term="guaranteed exposure"),
        purchase=trade_of(case, "purchaseDate", "priceAtPurchaseDate"),
        maturity=day(case["maturityDate"]) if case.get("maturityDate") else None,
        settlement=notice(case.get("settlementPeriod", "P0D")),
        convention=convention_of(case)[0],
        business_days=calendar_of(case),
    )


def defaults_of(observed: object) -> list[Default]:
    """Return the credit events among a case's observed events."""
    events = [one for one in many(observed or []) if isinstance(one, Mapping) and one.get("type") == "CE"]
    return [
        Default(
            loan_id=str(one.get("contractId")),
            day=moment(one["time"]).day,
            performance=performance_of(one),
        )
        for one in events
    ]


def _referenced(case: Case, role: str) -> Sequence[tuple[str, Case]]:
    """Return the objects a contract refers to in a role, with the kind of reference."""
    found = []
    for one in many(case.get("contractStructure", [])):
        if not isinstance(one, Mapping) or not isinstance(one.get("object"), Mapping):
            raise RefusedError(f"a reference of an unknown form: {one}")
        if one.get("referenceRole") == role:
            found.append((str(one.get("referenceType")), one["object"]))
    return found


def _covered(reference: tuple[str, Case]) -> Covered:
    kind, loan = reference
    if kind == "CID":
        return Covered(loan_id=str(loan.get("contractIdentifier", loan.get("contractID"))))
    if kind == "CNT":
        code = loan.get("marketObjectCode")
        return Covered(
            loan_id=str(loan.get("contractID")), terms=terms_of(loan), index=str(code) if code else None
        )
    raise RefusedError(f"cover of a reference {kind}")


def _asset(reference: tuple[str, Case]) -> Asset:
    kind, asset = reference
    if kind != "CNT" or not asset.get("marketObjectCode"):
        raise RefusedError(f"collateral of a reference {kind}")
    return Asset(index=str(asset["marketObjectCode"]), quantity=number(asset.get("quantity", 1)))
