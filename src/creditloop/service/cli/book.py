"""`creditloop book …`: post a migrated card book, read balances and one customer's record."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.book import HistoryLine, adjustments, check_history, history, owed, trial_balance
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import connect
from creditloop.service.booking.card_book import import_statements
from creditloop.service.cli.book_audit import audit
from creditloop.service.cli.book_export import export
from creditloop.service.cli.opening import bank_of, book_plan
from creditloop.service.cli.options import (
    LOOK_UP,
    AsJson,
    BusinessDate,
    Database,
    Reason,
    RulesAsOf,
    day,
    reader,
)
from creditloop.service.cli.output import Section, money, progress_bar, show
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read
from creditloop.service.posting import post_months

_EVENT_COLUMNS = ("sequence", "value_date", "kind", "derived", "amount_fen", "source_ref", "hash")
Plan = Annotated[Path, typer.Argument(help="The plan document, e.g. examples/taiwan_cards/book.yaml.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="The loan book (贷款台账).")
    group.command("post")(post)
    group.command("balances")(balances)
    group.command("history")(show_history)
    group.command("refunds")(show_refunds)
    group.command("export")(export)
    group.command("audit")(audit)
    app.add_typer(group, name="book")


def post(plan: Plan, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Import a plan's statements and post its months; what is done already is not repeated.

    Example: creditloop book post examples/taiwan_cards/book.yaml
    """
    bank = bank_of(database)
    described = book_plan(bank, plan)
    with progress_bar("import") as progress, bank.work() as work:
        import_statements(work, plan=described, progress=progress)
    rows = [
        (
            str(posted.dates.business_date),
            posted.kind.value,
            posted.event_count,
            posted.posting_count,
            posted.repeated,
        )
        for posted in post_months(bank, plan=described)
    ]
    names = ("business_date", "kind", "events", "postings", "repeated")
    record = {
        "rules_as_of": described.rules_as_of.isoformat(),
        "months": [dict(zip(names, row, strict=True)) for row in rows],
    }
    title = f"posted, rules as of {described.rules_as_of}"
    show(record, sections=[Section(title=title, columns=names, rows=rows)], as_json=as_json)


def balances(
    business_date: BusinessDate,
    rules_as_of: RulesAsOf,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print the trial balance at a day's end, and what customers owe in all.

    Example: creditloop book balances --business-date 2005-09-30 --rules-as-of 2024-06-30
    """
    at, rules = day(business_date), day(rules_as_of)
    with connect(bank_of(database).url) as connection:
        lines = trial_balance(connection, as_of=at)
        customers = owed(connection, as_of=at)
    names = ("account", "zh", "en", "debit_fen", "credit_fen", "balance_fen")
    records = [
        (
            line.account.code,
            line.account.zh,
            line.account.en,
            line.debit_fen,
            line.credit_fen,
            line.balance_fen,
        )
        for line in lines
    ]
    rows = [(account, zh, *(money(amount) for amount in amounts)) for account, zh, _, *amounts in records]
    record = {
        "business_date": str(at),
        "rules_as_of": str(rules),
        "customers": customers.height,
        "accounts": [dict(zip(names, row, strict=True)) for row in records],
    }
    title = f"trial balance, business date {at}, rules as of {rules}, {customers.height:,} customers"
    columns = ["account", "科目", "debit", "credit", "balance"]
    show(record, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)


def show_history(
    party: Annotated[str, typer.Argument(help="The customer, e.g. taiwan_cards/7.")],
    business_date: BusinessDate,
    rules_as_of: RulesAsOf,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print one customer's events with their postings, sources and hashes, recomputed and checked.

    Example: creditloop book history taiwan_cards/7 --business-date 2005-09-30 --rules-as-of 2024-06-30
    """
    at, rules = day(business_date), day(rules_as_of)
    with bank_of(database).work() as work:
        lines = history(work.connection, party_id=party)
        check_history([line.event for line in lines])
        until = [line for line in lines if line.event.value_date <= at]
        if not until:
            raise InputError(
                "the customer's record begins later", got=str(at), expected=str(lines[0].event.value_date)
            )
        record_own_read(
            work,
            package="creditloop.book",
            table="book.event",
            columns=_EVENT_COLUMNS,
            purpose="display",
            reader=reader(),
            reason=reason,
            parties_count=1,
            party_id=party,
        )
    record = {
        "party": party,
        "business_date": str(at),
        "rules_as_of": str(rules),
        "events": [_event_record(line) for line in until],
    }
    rows = [
        (
            line.event.sequence,
            str(line.event.value_date),
            line.event.kind.value + (" (derived)" if line.event.derived else ""),
            money(line.event.amount_fen),
            money(line.owed_after_fen),
        )
        for line in until
    ]
    title = f"{party}, business date {at}, rules as of {rules}"
    columns = ["no.", "value date", "event", "amount", "owed after"]
    show(record, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)


def show_refunds(
    business_date: BusinessDate,
    rules_as_of: RulesAsOf,
    most: Annotated[int, typer.Option(min=0, help="Print at most so many; all are counted.")] = 20,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """List the refunds and adjustments (退款与调整): months whose derived net charges were negative.

    Example: creditloop book refunds --business-date 2005-09-30 --rules-as-of 2024-06-30
    """
    at, rules = day(business_date), day(rules_as_of)
    with bank_of(database).work() as work:
        found = adjustments(work.connection, as_of=at)
        record_own_read(
            work,
            package="creditloop.book",
            table="book.event",
            columns=found.columns,
            purpose="display",
            reader=reader(),
            reason=reason,
            parties_count=found["party_id"].n_unique(),
        )
    names = ("party_id", "value_date", "amount_fen", "source_ref")
    listed = [tuple(row[name] for name in names) for row in found.head(most).iter_rows(named=True)]
    record = {
        "business_date": str(at),
        "rules_as_of": str(rules),
        "total": found.height,
        "adjustments": [dict(zip(names, row, strict=True)) for row in listed],
    }
    rows = [(party, str(value_date), money(amount), source) for party, value_date, amount, source in listed]
    title = (
        f"refunds and adjustments: {len(rows)} of {found.height:,}, business date {at}, rules as of {rules}"
    )
    columns = ["customer", "value date", "amount", "source"]
    show(record, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)


def _event_record(line: HistoryLine) -> dict[str, object]:
    event = line.event
    return {
        "sequence": event.sequence,
        "value_date": str(event.value_date),
        "kind": event.kind.value,
        "derived": event.derived,
        "amount_fen": event.amount_fen,
        "owed_after_fen": line.owed_after_fen,
        "postings": [{"account": leg.account, "amount_fen": leg.amount_fen} for leg in event.legs],
        "source": event.source_ref,
        "hash": event.hash,
    }
