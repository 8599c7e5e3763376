"""The payout order of a loan (放款指令): all that is booked when it is paid out, as one canonical text.

It is made when the loan is approved. Usually it is booked at once; that of a joint loan may have to wait
until its record is final on the evidence network, and is then booked from this text, whatever has become of
the documents it was made by.
"""

from dataclasses import dataclass
from datetime import date

from creditloop.book import Shares
from creditloop.book.day_end import find_programmes
from creditloop.book.loan_store import BookedEvent, NewLoan, add_programme, open_loan
from creditloop.book.loans import Disbursed, LoanRules, LoanTerms, from_text, text_of
from creditloop.kernel.facts import Fact
from creditloop.kernel.ids import content_id
from creditloop.lend.products import Customer
from creditloop.service.loans.agreement import LoanAgreement
from creditloop.service.loans.reading import OPENED
from creditloop.service.work import Work

PAY_OUT = "pay-out"
"""The id of the event that pays a loan out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutOrder:
    """What is booked when a loan is paid out.

    Attributes:
        shares: who lends, ourselves first.
        document_hash: of the programme that says the shares, of the product if the bank lends alone.
        agreement_hash: of the text that was signed.
    """

    loan_id: str
    party_id: str
    product: str
    retail: bool
    shares: Shares
    document_hash: str
    agreement_hash: str
    terms: LoanTerms
    rules: LoanRules

    @property
    def text(self) -> str:
        """The order as canonical text: what is kept, hashed and read back."""
        return text_of(self)


def order_of(agreement: LoanAgreement) -> PayoutOrder:
    """Return the order that pays out what was agreed."""
    rules = agreement.quoted.rules
    document = rules.product.document if rules.programme is None else rules.programme.document
    return PayoutOrder(
        loan_id=agreement.loan_id,
        party_id=agreement.party_id,
        product=rules.product.name,
        retail=rules.product.customer is Customer.PERSON,
        shares=agreement.shares,
        document_hash=document.hash,
        agreement_hash=agreement.hash,
        terms=agreement.terms,
        rules=agreement.rules,
    )


def order_from_text(text: str) -> PayoutOrder:
    """Return the order that a text stands for.

    Raises: BookError if it is none.
    """
    return from_text(PayoutOrder, text)


def book_order(work: Work, order: PayoutOrder, *, booked_on: date) -> BookedEvent:
    """Take the loan in with its pay-out, have it sealed, and say that it was opened; once.

    Raises: what `open_loan` raises.
    """
    connection = work.connection
    known = {programme.number for programme in find_programmes(connection)}
    number = add_programme(
        connection, product=order.product, shares=order.shares, document_hash=order.document_hash
    )
    if number not in known:
        lenders, weights = list(order.shares.parties), list(order.shares.weights)
        work.recorded(content_id("programme", order.product, lenders, weights, order.document_hash))
    booked = open_loan(
        connection,
        new=NewLoan(
            loan_id=order.loan_id,
            party_id=order.party_id,
            retail=order.retail,
            programme_no=number,
            terms=order.terms,
            rules=order.rules,
        ),
        pay_out=Disbursed(
            id=PAY_OUT,
            sequence=1,
            value_date=order.terms.start,
            booked_on=booked_on,
            amount=order.terms.principal,
        ),
        now=work.now,
    )
    if not booked.repeated:
        work.recorded(booked.batch_id)
        _say(work, order, booked)
    return booked


def _say(work: Work, order: PayoutOrder, booked: BookedEvent) -> None:
    work.say(
        Fact(
            kind=OPENED,
            key=order.loan_id,
            occurred_at=work.now,
            known_at=work.now,
            payload={
                "loan_id": order.loan_id,
                "agreement": order.agreement_hash,
                "product": order.product,
                "principal_fen": order.terms.principal,
                "value_date": booked.event.value_date,
                "booked_on": booked.event.booked_on,
                "batch": str(booked.batch_id),
            },
        )
    )
