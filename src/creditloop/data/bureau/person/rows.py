"""Flat tables from a report: one row an event, for features and rules.

Every row has the party's id, `occurred_at` (the first instant of the Beijing day it happened), `known_at`
(the report's time, for every row: nothing may be used as known earlier) and the report's number. Amounts are
in fen, codes as in the report, months their first day. A month of a record occurred at the month's end, or
at the report's time if the month was still running. Protected attributes are in no table.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from creditloop.data.bureau.codes import NOTE_KINDS
from creditloop.data.bureau.person.accounts import Account
from creditloop.data.bureau.person.report import BureauReport
from creditloop.data.bureau.reading.record import RepaymentRecord
from creditloop.data.bureau.reading.scalars import day_starts
from creditloop.data.contracts import PARTY_ID
from creditloop.data.moments import INSTANT
from creditloop.kernel.dates import BEIJING_UTC_OFFSET_HOURS
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.money import Fen

_GIVEN = {PARTY_ID: pl.String(), "occurred_at": INSTANT, "known_at": INSTANT, "report_number": pl.String()}
_TEXT, _FEN, _COUNT, _DAY = pl.String(), pl.Int64(), pl.Int64(), pl.Date()
_DISPUTE = next(code for code, words in NOTE_KINDS.codes.items() if words.zh == "异议标注")

TABLES: Mapping[str, Mapping[str, pl.DataType]] = {
    "account": _GIVEN
    | dict.fromkeys(("account_number", "account_type", "institution_kind", "institution"), _TEXT)
    | dict.fromkeys(("business_kind", "currency", "guarantee_kind", "repayment_method"), _TEXT)
    | dict.fromkeys(("principal_fen", "limit_fen", "shared_limit_fen"), _FEN)
    | {"due": _DAY, "state": _TEXT, "closed": _DAY, "loan_class": _TEXT}
    | dict.fromkeys(("balance_fen", "used_fen", "due_fen", "repaid_fen", "overdue_fen"), _FEN)
    | {"overdue_instalments": _COUNT, "dispute_count": _COUNT},
    "account_month": _GIVEN
    | {"account_number": _TEXT, "account_type": _TEXT, "month": _DAY, "status": _TEXT, "overdue_fen": _FEN},
    "facility": _GIVEN
    | dict.fromkeys(("facility_number", "institution_kind", "institution", "use", "currency", "state"), _TEXT)
    | {"limit_fen": _FEN, "ceiling_fen": _FEN, "used_fen": _FEN, "until": _DAY},
    "guarantee": _GIVEN
    | dict.fromkeys(("borrower_kind", "liability", "institution_kind", "institution"), _TEXT)
    | dict.fromkeys(("business_kind", "currency", "loan_class", "repayment_status"), _TEXT)
    | {"liable_fen": _FEN, "balance_fen": _FEN, "overdue_months": _COUNT, "due": _DAY},
    "query": _GIVEN | dict.fromkeys(("reason", "institution_kind", "institution"), _TEXT),
    "public_record": _GIVEN
    | {"kind": _TEXT, "amount_fen": _FEN, "closing": _TEXT, "ended": _DAY, "cause": _TEXT},
}
"""Columns of each table, in order."""

Row = tuple[date, dict[str, Any]]


def table_rows(report: BureauReport, *, table: str, party_id: str) -> pl.DataFrame:
    """Give one of the `TABLES` of a person's report.

    Raises: UnknownId if there is no such table.
    """
    if table not in _ROWS:
        raise UnknownId("a report has no such table", got=table, expected=", ".join(TABLES))
    return _ROWS[table](report, party_id)


def _account_rows(report: BureauReport, party_id: str) -> pl.DataFrame:
    """Give one row an account (借贷账户), occurred when it was opened.

    What the latest state (最新表现) leaves empty is taken from the latest month (最近一次月度表现).
    """
    return _frame("account", [_account(one) for one in report.accounts], report, party_id)


def _account_month_rows(report: BureauReport, party_id: str) -> pl.DataFrame:
    """Give one row a month of each account's repayment record (还款记录), oldest first.

    The five-year record stands; months that only the record of 24 months has are added, without amounts.
    """
    own = ("account_number", "account_type", "month", "status", "overdue_fen")
    columns: dict[str, list[Any]] = {name: [] for name in own}
    for account in report.accounts:
        said = _months(account.record_24m) | _months(account.record_60m)
        months = sorted(said)
        columns["account_number"] += [account.terms.number] * len(months)
        columns["account_type"] += [account.terms.account_type] * len(months)
        columns["month"] += months
        columns["status"] += [said[month][0] for month in months]
        columns["overdue_fen"] += [said[month][1] for month in months]
    schema = TABLES["account_month"]
    month_end = pl.col("month").dt.offset_by("1mo").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return pl.DataFrame(columns, schema={name: schema[name] for name in own}).select(
        pl.lit(party_id).alias(PARTY_ID),
        pl.min_horizontal(
            month_end - timedelta(hours=BEIJING_UTC_OFFSET_HOURS), pl.lit(report.known_at, dtype=INSTANT)
        ).alias("occurred_at"),
        pl.lit(report.known_at, dtype=INSTANT).alias("known_at"),
        pl.lit(report.number).alias("report_number"),
        *own,
    )


def _facility_rows(report: BureauReport, party_id: str) -> pl.DataFrame:
    """Give one row a facility (授信协议), occurred when it came into force."""
    rows: list[Row] = [
        (
            terms.since,
            {
                "facility_number": terms.number,
                "institution_kind": terms.institution_kind,
                "institution": terms.institution,
                "use": terms.use,
                "currency": terms.currency,
                "state": terms.state,
                "limit_fen": terms.limit_fen,
                "ceiling_fen": terms.ceiling_fen,
                "used_fen": terms.used_fen,
                "until": terms.until,
            },
        )
        for terms in (facility.terms for facility in report.facilities)
    ]
    return _frame("facility", rows, report, party_id)


def _guarantee_rows(report: BureauReport, party_id: str) -> pl.DataFrame:
    """Give one row a debt the person answers for (相关还款责任), occurred when the account was opened."""
    rows: list[Row] = [
        (
            terms.opened,
            {
                "borrower_kind": terms.borrower_kind,
                "liability": terms.liability,
                "institution_kind": terms.institution_kind,
                "institution": terms.institution,
                "business_kind": terms.business_kind,
                "currency": terms.currency,
                "loan_class": terms.loan_class,
                "repayment_status": terms.repayment_status,
                "liable_fen": terms.liable_fen,
                "balance_fen": terms.balance_fen,
                "overdue_months": terms.overdue_months,
                "due": terms.due,
            },
        )
        for terms in (guarantee.terms for guarantee in report.guarantees)
    ]
    return _frame("guarantee", rows, report, party_id)


def _query_rows(report: BureauReport, party_id: str) -> pl.DataFrame:
    """Give one row a query (查询记录), occurred on its day."""
    rows: list[Row] = [
        (
            query.queried,
            {
                "reason": query.reason,
                "institution_kind": query.institution_kind,
                "institution": query.institution,
            },
        )
        for query in report.queries
    ]
    return _frame("query", rows, report, party_id)


def _public_record_rows(report: BureauReport, party_id: str) -> pl.DataFrame:
    """Give one row a public record (公共信息): unpaid_tax, judgment, enforcement, penalty, housing_fund.

    A housing fund's amount is its monthly payment, its end the month paid to.
    """
    return _frame("public_record", _public_records(report), report, party_id)


def _frame(table: str, rows: list[Row], report: BureauReport, party_id: str) -> pl.DataFrame:
    given = {PARTY_ID: party_id, "known_at": report.known_at, "report_number": report.number}
    dicts = [{**given, "occurred_at": day_starts(day), **row} for day, row in rows]
    return pl.DataFrame(dicts, schema=TABLES[table])


def _account(account: Account) -> Row:
    terms, latest, month = account.terms, account.latest, account.performance
    state, balance, loan_class = latest.state, latest.balance_fen, latest.loan_class
    if month is not None:
        state = month.state if state is None else state
        balance = month.balance_fen if balance is None else balance
        loan_class = month.loan_class if loan_class is None else loan_class
    return terms.opened, {
        "account_number": terms.number,
        "account_type": terms.account_type,
        "institution_kind": terms.institution_kind,
        "institution": terms.institution,
        "business_kind": terms.business_kind,
        "currency": terms.currency,
        "guarantee_kind": terms.guarantee_kind,
        "repayment_method": terms.repayment_method,
        "principal_fen": terms.principal_fen,
        "limit_fen": terms.limit_fen,
        "shared_limit_fen": terms.shared_limit_fen,
        "due": terms.due,
        "state": state,
        "closed": latest.closed,
        "loan_class": loan_class,
        "balance_fen": balance,
        "used_fen": month and month.used_fen,
        "due_fen": month and month.due_fen,
        "repaid_fen": month and month.repaid_fen,
        "overdue_fen": month and month.overdue_fen,
        "overdue_instalments": month and month.overdue_instalments,
        "dispute_count": sum(note.kind == _DISPUTE for note in account.notes),
    }


def _months(record: RepaymentRecord | None) -> dict[date, tuple[str, Fen | None]]:
    if record is None:
        return {}
    overdue = record.overdue_fen or (None,) * len(record.statuses)
    return dict(zip(record.months(), zip(record.statuses, overdue, strict=True), strict=True))


def _public_records(report: BureauReport) -> list[Row]:
    rows: list[Row] = []
    for tax in (one.terms for one in report.unpaid_tax):
        rows.append((tax.counted, {"kind": "unpaid_tax", "amount_fen": tax.amount_fen}))
    for case in (one.terms for one in report.judgments):
        row = {"amount_fen": case.amount_fen, "closing": case.closing, "ended": case.effective}
        rows.append((case.filed, {"kind": "judgment", "cause": case.cause} | row))
    for enforced in (one.terms for one in report.enforcements):
        row = {"amount_fen": enforced.amount_fen, "closing": enforced.closing, "ended": enforced.closed}
        rows.append((enforced.filed, {"kind": "enforcement", "cause": enforced.cause} | row))
    for penalty in (one.terms for one in report.penalties):
        row = {"amount_fen": penalty.amount_fen, "ended": penalty.until, "cause": penalty.content}
        rows.append((penalty.effective, {"kind": "penalty"} | row))
    for fund in (one.terms for one in report.housing_fund):
        row = {"amount_fen": fund.monthly_fen, "closing": fund.state, "ended": fund.paid_to}
        rows.append((fund.joined, {"kind": "housing_fund"} | row))
    return rows


_ROWS: Mapping[str, Callable[[BureauReport, str], pl.DataFrame]] = {
    "account": _account_rows,
    "account_month": _account_month_rows,
    "facility": _facility_rows,
    "guarantee": _guarantee_rows,
    "query": _query_rows,
    "public_record": _public_record_rows,
}
"""What makes each table."""
