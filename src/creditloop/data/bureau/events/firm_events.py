"""A firm's report as events.

A firm's report has no section of queries. What is told by institution, without a day it began on, stays out
(贴现、担保账户汇总、欠息), and so does what no contract has columns for; each section with a finding.
"""

from collections.abc import Iterator
from datetime import date

from creditloop.data.bureau.events.gathering import Gathering
from creditloop.data.bureau.events.months import month_end, months_between
from creditloop.data.bureau.events.numbers import Numbers, amount_text
from creditloop.data.bureau.events.person_events import ACCOUNTS, GUARANTEES, MONTHS, RECORDS
from creditloop.data.bureau.events.values import (
    BORROWERS,
    CLASSES,
    FIRM_KINDS,
    FIRM_SECURITIES,
    KINDS_BY_TYPE,
    LATE_STATES,
    LENDERS,
    LIABILITIES,
)
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
    for kind, day, state, amount, number in _records(report):
        gathering.add(RECORDS, record_no=number, recorded_on=day, kind=kind, state=state, amount=amount)
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
    kind = KINDS_BY_TYPE[terms.account_type] or gathering.value(
        ACCOUNTS, number, "kind", terms.business_kind, FIRM_KINDS
    )
    lender = gathering.value(ACCOUNTS, number, "lender", terms.institution_kind, LENDERS)
    if granted is None:
        gathering.find(ACCOUNTS, number, "granted", "no_amount")
    else:
        gathering.add(
            ACCOUNTS,
            account_no=number,
            opened_on=terms.opened,
            kind=kind,
            lender=lender,
            guarantee=terms.guarantee_kind
            and gathering.value(ACCOUNTS, number, "guarantee", terms.guarantee_kind, FIRM_SECURITIES),
            granted=granted,
            balance=latest and latest.balance_fen,
            monthly_due=latest and latest.due_fen,
            overdue=latest and latest.overdue_fen,
            term_months=terms.due and months_between(terms.opened, terms.due),
            institution=gathering.stated(ACCOUNTS, number, "institution", terms.institution),
        )
    for performance in _last_of_each_month(account):
        _month(account, performance, number, (kind, lender), gathering)


def _last_of_each_month(account: Account) -> list[Performance]:
    """Give the last report of each month, oldest first."""
    ordered = sorted(account.performance, key=lambda one: one.reported)
    return list({(one.reported.year, one.reported.month): one for one in ordered}.values())


def _month(
    account: Account, one: Performance, number: str, whose: tuple[str, str], gathering: Gathering
) -> None:
    day, item = month_end(one.reported), f"{number} {one.reported:%Y-%m}"
    late = one.overdue_months if one.overdue_months is not None else 0
    if day > gathering.known_on:
        gathering.find(MONTHS, item, "month_on", "month_running", day)
        return
    if one.overdue_months is None and one.overdue_fen:
        gathering.find(MONTHS, item, "months_late", "months_not_told", one.overdue_fen)
        late = 1
    if late and one.overdue_fen is None:
        gathering.find(MONTHS, item, "overdue", "no_amount", late)
        return
    kind, lender = whose
    gathering.add(
        MONTHS,
        account_no=number,
        month_on=day,
        kind=kind,
        lender=lender,
        state=_state(account, one, late),
        overdue=one.overdue_fen or 0,
        months_late=late,
        balance=one.balance_fen,
        due=one.due_fen if _in_month(one.due, day) else None,
        paid=one.last_repaid_fen if _in_month(one.last_repaid, day) else None,
    )


def _in_month(day: date | None, month: date) -> bool:
    return day is not None and (day.year, day.month) == (month.year, month.month)


def _state(account: Account, one: Performance, late: int) -> str:
    """Say how a month went: recovered assets and advances are bad, the rest by months late."""
    if account.terms.activity == _SETTLED and one is account.latest and not one.balance_fen:
        return "settled"
    if account.terms.business_kind in UNDER_RECOVERY:
        return "bad"
    return LATE_STATES[min(late, len(LATE_STATES) - 1)]


def _liabilities(report: FirmReport, gathering: Gathering) -> None:
    numbers = Numbers()
    for loan in report.liabilities.loans:
        number = numbers.of(
            loan.institution, loan.opened, loan.liability, loan.contract_number, amount_text(loan.liable_fen)
        )
        if loan.liable_fen is None:
            gathering.find(GUARANTEES, number, "liable", "no_amount")
        elif gathering.in_renminbi(GUARANTEES, number, loan.liable_currency):
            gathering.add(
                GUARANTEES,
                guarantee_no=number,
                since_on=loan.opened,
                liability=gathering.value(GUARANTEES, number, "liability", loan.liability, LIABILITIES),
                borrower_kind=gathering.value(
                    GUARANTEES, number, "borrower_kind", loan.borrower_kind, BORROWERS
                ),
                state=gathering.value(GUARANTEES, number, "state", loan.loan_class, CLASSES),
                liable=loan.liable_fen,
                balance=loan.balance_fen,
                overdue_months=loan.overdue_months,
            )


def _records(report: FirmReport) -> Iterator[tuple[str, date, str, int | None, str]]:
    """Give each public record: kind, day, state, amount, number; a penalty's end is not told: it is open."""
    numbers = Numbers()
    for tax in report.unpaid_tax:
        yield "unpaid_tax", tax.counted, "open", tax.amount_fen, numbers.of("tax", tax.counted, tax.office)
    for case in report.courts.judgments:
        state = "closed" if case.closing or case.effective else "open"
        number = numbers.of("judgment", case.filed, case.case_number)
        yield "judgment", case.filed, state, case.amount_fen, number
    for forced in report.courts.enforcements:
        state = "closed" if forced.closing else "open"
        number = numbers.of("enforcement", forced.filed, forced.case_number)
        yield "enforcement", forced.filed, state, forced.amount_fen, number
    for penalty in report.penalties:
        number = numbers.of("penalty", penalty.decided, penalty.document_number)
        yield "penalty", penalty.decided, "open", penalty.amount_fen, number
