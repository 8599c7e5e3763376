"""`creditloop loans …`: one loan shown with its plan and events, and its statement as a file."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.book.loans import event_kind
from creditloop.kernel.errors import InputError
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, day, reader
from creditloop.service.cli.output import Section, money, show
from creditloop.service.loans import LoanView, booked_balances, find_loan_view
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read
from creditloop.service.statements import LoanStatement, loan_statement, render_statement_pdf
from creditloop.service.work import Work

Loan = Annotated[str, typer.Argument(help="The loan (借据编号), e.g. L-1.")]
On = Annotated[
    str, typer.Option(metavar="YYYY-MM-DD", help="The day it is shown on; the open day if left out.")
]
Since = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="First day of the period.")]
Until = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Last day of the period.")]
File = Annotated[Path | None, typer.Option(help="Where the statement is written, as PDF.")]
Language = Annotated[str, typer.Option(help="Language of the PDF: zh or en.")]
_READ = ("loan_id", "party_id", "kind", "value_date", "booked_on", "payload", "amounts_fen")
_PARTS = ("principal_fen", "interest_fen", "fee_fen", "penalty_fen", "overpaid_fen")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Loans of the book: one shown, its statement (借据：查询、对账单).")
    group.command("show")(show_loan)
    group.command("statement")(statement)
    app.add_typer(group, name="loans")


def show_loan(
    loan: Loan, on: On = "", reason: Reason = LOOK_UP, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Print where a loan stands: what is owed, its plan in force and its events.

    Example: creditloop loans show L-1
    """
    with bank_of(database).work() as work:
        view = find_loan_view(work, loan_id=loan, on=day(on) if on else None)
        _log(work, party_id=view.loan.party_id, reason=reason)
    record = _record(view)
    facts = [(name, value) for name, value in record.items() if not isinstance(value, list | dict)]
    balances = booked_balances(view.state)
    facts += [(name.removesuffix("_fen"), money(getattr(balances, name))) for name in _PARTS]
    plan = [
        (
            row.nr,
            str(row.due),
            *(money(units) for units in (*row.amounts[::-1], sum(row.paid), row.open_units)),
        )
        for row in view.state.rows
    ]
    events = [
        (
            one.event.sequence,
            one.event.id,
            event_kind(one.event),
            str(one.event.value_date),
            str(one.event.booked_on),
            money(getattr(one.event, "amount", None)),
        )
        for one in view.loan.events
    ]
    plan_columns = ("nr", "due", "principal", "interest", "fee", "penalty", "paid", "open")
    event_columns = ("no.", "event", "kind", "value date", "booked on", "amount")
    sections = [
        Section(title=f"{loan}, {view.on}", columns=("", ""), rows=facts),
        Section(title="应还明细 plan in force", columns=plan_columns, rows=plan),
        Section(title="事件 events", columns=event_columns, rows=events),
    ]
    show(record, sections=sections, as_json=as_json)


def statement(
    loan: Loan,
    since: Since,
    until: Until,
    file: File = None,
    language: Language = "zh",
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print a loan's statement of a period, both days included; with --file it is written as PDF too.

    Example: creditloop loans statement L-1 --since 2026-01-01 --until 2026-01-31 --file statement.pdf
    """
    if file is not None and file.suffix.lower() != ".pdf":
        raise InputError("a statement is written as PDF", got=file.name, expected="a file that ends in .pdf")
    with bank_of(database).work() as work:
        found = loan_statement(work, loan, day(since), day(until))
        _log(work, party_id=found.party_id, reason=reason)
    if file is not None:
        file.write_bytes(render_statement_pdf(found, language=language))
    record = found.as_record() | ({} if file is None else {"file": str(file)})
    show(record, sections=_sections(found), as_json=as_json)


def _log(work: Work, *, party_id: str, reason: str) -> None:
    record_own_read(
        work,
        package="creditloop.book",
        table="book.loan_event",
        columns=_READ,
        purpose="display",
        reader=reader(),
        reason=reason,
        parties_count=1,
        party_id=party_id,
    )


def _record(view: LoanView) -> dict[str, object]:
    loan, close = view.loan, view.last_close
    balances = booked_balances(view.state)
    return {
        "loan": loan.loan_id,
        "party": loan.party_id,
        "product": loan.product,
        "on": str(view.on),
        "status": view.state.status.value,
        "written_off": view.state.written_off,
        "dpd": view.state.dpd,
        "tier": None if close is None else close.tier,
        "stage": None if close is None else close.stage,
        "closed_through": None if close is None else str(close.business_date),
        "agreement": view.agreement_hash,
        "balances": {name: getattr(balances, name) for name in _PARTS},
        "lenders": dict(zip(loan.shares.parties, loan.shares.weights, strict=True)),
        "plan": [
            {
                "nr": row.nr,
                "due": str(row.due),
                "kind": row.kind.value,
                "penalty_fen": row.amounts[0],
                "fee_fen": row.amounts[1],
                "interest_fen": row.amounts[2],
                "principal_fen": row.amounts[3],
                "paid_fen": sum(row.paid),
                "open_fen": row.open_units,
            }
            for row in view.state.rows
        ],
        "events": [
            {
                "sequence": one.event.sequence,
                "id": one.event.id,
                "kind": event_kind(one.event),
                "value_date": str(one.event.value_date),
                "booked_on": str(one.event.booked_on),
                "amount_fen": getattr(one.event, "amount", None),
                "hash": one.hash,
            }
            for one in view.loan.events
        ],
    }


def _sections(found: LoanStatement) -> list[Section]:
    columns = ("", "principal", "interest", "fee", "penalty", "overpaid", "total")
    names = (*_PARTS, "total_fen")
    sums = [
        (title, *(money(getattr(parts, name)) for name in names))
        for title, parts in (
            ("期初 opening", found.opening),
            ("交易 events", found.moved),
            ("计提 accrued", found.accrued),
            ("期末 closing", found.closing),
        )
    ]
    lines = [
        (
            event.sequence,
            event.event_id,
            event.kind,
            str(event.booked_on),
            money(event.amount_fen),
            *(money(getattr(event.moved, name)) for name in names),
        )
        for event in found.events
    ]
    rates = [(f"{rate.zh} {rate.en}", rate.shown) for rate in found.rates]
    marked = " (simulated 模拟)" if found.simulated else ""
    return [
        Section(title=f"{found.loan_id}, {found.since} to {found.until}{marked}", columns=columns, rows=sums),
        Section(
            title="交易明细 events",
            columns=("no.", "event", "kind", "booked on", "amount", *columns[1:]),
            rows=lines,
        ),
        Section(title="年化利率 annualised rates", columns=("", ""), rows=rates),
    ]
