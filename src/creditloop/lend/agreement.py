"""The agreement (借款合同) behind a limit: what was agreed, in a form whose hash anybody can recompute."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from creditloop.kernel.canonical import content_hash
from creditloop.kernel.ids import content_id
from creditloop.kernel.money import Fen, fen


class Basis(StrEnum):
    """Why an agreement holds: the terms were kept, or the customer accepted other ones."""

    KEPT = "kept"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One customer's agreement, from one decision.

    Attributes:
        rate_annual_nano: the price decided, a yearly share in nano; None where the decision set none.
        terms_hash: SHA-256 of `agreement_terms`.
        simulated: the acceptance was not in the data.
    """

    agreement_id: UUID
    party_id: str
    decision_id: UUID
    product: str
    made_on: date
    limit_fen: Fen
    rate_annual_nano: int | None
    basis: Basis
    terms_hash: str
    simulated: bool


def agreement_terms(
    *,
    party_id: str,
    product: str,
    decision_id: UUID,
    limit_fen: int,
    rate_annual_nano: int | None,
    made_on: date,
) -> dict[str, object]:
    """Return the terms as plain data: what `terms_hash` is the hash of."""
    return {
        "party": party_id,
        "product": product,
        "decision": str(decision_id),
        "limit_fen": limit_fen,
        "rate_annual_nano": rate_annual_nano,
        "made_on": made_on,
    }


def make_agreement(
    *,
    party_id: str,
    product: str,
    decision_id: UUID,
    limit_fen: int,
    rate_annual_nano: int | None,
    made_on: date,
    basis: Basis,
    simulated: bool,
) -> Agreement:
    """Make the agreement of a customer and a decision; the same two always give the same id."""
    terms = agreement_terms(
        party_id=party_id,
        product=product,
        decision_id=decision_id,
        limit_fen=limit_fen,
        rate_annual_nano=rate_annual_nano,
        made_on=made_on,
    )
    return Agreement(
        agreement_id=content_id("agreement", party_id, str(decision_id)),
        party_id=party_id,
        decision_id=decision_id,
        product=product,
        made_on=made_on,
        limit_fen=fen(limit_fen),
        rate_annual_nano=rate_annual_nano,
        basis=basis,
        terms_hash=content_hash(terms),
        simulated=simulated,
    )
