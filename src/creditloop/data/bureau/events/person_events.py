"""A person's report as events."""

from collections.abc import Iterator
from datetime import date

from creditloop.data.bureau.events.gathering import Gathering
from creditloop.data.bureau.events.months import month_end, months_between
from creditloop.data.bureau.events.numbers import Numbers, amount_text
from creditloop.data.bureau.events.values import (
    BORROWERS,
    CLASSES,
    KINDS,
    KINDS_BY_TYPE,
    LENDERS,
    LIABILITIES,
    MONTH_STATES,
    REASONS,
    SECURITIES,
)
from creditloop.data.bureau.person.accounts import Account
from creditloop.data.bureau.person.report import BureauReport
from creditloop.data.bureau.reading.record import RepaymentRecord

ACCOUNTS, MONTHS = "bureau_accounts", "bureau_months"
QUERIES, GUARANTEES, RECORDS = "bureau_queries", "bureau_guarantees", "bureau_records"
_UNTOLD = frozenset("BDGZ")
"""Statuses that say how an account ended, and not for how many months it had been late."""


def gather_person(report: BureauReport, gathering: Gathering) -> None:
    """Gather the rows of every contract from a person's report."""
    numbers = Numbers()
    for account in report.accounts:
        _account(account, numbers, gathering)
    _queries(report, gathering)
    _guarantees(report, gathering)
    gathering.leave_out(ACCOUNTS, "PCA.PD02", report.facilities, "no_contract")
    gathering.leave_out(ACCOUNTS, "PND.PE01", report.postpaid, "no_contract")
    gathering.leave_out(RECORDS, "PHF.PF05", report.housing_fund, "no_contract")
    for kind, day, state, amount, number in _records(report, gathering.known_on):
        gathering.add(RECORDS, record_no=number, recorded_on=day, kind=kind, state=state, amount=amount)


def _account(account: Account, numbers: Numbers, gathering: Gathering) -> None:
    terms, latest, month = account.terms, account.latest, account.performance
    granted = next(
        (x for x in (terms.principal_fen, terms.limit_fen, terms.shared_limit_fen) if x is not None), None
    )
    made_of = (terms.account_type, terms.opened, terms.business_kind, amount_text(granted))
    number = numbers.of(terms.institution, *((terms.mark,) if terms.mark else made_of))
    kind = KINDS_BY_TYPE[terms.account_type] or gathering.value(
        ACCOUNTS, number, "kind", terms.business_kind, KINDS
    )
    lender = gathering.value(ACCOUNTS, number, "lender", terms.institution_kind, LENDERS)
    if granted is None:
        gathering.find(ACCOUNTS, number, "granted", "no_amount")
    else:
        balance = latest.balance_fen if latest.balance_fen is not None else month and month.balance_fen
        gathering.add(
            ACCOUNTS,
            account_no=number,
            opened_on=terms.opened,
            kind=kind,
            lender=lender,
            guarantee=terms.guarantee_kind
            and gathering.value(ACCOUNTS, number, "guarantee", terms.guarantee_kind, SECURITIES),
            granted=granted,
            balance=balance,
            monthly_due=month and month.due_fen,
            overdue=month and month.overdue_fen,
            term_months=terms.due and months_between(terms.opened, terms.due),
            institution=gathering.stated(ACCOUNTS, number, "institution", terms.institution),
        )
    _months(account, number, kind, lender, gathering)


def _months(account: Account, number: str, kind: str, lender: str, gathering: Gathering) -> None:
    """Gather the months of the account's records, and what the latest month says beside them."""
    month, late = account.performance, 0
    for first, status, overdue in _told(account):
        day, item = month_end(first), f"{number} {first:%Y-%m}"
        late = _months_late(status, late, item, gathering)
        state = MONTH_STATES[status]
        if state is None:
            gathering.find(MONTHS, item, "state", "status_unknown", status)
        elif day > gathering.known_on:
            gathering.find(MONTHS, item, "month_on", "month_running", day)
        elif overdue is None and late:
            gathering.find(MONTHS, item, "overdue", "no_amount", status)
        else:
            latest = month if month is not None and month.month == first else None
            gathering.add(
                MONTHS,
                account_no=number,
                month_on=day,
                kind=kind,
                lender=lender,
                state=state,
                overdue=overdue or 0,
                months_late=late,
                balance=latest and latest.balance_fen,
                due=latest and latest.due_fen,
                paid=latest and latest.repaid_fen,
            )


def _months_late(status: str, before: int, item: str, gathering: Gathering) -> int:
    """Say how many months late a status is; where it does not tell, as before, and at least 1."""
    if status in _UNTOLD:
        gathering.find(MONTHS, item, "months_late", "months_not_told", status)
        return max(before, 1)
    if status in {"#", "/"}:
        return before
    return int(status) if status.isdigit() else 0


def _told(account: Account) -> Iterator[tuple[date, str, int | None]]:
    """Give each month of the records, oldest first; where both tell of one, that of five years stands."""
    told = _by_month(account.record_24m) | _by_month(account.record_60m)
    return ((month, *told[month]) for month in sorted(told))


def _by_month(record: RepaymentRecord | None) -> dict[date, tuple[str, int | None]]:
    if record is None:
        return {}
    overdue = record.overdue_fen or (None,) * len(record.statuses)
    return dict(zip(record.months(), zip(record.statuses, overdue, strict=True), strict=True))


def _queries(report: BureauReport, gathering: Gathering) -> None:
    numbers = Numbers()
    for query in report.queries:
        number = numbers.of(query.queried, query.institution, query.reason)
        gathering.add(
            QUERIES,
            query_no=number,
            queried_on=query.queried,
            reason=gathering.value(QUERIES, number, "reason", query.reason, REASONS),
            lender=gathering.value(QUERIES, number, "lender", query.institution_kind, LENDERS),
            institution=gathering.stated(QUERIES, number, "institution", query.institution),
        )


def _guarantees(report: BureauReport, gathering: Gathering) -> None:
    numbers = Numbers()
    for terms in (one.terms for one in report.guarantees):
        number = numbers.of(
            terms.institution,
            terms.opened,
            terms.liability,
            terms.contract_number,
            amount_text(terms.liable_fen),
        )
        status = terms.repayment_status
        told = int(status) if status is not None and status.isdigit() else None
        if terms.liable_fen is None:
            gathering.find(GUARANTEES, number, "liable", "no_amount")
            continue
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
            overdue_months=told if terms.overdue_months is None else terms.overdue_months,
        )


def _records(report: BureauReport, known_on: date) -> Iterator[tuple[str, date, str, int | None, str]]:
    """Give each public record: kind, day, state, amount, number."""
    numbers = Numbers()
    for tax in (one.terms for one in report.unpaid_tax):
        yield "unpaid_tax", tax.counted, "open", tax.amount_fen, numbers.of("tax", tax.counted, tax.office)
    for case in (one.terms for one in report.judgments):
        state = "closed" if case.closing or case.effective else "open"
        yield "judgment", case.filed, state, case.amount_fen, numbers.of("judgment", case.filed, case.court)
    for forced in (one.terms for one in report.enforcements):
        state = "closed" if forced.closing or forced.closed else "open"
        number = numbers.of("enforcement", forced.filed, forced.court)
        yield "enforcement", forced.filed, state, forced.amount_fen, number
    for penalty in (one.terms for one in report.penalties):
        state = "closed" if penalty.until and penalty.until < known_on else "open"
        number = numbers.of("penalty", penalty.effective, penalty.authority)
        yield "penalty", penalty.effective, state, penalty.amount_fen, number
