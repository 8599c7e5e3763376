"""Items that reports of a person and of a firm both tell of, as rows of their contracts.

What differs between the two is handed in: which codes are used, where an amount is told, what an item's
number is made of.
"""

from dataclasses import dataclass
from datetime import date

from creditloop.data.bureau.events.frames import ACCOUNTS, GUARANTEES, RECORDS
from creditloop.data.bureau.events.gathering import Gathering
from creditloop.data.bureau.events.months import months_between
from creditloop.data.bureau.events.numbers import Numbers, amount_text
from creditloop.data.bureau.events.values import (
    BORROWERS,
    CLASSES,
    KINDS_BY_TYPE,
    LENDERS,
    LIABILITIES,
    Values,
)
from creditloop.data.bureau.firm import accounts as firm_accounts
from creditloop.data.bureau.firm import obligations as firm_obligations
from creditloop.data.bureau.person import accounts as person_accounts
from creditloop.data.bureau.person import obligations as person_obligations

_MARKS = {"unpaid_tax": "tax"}
"""What the number of a public record begins with, where that is not its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Amounts of an account as its report tells them, in fen."""

    granted: int | None
    balance: int | None
    monthly_due: int | None
    overdue: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMark:
    """An account as the rows of its months name it."""

    number: str
    kind: str
    lender: str


def gather_account(
    terms: person_accounts.AccountTerms | firm_accounts.AccountTerms,
    owed: Owed,
    gathering: Gathering,
    *,
    number: str,
    kinds: Values,
    securities: Values,
) -> AccountMark:
    """Gather an account's row, unless the report does not tell how much was granted."""
    kind = KINDS_BY_TYPE[terms.account_type] or gathering.value(
        ACCOUNTS, number, "kind", terms.business_kind, kinds
    )
    lender = gathering.value(ACCOUNTS, number, "lender", terms.institution_kind, LENDERS)
    if owed.granted is None:
        gathering.find(ACCOUNTS, number, "granted", "no_amount")
    else:
        gathering.add(
            ACCOUNTS,
            account_no=number,
            opened_on=terms.opened,
            kind=kind,
            lender=lender,
            guarantee=terms.guarantee_kind
            and gathering.value(ACCOUNTS, number, "guarantee", terms.guarantee_kind, securities),
            granted=owed.granted,
            balance=owed.balance,
            monthly_due=owed.monthly_due,
            overdue=owed.overdue,
            term_months=terms.due and months_between(terms.opened, terms.due),
            institution=gathering.stated(ACCOUNTS, number, "institution", terms.institution),
        )
    return AccountMark(number=number, kind=kind, lender=lender)


def gather_liability(
    terms: person_obligations.Liability | firm_obligations.Liability,
    numbers: Numbers,
    gathering: Gathering,
    *,
    currency: str | None,
    overdue_months: int | None,
) -> None:
    """Gather a debt of another that is answered for, unless its amount is not told or not in renminbi."""
    number = numbers.of(
        terms.institution, terms.opened, terms.liability, terms.contract_number, amount_text(terms.liable_fen)
    )
    if terms.liable_fen is None:
        gathering.find(GUARANTEES, number, "liable", "no_amount")
    elif gathering.in_renminbi(GUARANTEES, number, currency):
        gathering.add(
            GUARANTEES,
            guarantee_no=number,
            since_on=terms.opened,
            liability=gathering.value(GUARANTEES, number, "liability", terms.liability, LIABILITIES),
            borrower_kind=gathering.value(
                GUARANTEES, number, "borrower_kind", terms.borrower_kind, BORROWERS
            ),
            state=gathering.value(GUARANTEES, number, "state", terms.loan_class, CLASSES),
            liable=terms.liable_fen,
            balance=terms.balance_fen,
            overdue_months=overdue_months,
        )


class PublicRecords:
    """Gathers public records (公共信息) of every kind."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering, self._numbers = gathering, Numbers()

    def add(
        self, kind: str, day: date, *, told_by: str | None, amount_fen: int | None, closed: bool = False
    ) -> None:
        """Add a record.

        Args:
            told_by: what tells it from others of its kind and day: an office, a court, a number of a case.
        """
        self._gathering.add(
            RECORDS,
            record_no=self._numbers.of(_MARKS.get(kind, kind), day, told_by),
            recorded_on=day,
            kind=kind,
            state="closed" if closed else "open",
            amount=amount_fen,
        )
