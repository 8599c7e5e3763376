"""A migrated card book (信用卡台账迁移): the old bank's statements, imported, then posted month by month.

A plan document (`examples/taiwan_cards/book.yaml`) says which contract and file hold the statements, which
months are posted, and the two dates every figure carries. Each step is one piece of work and safe to
repeat.

1. import the file under its contract
2. take over the opening balances from the first statement
3. post each following month: payments as reported, net charges derived
Each of 2 and 3 says `MonthPosted`, which is answered in `wiring`; whoever answers reads the plan from the
bank's own archive, by its hash, so it is the very plan that was posted by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl

from creditloop.book import PostedBatch, is_posted, migrate_opening, owed, post_statement_month
from creditloop.data import ImportResult, Progress, read_table
from creditloop.kernel.dates import Dates, start_of_day
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError, OutOfOrder
from creditloop.kernel.facts import Fact
from creditloop.service.day_reads import known_by_day
from creditloop.service.importing import import_source
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

READER = "service.card_book"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPlan:
    """What to migrate and post.

    Attributes:
        document: the plan's own text, kept with the batches it led to.
        contract: name of the data contract.
        file: the statements.
        table: the contract's table of statements: statement_date, bill_fen, payment_fen, months_late.
        limits: the contract's table of limits: limit_fen.
        rules_as_of: the day whose rules judge the book.
        months: statement days in order; the first gives the opening balances.
    """

    document: Document
    product: str
    contract: str
    file: Path
    table: str
    limits: str
    rules_as_of: date
    months: tuple[date, ...]

    def dates(self, month: date) -> Dates:
        """Return the dates of a month's figures."""
        return Dates(business_date=month, rules_as_of=self.rules_as_of)


def read_plan(document: Document, *, root: Path) -> BookPlan:
    """Read a plan; the file's path is relative to the bank's folder.

    Raises: PolicyError naming file and line.
    """
    keys = ["plan", "product", "contract", "file", "statements", "limits", "rules_as_of", "months"]
    entries = document.root.mapping(required=keys, optional=["title"])
    entries["plan"].text(among=["card_book"])
    months = tuple(node.day() for node in entries["months"].items())
    if not months or list(months) != sorted(set(months)):
        raise entries["months"].fail(
            "months must be in order of time, each once, and at least one", got=[str(m) for m in months]
        )
    return BookPlan(
        document=document,
        product=entries["product"].text(),
        contract=entries["contract"].text(),
        file=root / entries["file"].text(),
        table=entries["statements"].text(),
        limits=entries["limits"].text(),
        rules_as_of=entries["rules_as_of"].day(),
        months=months,
    )


def import_statements(work: Work, *, plan: BookPlan, progress: Progress | None = None) -> ImportResult:
    """Import the plan's file; a repeat returns the first result."""
    contract = work.contract(plan.contract)
    result = import_source(work, contract=contract, file=plan.file, progress=progress)
    if not result.repeated:
        work.adopt(plan.document, kind="plan")
    return result


def post_month(work: Work, *, plan: BookPlan, month: date) -> PostedBatch:
    """Post a month of the plan (the first: the opening balances) and say so.

    A repeat returns the first result.

    Raises: InputError if the month is not in the plan, and what the book raises.
    """
    _check_in_plan(plan, month)
    post = migrate_opening if month == plan.months[0] else post_statement_month
    contract = work.contract(plan.contract)
    posted = post(
        work.connection,
        rows=statement_rows(
            work, plan=plan, month=month, columns=["bill_fen", "payment_fen"], purpose="posting"
        ),
        batch_key=batch_key(plan, month),
        dates=plan.dates(month),
        booking_date=month,
        now=work.now,
        currency=contract.currency,
    )
    if not posted.repeated:
        work.adopt(plan.document, kind="plan")
        work.recorded(posted.batch_id)
        work.say(_month_posted(work, plan=plan, posted=posted))
    return posted


