"""Opening a loan (借据开立): agreed, checked, paid out, in one piece of work.

1. a loan of this id that was opened by the same agreement: it is the answer; by another one: refused
2. the agreement is made again from what is asked; its hash must be the one that was signed
3. the drawdown is checked by every rule of the day, with what the book itself knows of the borrower
4. approved: the loan is taken in with its pay-out; the agreement and all it follows from are kept; it is said
A drawdown that is declined, or that a person has to look at, opens nothing: an outcome with its rules.
"""

from dataclasses import dataclass, replace
from datetime import date

from creditloop.book.day_end import find_programmes
from creditloop.book.loan_store import (
    BookedEvent,
    NewLoan,
    add_programme,
    find_loan,
    find_loan_ids,
    open_loan,
)
from creditloop.book.loans import Disbursed, LoanAccount
from creditloop.kernel.dates import beijing_date
from creditloop.kernel.errors import ConflictingRepeat, InputError, StateError, UnknownId
from creditloop.kernel.facts import Fact
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import load_queries
from creditloop.lend.products import Customer, DrawdownOutcome
from creditloop.service.loans.agreement import LoanAgreement
from creditloop.service.loans.business_day import open_day
from creditloop.service.loans.quoting import BorrowerFacts, checked_drawdown
from creditloop.service.loans.reading import OPENED, agreement_hash_of
from creditloop.service.work import Work

PAY_OUT = "pay-out"
"""The id of the event that pays a loan out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What came of asking for a loan.

    Attributes:
        check: what the rules said; None if the loan was opened before.
        loan_id: None unless it is open.
        repeated: it was opened before by the same agreement.
    """

    check: DrawdownOutcome | None
    loan_id: str | None
    repeated: bool

    @property
    def outcome(self) -> str:
        """Approve, refer or decline."""
        return "approve" if self.check is None else self.check.outcome


def find_opening(work: Work, *, loan_id: str, party_id: str, signed_hash: str) -> Opening | None:
    """Return the opening of a loan that is there already; None if there is no such loan.

    Raises: ConflictingRepeat if it was opened for somebody else or by another agreement.
    """
    try:
        loan = find_loan(work.connection, loan_id=loan_id)
    except UnknownId:
        return None
    if loan.party_id != party_id or agreement_hash_of(work, loan_id=loan_id) != signed_hash:
        raise ConflictingRepeat(
            "a loan's id was used for another agreement", got=loan_id, where={"field": "loan_id"}
        )
    return Opening(check=None, loan_id=loan_id, repeated=True)


def open_agreed(work: Work, *, agreement: LoanAgreement, facts: BorrowerFacts, signed_hash: str) -> Opening:
    """Open a loan as it was agreed, or say why it is not opened; see the module for the steps.

    Raises: InputError naming `start` if the loan does not begin on the day that is booked on; StateError if
        something else was signed; what `check_drawdown` and `open_loan` raise.
    """
    # what one loan uses of the limit the next one has to see
    load_queries("creditloop.service.loans").lock_party(work.connection, party_id=agreement.party_id)
    known = find_opening(
        work, loan_id=agreement.loan_id, party_id=agreement.party_id, signed_hash=signed_hash
    )
    if known is not None:
        return known
    day = open_day(work.connection, now=work.now)
    _check_start(agreement, today=beijing_date(work.now), day=day)
    if signed_hash != agreement.hash:
        raise StateError(
            "what was signed is not the agreement as it stands now",
            got=signed_hash,
            expected=agreement.hash,
            where={"field": "agreement_hash"},
            hint="Ask for the agreement again (POST /v1/loan-agreements) and have that one signed.",
        )
    check = checked_drawdown(agreement.quoted, facts=_with_the_book(work, agreement.party_id, facts, day))
    if check.outcome != "approve":
        return Opening(check=check, loan_id=None, repeated=False)
    booked = _open(work, agreement, booked_on=day)
    if booked.repeated:  # by somebody who asked for the same at the same time
        return Opening(check=None, loan_id=agreement.loan_id, repeated=True)
    work.recorded(booked.batch_id)
    _keep(work, agreement)
    _say(work, agreement, booked)
    return Opening(check=check, loan_id=agreement.loan_id, repeated=False)


def _check_start(agreement: LoanAgreement, *, today: date, day: date) -> None:
    start = agreement.terms.start
    if start not in (today, day):
        raise InputError(
            "a loan begins on the day it is paid out",
            got=start,
            expected=str(day) if today == day else f"{today} or {day}",
            where={"field": "start"},
        )


def _with_the_book(work: Work, party_id: str, facts: BorrowerFacts, day: date) -> BorrowerFacts:
    """Return what is known of a borrower with what our own book says: the larger counts."""
    owed = dpd = 0
    for loan_id in find_loan_ids(work.connection, party_id=party_id):
        loan = find_loan(work.connection, loan_id=loan_id)
        if loan.agreed is not None:
            state = loan.state(as_of=day)
            owed += state.balances.get(LoanAccount.LOAN_PRINCIPAL, 0)
            dpd = max(dpd, state.dpd)
    return replace(facts, owed_fen=max(facts.owed_fen or 0, owed), dpd=max(facts.dpd or 0, dpd))


def _open(work: Work, agreement: LoanAgreement, *, booked_on: date) -> BookedEvent:
    rules = agreement.quoted.rules
    document = rules.product.document if rules.programme is None else rules.programme.document
    connection = work.connection
    known = {programme.number for programme in find_programmes(connection)}
    number = add_programme(
        connection, product=rules.product.name, shares=agreement.shares, document_hash=document.hash
    )
    if number not in known:
        lenders, weights = list(agreement.shares.parties), list(agreement.shares.weights)
        work.recorded(content_id("programme", rules.product.name, lenders, weights, document.hash))
    return open_loan(
        connection,
        new=NewLoan(
            loan_id=agreement.loan_id,
            party_id=agreement.party_id,
            retail=rules.product.customer is Customer.PERSON,
            programme_no=number,
            terms=agreement.terms,
            rules=agreement.rules,
        ),
        pay_out=Disbursed(
            id=PAY_OUT,
            sequence=1,
            value_date=agreement.terms.start,
            booked_on=booked_on,
            amount=agreement.terms.principal,
        ),
        now=work.now,
    )


def _keep(work: Work, agreement: LoanAgreement) -> None:
    """Keep the agreement and every document it follows from in the bank's archive."""
    work.adopt(agreement.document, kind="agreement")
    rules = agreement.quoted.rules
    work.adopt(rules.product.document, kind="product")
    if rules.programme is not None:
        work.adopt(rules.programme.document, kind="programme")
    policies = [rules.penalty.policy, rules.allocation.policy, rules.drawdown, rules.colending]
    for policy in (*policies, rules.colending_partner):
        if policy is not None:
            work.adopt(policy.document, kind="policy")


def _say(work: Work, agreement: LoanAgreement, booked: BookedEvent) -> None:
    work.say(
        Fact(
            kind=OPENED,
            key=agreement.loan_id,
            occurred_at=work.now,
            known_at=work.now,
            payload={
                "loan_id": agreement.loan_id,
                "agreement": agreement.hash,
                "product": agreement.quoted.asked.product,
                "principal_fen": agreement.terms.principal,
                "value_date": booked.event.value_date,
                "booked_on": booked.event.booked_on,
                "batch": str(booked.batch_id),
            },
        )
    )
