"""A person's report as events."""

from collections.abc import Iterator
from datetime import date

from creditloop.data.bureau.events.frames import ACCOUNTS, MONTHS, QUERIES, RECORDS
from creditloop.data.bureau.events.gathering import Gathering
from creditloop.data.bureau.events.items import (
    AccountMark,
    Owed,
    PublicRecords,
    gather_account,
    gather_liability,
)
from creditloop.data.bureau.events.months import month_end
from creditloop.data.bureau.events.numbers import Numbers, amount_text
from creditloop.data.bureau.events.values import KINDS, LENDERS, MONTH_STATES, REASONS, SECURITIES
from creditloop.data.bureau.person.accounts import Account
from creditloop.data.bureau.person.report import BureauReport
from creditloop.data.bureau.reading.record import RepaymentRecord

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
    _records(report, gathering)


def _account(account: Account, numbers: Numbers, gathering: Gathering) -> None:
    terms, latest, month = account.terms, account.latest, account.performance
    granted = next(
        (x for x in (terms.principal_fen, terms.limit_fen, terms.shared_limit_fen) if x is not None), None
    )
    made_of = (terms.account_type, terms.opened, terms.business_kind, amount_text(granted))
    number = numbers.of(terms.institution, *((terms.mark,) if terms.mark else made_of))
    told = month.balance_fen if month else None
    owed = Owed(
        granted=granted,
        balance=told if latest.balance_fen is None else latest.balance_fen,
        monthly_due=month.due_fen if month else None,
        overdue=month.overdue_fen if month else None,
    )
    mark = gather_account(terms, owed, gathering, number=number, kinds=KINDS, securities=SECURITIES)
    _months(account, mark, gathering)


def _months(account: Account, mark: AccountMark, gathering: Gathering) -> None:
    """Gather the months of the account's records, and what the latest month says beside them."""
    month, late = account.performance, 0
    for first, status, overdue in _told(account):
        day, item = month_end(first), f"{mark.number} {first:%Y-%m}"
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
                account_no=mark.number,
                month_on=day,
                kind=mark.kind,
                lender=mark.lender,
                state=state,
                overdue=overdue or 0,
                months_late=late,
                balance=latest.balance_fen if latest else None,
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
    """Gather what the person answers for; amounts are taken as renminbi, and months by status if not told."""
    numbers = Numbers()
    for terms in (one.terms for one in report.guarantees):
        status = terms.repayment_status
        late = int(status) if status is not None and status.isdigit() else None
        late = late if terms.overdue_months is None else terms.overdue_months
        gather_liability(terms, numbers, gathering, currency=None, overdue_months=late)


def _records(report: BureauReport, gathering: Gathering) -> None:
    records = PublicRecords(gathering)
    for tax in (one.terms for one in report.unpaid_tax):
        records.add("unpaid_tax", tax.counted, told_by=tax.office, amount_fen=tax.amount_fen)
    for case in (one.terms for one in report.judgments):
        over = bool(case.closing or case.effective)
        records.add("judgment", case.filed, told_by=case.court, amount_fen=case.amount_fen, closed=over)
    for forced in (one.terms for one in report.enforcements):
        over = bool(forced.closing or forced.closed)
        records.add(
            "enforcement", forced.filed, told_by=forced.court, amount_fen=forced.amount_fen, closed=over
        )
    for penalty in (one.terms for one in report.penalties):
        over = penalty.until is not None and penalty.until < gathering.known_on
        records.add(
            "penalty",
            penalty.effective,
            told_by=penalty.authority,
            amount_fen=penalty.amount_fen,
            closed=over,
        )