def check_posted(work: Work, *, plan: BookPlan, month: date) -> None:
    """Refuse a month that the book does not stand at or beyond: its balances would be an earlier month's.

    Raises: InputError if the month is not in the plan; OutOfOrder if it is not posted yet.
    """
    _check_in_plan(plan, month)
    if not is_posted(work.connection, batch_key=batch_key(plan, month)):
        raise OutOfOrder(
            "the month is not posted yet",
            got=str(month),
            where={"batch": batch_key(plan, month)},
            hint=f"creditloop book post {plan.document.path}",
        )


def statement_rows(
    work: Work, *, plan: BookPlan, month: date, columns: Sequence[str], purpose: str
) -> pl.DataFrame:
    """Read a month's statements for a purpose, as known when the month had closed.

    Returns: party_id, source_ref (table, batch and row of the statement), and the columns asked for.
    """
    frame = _read(
        work,
        plan=plan,
        month=month,
        table=plan.table,
        columns=["party_id", "statement_date", "batch_id", "row_no", *columns],
        purpose=purpose,
        since=month,
    )
    source = pl.format(f"source.{plan.contract}_{plan.table}/{{}}/{{}}", "batch_id", "row_no")
    return frame.filter(pl.col("statement_date") == month).select(
        "party_id", source.alias("source_ref"), *columns
    )


def limits(work: Work, *, plan: BookPlan, month: date, purpose: str) -> pl.DataFrame:
    """Read every customer's limit as known when a month had closed: party_id, limit_fen."""
    return _read(
        work, plan=plan, month=month, table=plan.limits, columns=["party_id", "limit_fen"], purpose=purpose
    )


def owed_at(work: Work, *, plan: BookPlan, month: date, purpose: str) -> pl.DataFrame:
    """Read what every customer owes at a month's end, as `book.owed` returns it; the read is logged."""
    balances = owed(work.connection, as_of=month)
    record_own_read(
        work,
        package="creditloop.book",
        table="book.posting",
        columns=["party_id", "account", "amount_fen"],
        purpose=purpose,
        reader=READER,
        reason=_reason(plan, month),
        parties_count=balances.height,
    )
    return balances


def batch_key(plan: BookPlan, month: date) -> str:
    """Return the key under which a month of the plan is posted."""
    return f"{plan.contract}/{'opening' if month == plan.months[0] else 'statement'}/{month:%Y-%m}"


def _reason(plan: BookPlan, month: date) -> str:
    return f"{plan.product} {month:%Y-%m}"


def _check_in_plan(plan: BookPlan, month: date) -> None:
    if month not in plan.months:
        raise InputError(
            "the plan has no such month",
            got=str(month),
            expected=[str(day) for day in plan.months],
            where={"file": plan.document.path},
        )


def _read(
    work: Work,
    *,
    plan: BookPlan,
    month: date,
    table: str,
    columns: Sequence[str],
    purpose: str,
    since: date | None = None,
) -> pl.DataFrame:
    contract = work.contract(plan.contract)
    return read_table(
        work.connection,
        contract=contract,
        table=table,
        columns=columns,
        purpose=purpose,
        reader=READER,
        reason=_reason(plan, month),
        known_by=known_by_day(contract, table=table, as_of=month),
        now=work.now,
        record_denial=work.record_denial,
        occurred_from=None
        if since is None
        else start_of_day(since, utc_offset_hours=contract.utc_offset_hours),
    )


def _month_posted(work: Work, *, plan: BookPlan, posted: PostedBatch) -> Fact:
    month = posted.dates.business_date
    return Fact(
        kind="MonthPosted",
        key=posted.batch_key,
        occurred_at=datetime.combine(month, time(), tzinfo=UTC),
        known_at=work.now,
        payload={
            "batch": str(posted.batch_id),
            "plan": plan.document.hash,
            "product": plan.product,
            **posted.dates.as_record(),
        },
    )
