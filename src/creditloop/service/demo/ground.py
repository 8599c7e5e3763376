"""The ground of the loop, as records: import, findings, book, reconciliation, classification, evidence."""

from collections.abc import Callable

from psycopg import sql

from creditloop.book import EventKind, PostedBatch, adjustments, trial_balance
from creditloop.data import finding_counts
from creditloop.kernel.errors import BookError, EvidenceError
from creditloop.kernel.storage import Connection, connect
from creditloop.monitor import portfolio
from creditloop.service import doors
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import BookPlan, import_statements
from creditloop.service.booking.reconciling import MonthReconciled, reconcile_month
from creditloop.service.monitoring.classifying import classify_book
from creditloop.service.posting import post_months
from creditloop.service.wiring import sealed_tables

Record = dict[str, object]
"""What a step found, as plain data."""

_GROWING = frozenset({"data.access_log", *(table.name for table in doors.TABLES)})
"""Tables that visitors and a second run add to: each read, each key, each request."""


def import_record(bank: Bank, plan: BookPlan, progress: Callable[[int, int | None], None]) -> Record:
    """Import the file, or find that it was; count its rows."""
    with bank.work() as work:
        result = import_statements(work, plan=plan, progress=progress)
    return {
        "contract": result.contract,
        "contract_version": result.contract_version,
        "contract_hash": result.contract_hash,
        "file": result.file_name,
        "file_sha256": result.file_sha256,
        "rows_read": result.rows_read,
        "rows_rejected": result.rows_rejected,
        "rows_loaded": {name: count.loaded for name, count in sorted(result.tables.items())},
    }


def findings_record(bank: Bank, plan: BookPlan) -> Record:
    """Count what the import noticed."""
    with bank.work() as work:
        imported = import_statements(work, plan=plan)  # a repeat: the first result
        counts = finding_counts(work.connection, batch_id=imported.batch_id)
    return {
        "total": sum(count.count for count in counts),
        "by_code": [
            {"code": count.code, "field": count.field, "effect": count.effect.value, "count": count.count}
            for count in counts
        ],
    }


def book_record(bank: Bank, plan: BookPlan) -> Record:
    """Tell what was posted, month by month, and that it adds up to nothing."""
    batches = list(post_months(bank, plan=plan))
    with connect(bank.url) as connection:
        lines = trial_balance(connection, as_of=plan.months[-1])
        refunds = adjustments(connection, as_of=plan.months[-1])
    return {
        "months": [_posted_record(posted) for posted in batches],
        "events": sum(posted.event_count for posted in batches),
        "postings": sum(posted.posting_count for posted in batches),
        "refunds_or_adjustments": refunds.height,
        "trial_balance_fen": {line.account.code: line.balance_fen for line in lines},
        "trial_balance_sum_fen": sum(line.balance_fen for line in lines),
    }


def _posted_record(posted: PostedBatch) -> Record:
    return {
        **posted.dates.as_record(),
        "kind": posted.kind.value,
        "currency": posted.currency,
        "events": posted.event_count,
        "postings": posted.posting_count,
        "change_fen": {
            kind.value: posted.change_fen[kind] for kind in EventKind if kind in posted.change_fen
        },
    }


def reconciliation_record(bank: Bank, plan: BookPlan) -> Record:
    """Compare every balance with its bill.

    Raises: BookError if one differs.
    """
    with bank.work() as work:
        months = [reconcile_month(work, plan=plan, month=month) for month in plan.months]
    differing = [month for month in months if month.differing]
    if differing:
        raise BookError(
            "the book differs from the bills",
            got=f"{sum(month.differing for month in differing)} balances",
            expected="none",
            where={"month": differing[0].business_date, "party": differing[0].first_differing},
        )
    return {
        "balances_compared": sum(month.compared for month in months),
        "differing": 0,
        "months": [_reconciled_record(month, plan) for month in months],
    }


def _reconciled_record(month: MonthReconciled, plan: BookPlan) -> Record:
    return {
        **plan.dates(month.business_date).as_record(),
        "compared": month.compared,
        "owed_fen": month.owed_fen,
        "credit_fen": month.credit_fen,
        "above_limit": month.above_limit,
    }


def classification_record(bank: Bank, plan: BookPlan) -> Record:
    """Tell the portfolio's figures month by month."""
    with bank.work() as work:
        runs = [classify_book(work, plan=plan, dates=plan.dates(month)) for month in plan.months]
        figures = [portfolio(work.connection, run=run) for run in runs]
    return {"days_past_due": "estimated", "months": [figure.as_record() for figure in figures]}


def evidence_record(bank: Bank) -> Record:
    """Verify everything sealed, and count it.

    Raises: EvidenceError if something was changed.
    """
    verification = bank.verify()
    if verification.problems:
        raise EvidenceError(
            f"{len(verification.problems)} problems in the evidence",
            got=str(verification.problems[0]),
            hint="creditloop evidence verify",
        )
    with connect(bank.url) as connection:
        names = [table.name for table in sealed_tables(connection) if table.name not in _GROWING]
        counts = {name: _rows_of(connection, name) for name in names}
    return {"problems": 0, "rows_sealed": counts}


def _rows_of(connection: Connection, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))
    row = connection.execute(query).fetchone()
    assert row is not None  # count(*) always gives a row
    return int(row[0])
