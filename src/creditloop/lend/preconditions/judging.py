"""What a lender demands of a joint loan's payout before it agrees to its record (联合放款前置条件); pure.

A record names the loan by a pseudonym and its documents by commitments. What this party knows of the loan
under that name was brought in beforehand (`Knowledge`): which agreement both sides signed, by its commitment,
which programme lends, with which document and until when, and how much this party has left for it. So what
the network is asked to agree to can be held against it without anything personal on the log.

1. no payout order: an agreement that is another one than that known is objected to, all else passes
2. an order without the programme's document, of a loan that was not told of, is a payout of one lender alone:
   no other party's business
3. the loan must be known, agreement and programme's document those known, the agreement signed by both sides
4. the programme must be known, its shares in force on the day, what is known of its loans within its limit
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from creditloop.evidence.network import Record, RecordKind
from creditloop.kernel.dates import beijing_date

AGREEMENT, PAYOUT_ORDER, SHARE = "agreement", "payout_order", "share"
"""Names of the documents of a payout order's record: the agreement, the order, the programme's document."""
BORROWER, LENDER = "borrower", "lender"
"""The two sides that sign an agreement."""
LOAN_UNKNOWN = "loan_unknown"
"""The reason of a party that was not told of the loan yet."""
REASONS = (
    "agreement_differs",
    "agreement_not_signed",
    "limit_exceeded",
    LOAN_UNKNOWN,
    "programme_unknown",
    "share_differs",
    "share_not_in_force",
)
"""Every reason to object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLoan:
    """What a party knows of a loan.

    Attributes:
        loan: its pseudonym on the log it is recorded on.
        programme: name of the programme that lends.
        product: what is lent.
        agreement: commitment to the agreement.
        signed_by: the sides that signed it.
        share: commitment to the programme's document.
        share_document: SHA-256 of that document, hex: what the commitment was seen to be to.
        amount_fen: this party's part of it that its limit is used by, fen; 0 once it is repaid.
    """

    loan: str
    programme: str
    product: str
    agreement: str
    signed_by: tuple[str, ...]
    share: str
    share_document: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProgramme:
    """What a party knows of a programme it lends under.

    Attributes:
        products: those it is for.
        share_document: SHA-256 of the document that says the shares, hex.
        since, until: the days on which it lends under it: from `since`, before `until`; None: no end yet.
        limit_fen: what this party has for it in all, fen.
    """

    name: str
    products: tuple[str, ...]
    share_document: str
    since: date
    until: date | None
    limit_fen: int


class Knowledge(Protocol):
    """What a party was told of loans and programmes."""

    def find_loan(self, loan: str) -> KnownLoan | None:
        """Return what is known of a loan by its pseudonym; None if nothing is."""

    def find_programme(self, name: str) -> KnownProgramme | None:
        """Return what is known of a programme; None if nothing is."""

    def given_before(self, loan: str) -> int:
        """Return what the loans of its programme that the party was told of before it come to, fen."""


@dataclass(frozen=True, slots=True)
class LendPreconditions:
    """A lender's own rules, as its node asks for them (`evidence.network.node.Preconditions`).

    What is left of a limit goes to the loans in the order the party was told of them, so that no two of them
    are agreed to for the same money, whatever the order in which their records come.
    """

    knowledge: Knowledge

    def objection(self, record: Record) -> str | None:
        """Return the name of the reason why this party does not agree to a record, None if it does."""
        said = {document.name: document.commitment for document in record.documents}
        known = self.knowledge.find_loan(record.loan)
        if record.kind is RecordKind.AGREEMENT:
            return None if known is None else _agreement_reason(known, said)
        if record.kind is not RecordKind.PAYOUT or PAYOUT_ORDER not in said:
            return None
        if known is None:
            return LOAN_UNKNOWN if SHARE in said else None
        on = beijing_date(datetime.fromisoformat(record.occurred_at))
        return (
            _agreement_reason(known, said)
            or _share_reason(known, self.knowledge.find_programme(known.programme), said, on=on)
            or self._limit_reason(known)
        )

    def _limit_reason(self, known: KnownLoan) -> str | None:
        programme = self.knowledge.find_programme(known.programme)
        before = self.knowledge.given_before(known.loan)
        if programme is None or before + known.amount_fen > programme.limit_fen:
            return "limit_exceeded"
        return None


def _agreement_reason(known: KnownLoan, said: dict[str, str]) -> str | None:
    if said.get(AGREEMENT) != known.agreement:
        return "agreement_differs"
    return None if {BORROWER, LENDER} <= set(known.signed_by) else "agreement_not_signed"


def _share_reason(
    known: KnownLoan, programme: KnownProgramme | None, said: dict[str, str], *, on: date
) -> str | None:
    if programme is None or known.product not in programme.products:
        return "programme_unknown"
    if said.get(SHARE) != known.share or known.share_document != programme.share_document:
        return "share_differs"
    in_force = programme.since <= on and (programme.until is None or on < programme.until)
    return None if in_force else "share_not_in_force"
