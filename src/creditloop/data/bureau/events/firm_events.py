"""A firm's report as events.

A firm's report has no section of queries. What is told by institution, without a day it began on, stays out
(贴现、担保账户汇总、欠息), and so does what no contract has columns for; each section with a finding.
"""

from datetime import date

from creditloop.data.bureau.events.frames import ACCOUNTS, GUARANTEES, MONTHS, RECORDS
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
from creditloop.data.bureau.events.values import FIRM_KINDS, FIRM_SECURITIES, LATE_STATES
from creditloop.data.bureau.firm.accounts import Account, Performance
from creditloop.data.bureau.firm.firm_codes import UNDER_RECOVERY
from creditloop.data.bureau.firm.report import FirmReport

_SETTLED = "2"


def gather_firm(report: FirmReport, gathering: Gathering) -> None:
    """Gather the rows of every contract from a firm's report."""
    numbers = Numbers()
    for account in report.credit.accounts:
        _account(account, numbers, gathering)
    _liabilities(report, gathering)
    _records(report, gathering)
    gathering.leave_out(ACCOUNTS, "EDA.ED02", report.credit.discounts, "no_day")
    gathering.leave_out(ACCOUNTS, "EDA.ED03", report.credit.unpaid_interest, "no_day")
    gathering.leave_out(ACCOUNTS, "EDB.ED04", report.guarantees.accounts, "no_contract")
    gathering.leave_out(ACCOUNTS, "EDB.ED05", report.guarantees.totals, "no_day")
    gathering.leave_out(ACCOUNTS, "EDC.ED06", report.facilities, "no_contract")
    gathering.leave_out(GUARANTEES, "EDD.ED08", report.liabilities.discounts, "no_day")
    gathering.leave_out(GUARANTEES, "EDD.ED09", report.liabilities.guarantees, "no_day")
    gathering.leave_out(RECORDS, "EEA.EE01", report.utilities, "no_contract")
    gathering.leave_out(RECORDS, "EFD.EF05", report.housing_fund, "no_contract")
    gathering.leave_out(RECORDS, "EHA.EH01", report.ratings, "no_contract")


def _account(account: Account, numbers: Numbers, gathering: Gathering) -> None:
    terms, latest = account.terms, account.latest
    granted = terms.principal_fen if terms.principal_fen is not None else terms.limit_fen
    number = numbers.of(
        terms.institution, terms.account_type, terms.opened, terms.business_kind, amount_text(granted)
    )
    if not gathering.in_renminbi(ACCOUNTS, number, terms.currency):
        return
    owed = Owed(
        granted=granted,
        balance=latest.balance_fen if latest else None,
        monthly_due=latest.due_fen if latest else None,
        overdue=latest.overdue_fen if latest else None,
    )
    mark = gather_account(terms, owed, gathering, number=number, kinds=FIRM_KINDS, securities=FIRM_SECURITIES)
    for performance in _last_of_each_month(account):
        _month(account, performance, mark, gathering)


def _last_of_each_month(account: Account) -> list[Performance]:
    """Give the last report of each month, oldest first."""
    ordered = sorted(account.performance, key=lambda one: one.reported)
    return list({(one.reported.year, one.reported.month): one for one in ordered}.values())


def _month(account: Account, one: Performance, mark: AccountMark, gathering: Gathering) -> None:
    day, item = month_end(one.reported), f"{mark.number} {one.reported:%Y-%m}"
    settled = _is_settled(account, one)
    late = one.overdue_months or 0
    if day > gathering.known_on:
        gathering.find(MONTHS, item, "month_on", "month_running", day)
        return
    if one.overdue_months is None and one.overdue_fen is None and not settled:
        gathering.find(MONTHS, item, "state", "status_unknown")
        return
    if one.overdue_months is None and one.overdue_fen:
        gathering.find(MONTHS, item, "months_late", "months_not_told", one.overdue_fen)
        late = 1
    if late and one.overdue_fen is None:
        gathering.find(MONTHS, item, "overdue", "no_amount", late)
        return
    gathering.add(
        MONTHS,
        account_no=mark.number,
        month_on=day,
        kind=mark.kind,
        lender=mark.lender,
        state="settled" if settled else _state(account, late),
        overdue=one.overdue_fen or 0,
        months_late=late,
        balance=one.balance_fen,
        due=one.due_fen if _in_month(one.due, day) else None,
        paid=one.last_repaid_fen if _in_month(one.last_repaid, day) else None,
    )


def _in_month(day: date | None, month: date) -> bool:
    return day is not None and (day.year, day.month) == (month.year, month.month)


def _is_settled(account: Account, one: Performance) -> bool:
    """Say whether this is the last report of an account that is settled, and owes nothing."""
    return account.terms.activity == _SETTLED and one is account.latest and not one.balance_fen


def _state(account: Account, late: int) -> str:
    """Say how a month went: recovered assets and advances are bad, the rest by months late."""
    if account.terms.business_kind in UNDER_RECOVERY:
        return "bad"
    return LATE_STATES[min(late, len(LATE_STATES) - 1)]


def _liabilities(report: FirmReport, gathering: Gathering) -> None:
    numbers = Numbers()
    for loan in report.liabilities.loans:
        gather_liability(
            loan, numbers, gathering, currency=loan.liable_currency, overdue_months=loan.overdue_months
        )


def _records(report: FirmReport, gathering: Gathering) -> None:
    """Gather public records; a penalty's end is not told: it is open."""
    records = PublicRecords(gathering)
    for tax in report.unpaid_tax:
        records.add("unpaid_tax", tax.counted, told_by=tax.office, amount_fen=tax.amount_fen)
    for case in report.courts.judgments:
        over = bool(case.closing or case.effective)
        records.add("judgment", case.filed, told_by=case.case_number, amount_fen=case.amount_fen, closed=over)
    for forced in report.courts.enforcements:
        records.add(
            "enforcement",
            forced.filed,
            told_by=forced.case_number,
            amount_fen=forced.amount_fen,
            closed=bool(forced.closing),
        )
    for penalty in report.penalties:
        records.add(
            "penalty", penalty.decided, told_by=penalty.document_number, amount_fen=penalty.amount_fen
        )
