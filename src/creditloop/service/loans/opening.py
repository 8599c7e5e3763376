"""Opening a loan (借据开立): agreed, checked, paid out, in one piece of work.

1. a loan of this id that was opened by the same agreement: it is the answer; by another one: refused
2. the agreement is made again from what is asked; its hash must be the one that was signed
3. the drawdown is checked by every rule of the day, with what the book itself knows of the borrower
4. approved: the agreement and all it follows from are kept, the steps noted for the evidence network
5. the loan is taken in with its pay-out, and it is said; or it waits for a final record
A drawdown that is declined, or that a person has to look at, opens nothing: an outcome with its rules.
"""

from dataclasses import dataclass, replace
from datetime import date

from creditloop.book.loan_store import find_loan, find_loan_ids
from creditloop.book.loans import LoanAccount
from creditloop.kernel.dates import beijing_date
from creditloop.kernel.errors import ConflictingRepeat, InputError, StateError, UnknownId
from creditloop.kernel.storage import load_queries
from creditloop.lend.products import DrawdownOutcome
from creditloop.service.attesting import sum_waiting
from creditloop.service.loans.agreement import LoanAgreement
from creditloop.service.loans.awaiting import Awaiting, begin_awaiting, find_awaiting, lapse_waiting
from creditloop.service.loans.business_day import open_day
from creditloop.service.loans.network_steps import note_approval, note_payout
from creditloop.service.loans.payout_order import book_order, order_of
from creditloop.service.loans.quoting import BorrowerFacts, checked_drawdown
from creditloop.service.loans.reading import agreement_hash_of
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What came of asking for a loan.

    Attributes:
        check: what the rules said; None if the loan was opened, or approved and put off, before.
        loan_id: None unless it is open.
        repeated: it was opened, or approved and put off, before by the same agreement.
        awaiting: how its payout stands if it waits for the evidence network, or was refused or lapsed there.
    """

    check: DrawdownOutcome | None
    loan_id: str | None
    repeated: bool
    awaiting: Awaiting | None = None

    @property
    def outcome(self) -> str:
        """Approve, refer or decline; of a payout that waits or waited: awaiting, refused, lapsed."""
        if self.awaiting is not None:
            return self.awaiting.state
        return "approve" if self.check is None else self.check.outcome


def find_opening(work: Work, *, loan_id: str, party_id: str, signed_hash: str) -> Opening | None:
    """Return the opening of a loan that is there already or awaits its payout; None if there is no such loan.

    Raises: ConflictingRepeat if it was opened for somebody else or by another agreement.
    """
    try:
        loan = find_loan(work.connection, loan_id=loan_id)
    except UnknownId:
        return _put_off(work, loan_id=loan_id, party_id=party_id, signed_hash=signed_hash)
    if loan.party_id != party_id or agreement_hash_of(work, loan_id=loan_id) != signed_hash:
        raise _other_agreement(loan_id)
    return Opening(check=None, loan_id=loan_id, repeated=True)


def _put_off(work: Work, *, loan_id: str, party_id: str, signed_hash: str) -> Opening | None:
    awaiting = find_awaiting(work, loan_id=loan_id)
    if awaiting is None:
        return None
    if (awaiting.waiting.party_id, awaiting.waiting.agreement_hash) != (party_id, signed_hash):
        raise _other_agreement(loan_id)
    return Opening(check=None, loan_id=None, repeated=True, awaiting=awaiting)


def _other_agreement(loan_id: str) -> ConflictingRepeat:
    return ConflictingRepeat(
        "a loan's id was used for another agreement", got=loan_id, where={"field": "loan_id"}
    )


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
    order = order_of(agreement)
    step_id = note_approval(work, agreement=agreement, check=check, order=order)
    _keep(work, agreement)
    awaiting = begin_awaiting(work, order=order, step_id=step_id)
    if awaiting is not None:
        return Opening(check=check, loan_id=None, repeated=False, awaiting=awaiting)
    booked = book_order(work, order, booked_on=day)
    if booked.repeated:  # by somebody who asked for the same at the same time
        return Opening(check=None, loan_id=agreement.loan_id, repeated=True)
    note_payout(work, order=order, booked=booked)
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
    """Return what is known of a borrower with what our book and waiting payouts say: the larger counts."""
    lapse_waiting(work, party_id=party_id)
    owed, dpd = sum_waiting(work.connection, party_id=party_id), 0
    for loan_id in find_loan_ids(work.connection, party_id=party_id):
        loan = find_loan(work.connection, loan_id=loan_id)
        if loan.agreed is not None:
            state = loan.state(as_of=day)
            owed += state.balances.get(LoanAccount.LOAN_PRINCIPAL, 0)
            dpd = max(dpd, state.dpd)
    return replace(facts, owed_fen=max(facts.owed_fen or 0, owed), dpd=max(facts.dpd or 0, dpd))


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
