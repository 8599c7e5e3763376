"""The loop over the example book, step by step: what `make run` shows.

    database      start it, bring it to this version
    import        30,000 customers and their statements, under contract
    findings      what the import noticed, by code
    book          opening balances, then each month's payments and net charges
    reconciliation  the book against every bill, and the trial balance
    classification  days past due, buckets and five tiers, month by month
    evidence      everything sealed, verified

Each step is a command of its own on other data. A second run finds everything done and repeats nothing; the
result is the same to the byte, so it holds no clock, no duration, nothing drawn by chance.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from creditloop.book import EventKind, PostedBatch, adjustments, trial_balance
from creditloop.data import finding_counts
from creditloop.kernel.errors import BookError, EvidenceError
from creditloop.kernel.storage import Connection, connect
from creditloop.monitor import portfolio
from creditloop.service.bank import Bank
from creditloop.service.card_book import BookPlan, import_statements, read_plan
from creditloop.service.classifying import classify_book
from creditloop.service.posting import post_months
from creditloop.service.reconciling import MonthReconciled, reconcile_month
from creditloop.service.wiring import sealed_tables

PLAN = "examples/taiwan_cards/book.yaml"
DATABASE = "creditloop_demo"
RESULT = Path("var/demo/result.json")
_GROWING = frozenset({"data.access_log"})
"""Tables that a second run adds to: each read is logged."""

Record = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step's name, what it found, and how long it took."""

    name: str
    record: Record
    seconds: float


def run_demo(bank: Bank, *, progress: Callable[[int, int | None], None]) -> Iterator[StepDone]:
    """Run every step in order, yielding each as it is done.

    Raises: BookError if the book differs from a bill, EvidenceError if anything sealed was changed.
    """
    plan = read_plan(bank.places.document(PLAN), root=bank.places.documents)
    steps: Mapping[str, Callable[[], Record]] = {
        "import": lambda: _import(bank, plan, progress),
        "findings": lambda: _findings(bank, plan),
        "book": lambda: _book(bank, plan),
        "reconciliation": lambda: _reconciliation(bank, plan),
        "classification": lambda: _classification(bank, plan),
        "evidence": lambda: _evidence(bank),
    }
    for name, step in steps.items():
        began = time.perf_counter()
        record = step()
        yield StepDone(name=name, record=record, seconds=time.perf_counter() - began)


def write_result(record: Mapping[str, object], *, folder: Path) -> Path:
    """Write the steps' records to var/demo/result.json below a folder: same records, same bytes."""
    file = folder / RESULT
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return file


def _import(bank: Bank, plan: BookPlan, progress: Callable[[int, int | None], None]) -> Record:
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


def _findings(bank: Bank, plan: BookPlan) -> Record:
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


def _book(bank: Bank, plan: BookPlan) -> Record:
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


def _reconciliation(bank: Bank, plan: BookPlan) -> Record:
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


def _classification(bank: Bank, plan: BookPlan) -> Record:
    with bank.work() as work:
        runs = [classify_book(work, plan=plan, dates=plan.dates(month)) for month in plan.months]
        figures = [portfolio(work.connection, run=run) for run in runs]
    return {"days_past_due": "estimated", "months": [figure.as_record() for figure in figures]}


def _evidence(bank: Bank) -> Record:
    verification = bank.verify()
    if verification.problems:
        raise EvidenceError(
            f"{len(verification.problems)} problems in the evidence",
            got=str(verification.problems[0]),
            hint="creditloop evidence verify --database " + DATABASE,
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
