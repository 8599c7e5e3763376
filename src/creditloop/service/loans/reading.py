"""Reading a loan (借据查询): where it stands on a day, what it is classed as, and its statement of a period.

Everything follows from the loan's terms, rules and events, whose hashes are checked as they are read; the
class is that of the last close of a day. What a read shows of a customer is logged by whoever asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from creditloop.book.loan_store import StoredEvent, StoredLoan, find_loan
from creditloop.book.loans import (
    LoanAccount,
    LoanEvent,
    LoanState,
    PayoffQuote,
    payoff_quote,
    replay,
)
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import load_queries
from creditloop.service.loans.business_day import open_day
from creditloop.service.work import Work

TIERS = (
    "nothing_owed",
    "normal",
    "special_mention",
    "substandard",
    "doubtful",
    "loss",
    "undecided",
)
"""The five classes (五级分类) and what stands beside them, by the number the day end keeps."""
PAYOFF_DAYS_MOST = 366
"""Days ahead for which a payoff is quoted."""
OPENED = "LoanOpened"
"""The fact that says a loan was opened, and by which agreement."""
_DAY = timedelta(days=1)
_OWED = (
    LoanAccount.LOAN_PRINCIPAL,
    LoanAccount.INTEREST_RECEIVABLE,
    LoanAccount.FEE_RECEIVABLE,
    LoanAccount.PENALTY_RECEIVABLE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastClose:
    """How a loan stood at its last close of a day."""

    business_date: date
    tier: str
    stage: int
    dpd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanView:
    """A loan on a day.

    Attributes:
        on: the day; `state` has the income recognised that was earned before it.
        agreement_hash: of the text that was signed; None for a loan that came in another way.
        last_close: None before the first close.
    """

    loan: StoredLoan
    on: date
    state: LoanState
    agreement_hash: str | None
    last_close: LastClose | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """What is on the books of a loan, fen; `overpaid_fen` stands to the customer's credit."""

    principal_fen: int
    interest_fen: int
    fee_fen: int
    penalty_fen: int
    overpaid_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """An event of a statement.

    Attributes:
        moved: what it moved on the books, signed; it lowers what is owed below zero.
        after: what its replay leaves, to the day before which income is recognised.
    """

    stored: StoredEvent
    moved: Balances


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A loan's statement of a period (对账单), both days included, by booking date.

    opening + moved of every line + accrued == closing, part by part.

    Attributes:
        accrued: what the days of the period earned, as their closes recognise it.
    """

    loan: StoredLoan
    since: date
    through: date
    opening: Balances
    lines: tuple[StatementLine, ...]
    accrued: Balances
    closing: Balances


def find_loan_view(work: Work, *, loan_id: str, on: date | None = None) -> LoanView:
    """Return a loan as it stands on a day; without one, on the day that is booked on now.

    Raises: UnknownId; InputError naming `on` for a day before the loan or to come; StateError for a loan
        taken in without its terms.
    """
    loan = find_loan(work.connection, loan_id=loan_id)
    today = open_day(work.connection, now=work.now, shard=loan.shard)
    day = today if on is None else on
    _check_day(loan, day, field="on")
    if day > today:
        raise InputError(
            "where a loan stands is told up to today",
            got=day,
            expected=f"<= {today}",
            where={"field": "on"},
            hint="What settles it on a day to come is its payoff.",
        )
    return LoanView(
        loan=loan,
        on=day,
        state=loan.state(as_of=day),
        agreement_hash=agreement_hash_of(work, loan_id=loan_id),
        last_close=_last_close(work, loan),
    )


def agreement_hash_of(work: Work, *, loan_id: str) -> str | None:
    """Return the hash of the agreement a loan was opened by; None if it came in another way."""
    said = work.said(content_id("fact", OPENED, loan_id))
    return None if said is None else str(said["agreement"])


def find_agreement(work: Work, *, loan_id: str) -> Document | None:
    """Return the agreement that was signed for a loan, from the bank's archive.

    Raises: EvidenceError if its text was changed since.
    """
    digest = agreement_hash_of(work, loan_id=loan_id)
    return None if digest is None else work.adopted(digest)


def find_payoff(work: Work, *, loan_id: str, on: date | None = None) -> tuple[StoredLoan, PayoffQuote]:
    """Return what settles a loan on a day (结清试算); without one, on the day that is booked on now.

    Raises: UnknownId; InputError naming `on` for a day that is over, or more than a year ahead.
    """
    loan = find_loan(work.connection, loan_id=loan_id)
    today = open_day(work.connection, now=work.now, shard=loan.shard)
    day = on or today
    latest = today + timedelta(days=PAYOFF_DAYS_MOST)
    if not today <= day <= latest:
        raise InputError(
            "a payoff is quoted for today and for days to come",
            got=day,
            expected=f"{today} to {latest}",
            where={"field": "on"},
        )
    return loan, payoff_quote(terms=loan.terms, rules=loan.rules, events=loan.history, day=day)


def find_statement(work: Work, *, loan_id: str, since: date, through: date) -> Statement:
    """Return a loan's statement of a period, as its days were or will be closed.

    Raises: UnknownId; InputError naming the day that cannot be.
    """
    loan = find_loan(work.connection, loan_id=loan_id)
    today = open_day(work.connection, now=work.now, shard=loan.shard)
    _check_day(loan, through, field="to")
    if not since <= through <= today:
        raise InputError(
            "no such period",
            got=f"{since} to {through}",
            expected=f"from <= to <= {today}",
            where={"field": "from" if since > through else "to"},
        )
    opening, closing = _at_close(loan, since - _DAY), _at_close(loan, through)
    lines = tuple(
        StatementLine(stored=stored, moved=_moved(stored))
        for stored in loan.events
        if since <= stored.event.booked_on <= through
    )
    return Statement(
        loan=loan,
        since=since,
        through=through,
        opening=opening,
        lines=lines,
        accrued=_sum(closing, *(_negative(each) for each in (opening, *(line.moved for line in lines)))),
        closing=closing,
    )


def booked_balances(state: LoanState) -> Balances:
    """Return what is on the books of a loan."""
    principal, interest, fee, penalty = (state.balances.get(account, 0) for account in _OWED)
    overpaid = -state.balances.get(LoanAccount.CUSTOMER_SUSPENSE, 0)
    return Balances(
        principal_fen=principal,
        interest_fen=interest,
        fee_fen=fee,
        penalty_fen=penalty,
        overpaid_fen=overpaid,
    )


def _check_day(loan: StoredLoan, day: date, *, field: str) -> None:
    if day < loan.paid_out_on:
        raise InputError(
            "the loan was not paid out yet",
            got=day,
            expected=f"from {loan.paid_out_on} on",
            where={"field": field},
        )


def _last_close(work: Work, loan: StoredLoan) -> LastClose | None:
    queries = load_queries("creditloop.service.loans")
    row = queries.find_last_close(work.connection, shard=loan.shard, loan_no=loan.loan_no)
    if row is None:
        return None
    business_date, tier, stage, dpd = row
    return LastClose(business_date=business_date, tier=TIERS[tier], stage=stage, dpd=dpd)


def _at_close(loan: StoredLoan, day: date) -> Balances:
    """Return the balances at the close of a day: what was known by then, all income of the day recognised."""
    known: Sequence[LoanEvent] = [
        event for event in loan.history if event.booked_on <= day and event.value_date <= day
    ]
    if not known:
        return _NOTHING
    return booked_balances(
        replay(terms=loan.terms, rules=loan.rules, events=known, as_of=day + _DAY, recognised=True)
    )


def _moved(stored: StoredEvent) -> Balances:
    sums = dict.fromkeys((*_OWED, LoanAccount.CUSTOMER_SUSPENSE), 0)
    for account, _, amount in stored.legs:
        if account in sums:
            sums[account] += amount
    principal, interest, fee, penalty, credit = sums.values()
    return Balances(
        principal_fen=principal,
        interest_fen=interest,
        fee_fen=fee,
        penalty_fen=penalty,
        overpaid_fen=-credit,
    )


def _negative(one: Balances) -> Balances:
    return Balances(
        principal_fen=-one.principal_fen,
        interest_fen=-one.interest_fen,
        fee_fen=-one.fee_fen,
        penalty_fen=-one.penalty_fen,
        overpaid_fen=-one.overpaid_fen,
    )


def _sum(*each: Balances) -> Balances:
    return Balances(
        principal_fen=sum(one.principal_fen for one in each),
        interest_fen=sum(one.interest_fen for one in each),
        fee_fen=sum(one.fee_fen for one in each),
        penalty_fen=sum(one.penalty_fen for one in each),
        overpaid_fen=sum(one.overpaid_fen for one in each),
    )


_NOTHING = Balances(principal_fen=0, interest_fen=0, fee_fen=0, penalty_fen=0, overpaid_fen=0)
