"""`creditloop dayend …`: close the book's open days, and what a day adds to the general ledger."""

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import connect
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, BusinessDate, Database, day
from creditloop.service.cli.output import Section, money, progress_bar, show
from creditloop.service.day_end import (
    DayClosed,
    close_days,
    day_settlement,
    day_summary,
    expected_loss,
    write_summary,
)
from creditloop.service.opening import DATABASE

Through = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Close every open day up to this one.")]
Rules = Annotated[
    str, typer.Option(metavar="YYYY-MM-DD", help="The day whose rules judge; empty: each day's own.")
]
File = Annotated[Path | None, typer.Option(help="Also write it here: .csv (fen) or .xlsx (two decimals).")]


_NANO = Decimal(10**9)


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="The close of a business day (日终).")
    group.command("run")(run)
    group.command("summary")(summary)
    group.command("settlement")(settlement)
    group.command("expected-loss")(show_expected_loss)
    app.add_typer(group, name="dayend")


def run(
    through: Through, rules_as_of: Rules = "", database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Close every open day up to a date; what is closed already is not closed again.

    A run that was stopped goes on where it was; a missed day is caught up, oldest first.

    Example: creditloop dayend run --through 2026-01-31
    """
    bank = bank_of(database)
    days: list[DayClosed] = []
    with progress_bar("day end") as progress:
        for closed in close_days(
            bank, through=day(through), rules_as_of=day(rules_as_of) if rules_as_of else None, told=progress
        ):
            days.append(closed)
    rows = [
        (
            each.business_date.isoformat(),
            each.loans,
            money(each.principal_fen),
            money(each.interest_accrued_fen),
            money(each.own_interest_fen),
            money(each.penalty_accrued_fen),
        )
        for each in days
    ]
    columns = ("business_date", "loans", "principal", "interest", "own_interest", "penalty")
    record = {"days": [_record(each) for each in days]}
    show(record, sections=[Section(title="days closed", columns=columns, rows=rows)], as_json=as_json)


def summary(
    business_date: BusinessDate,
    file: File = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print what a closed day adds to the general ledger, and write it for the bank's core system.

    Example: creditloop dayend summary --business-date 2026-01-31 --file summary.xlsx
    """
    with connect(bank_of(database).url) as connection:
        lines = day_summary(connection, business_date=day(business_date))
    if lines.is_empty():
        raise UnknownId("nothing is posted for this day", got=business_date, hint="creditloop dayend run")
    if file is not None:
        write_summary(lines, file=file)
    rows = [
        (product, account, lender, money(debit), money(credit))
        for _, product, account, lender, debit, credit in lines.iter_rows()
    ]
    columns = ("product", "account", "lender", "debit", "credit")
    record = {"business_date": business_date, "lines": lines.drop("business_date").to_dicts()}
    title = f"general ledger, {business_date}"
    show(record, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)


def settlement(
    business_date: BusinessDate,
    file: File = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print what was collected for each partner on a day, and write it loan by loan for him.

    Example: creditloop dayend settlement --business-date 2026-01-31 --file settlement.csv
    """
    with connect(bank_of(database).url) as connection:
        totals, lines = day_settlement(connection, business_date=day(business_date))
    if file is not None:
        write_summary(lines, file=file, title="合作方清算")
    rows = [
        (
            total.product,
            total.lender,
            money(total.collected_fen),
            money(total.collected_total_fen),
            money(total.payable_fen),
        )
        for total in totals
    ]
    columns = ("product", "lender", "collected", "collected in all", "payable")
    record = {"business_date": business_date, "partners": [asdict(total) for total in totals]}
    title = f"settlement with partners, {business_date}"
    show(record, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)


def show_expected_loss(
    business_date: BusinessDate, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Print the expected credit loss of a closed day, our own part, by product and stage.

    Example: creditloop dayend expected-loss --business-date 2026-01-31
    """
    with bank_of(database).work() as work:
        lines = expected_loss(work, business_date=day(business_date))
    rows = [
        (
            line["product"],
            line["stage"],
            line["loans"],
            money(line["own_fen"]),
            *(None if line[name] is None else line[name] / _NANO for name in ("pd_nano", "lgd_nano")),
            "" if line["ecl_fen"] is None else money(line["ecl_fen"]),
        )
        for line in lines.iter_rows(named=True)
    ]
    columns = ("product", "stage", "loans", "own part", "pd", "lgd", "expected loss")
    record = {"business_date": business_date, "lines": lines.to_dicts()}
    title = f"expected credit loss, {business_date}"
    show(record, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)


def _record(closed: DayClosed) -> dict[str, object]:
    record = asdict(closed)
    return record | {name: record[name].isoformat() for name in ("business_date", "rules_as_of")}
