"""`creditloop recover …`: route a month's cases, read the queue, contact, complain, resolve."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from creditloop.kernel.errors import InputError
from creditloop.recover import ContactEvent, Occasion, queue, routing_counts
from creditloop.service.booking.card_book import BookPlan
from creditloop.service.cli.opening import bank_of, book_plan
from creditloop.service.cli.options import LOOK_UP, AsJson, BusinessDate, Database, Reason, day, reader
from creditloop.service.cli.output import Section, money, show
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read
from creditloop.service.recovering.routing import (
    complain,
    contact_party,
    occasion_of,
    permission_of,
    resolve,
    route_month,
)
from creditloop.service.work import Work

Plan = Annotated[Path, typer.Argument(help="The plan document of the book.")]
Party = Annotated[str, typer.Argument(help="The customer, e.g. taiwan_cards/7.")]
At = Annotated[str, typer.Option(metavar="INSTANT", help="When, e.g. 2005-07-12T10:30+08:00.")]
Note = Annotated[str, typer.Option(help="What was said, or how it was resolved.")]
Key = Annotated[str, typer.Option(help="Your own id of this event: the same one is recorded once.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Collections (清收): routing, queue, contacts, complaints.")
    group.command("route")(route)
    group.command("queue")(show_queue)
    group.command("ask")(ask)
    group.command("contact")(contact)
    group.command("complain")(record_complaint)
    group.command("resolve")(record_resolution)
    app.add_typer(group, name="recover")


def route(
    plan: Plan, business_date: BusinessDate, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Route every customer at a month's end by policy; a repeat finds the first.

    Example: creditloop recover route examples/taiwan_cards/book.yaml --business-date 2005-06-30
    """
    bank = bank_of(database)
    with bank.work() as work:
        run = route_month(work, plan=book_plan(bank, plan), month=day(business_date))
        counts = routing_counts(work.connection, batch_id=run.batch_id)
    record = {
        **run.dates.as_record(),
        "parties": run.parties,
        "cases": run.cases,
        "warnings": run.warning_batch or None,
        "batch": str(run.batch_id),
        "routes": counts.to_dicts(),
    }
    rows = [
        (route, rule, cases, money(amount), money(value))
        for route, rule, cases, amount, value in counts.rows()
    ]
    title = (
        f"{run.cases:,} cases of {run.parties:,} customers, business date {run.dates.business_date}, "
        f"rules as of {run.dates.rules_as_of}"
    )
    columns = ["route", "rule", "cases", "owed", "value at risk"]
    show(record, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)


def show_queue(
    business_date: BusinessDate,
    route: Annotated[str | None, typer.Option(help="Only this route.")] = None,
    most: Annotated[int, typer.Option(min=0, help="Print at most so many; all are counted.")] = 20,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print the cases open on a day, largest value at risk first.

    Example: creditloop recover queue --business-date 2005-07-31 --route call
    """
    on = day(business_date)
    with bank_of(database).work() as work:
        found = queue(work.connection, on=on, route=route)
        record_own_read(
            work,
            package="creditloop.recover",
            table="recover.case",
            columns=found.columns,
            purpose="display",
            reader=reader(),
            reason=reason,
            parties_count=min(found.height, most),
        )
    listed = found.head(most)
    record = {
        "business_date": str(on),
        "total": found.height,
        "stopped": int(found["stopped"].sum()),
        "cases": [{**row, "opened_on": str(row["opened_on"])} for row in listed.iter_rows(named=True)],
    }
    rows = [
        (
            row["party_id"],
            row["route"],
            row["months_late"],
            money(row["amount_fen"]),
            money(row["value_at_risk_fen"]),
            row["level"],
            row["stopped"],
            row["reason_zh"],
        )
        for row in listed.select(pl.all()).iter_rows(named=True)
    ]
    title = f"queue: {listed.height} of {found.height:,}, business date {on}"
    columns = ["customer", "route", "months late", "owed", "value at risk", "warning", "stopped", "reason"]
    show(record, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)


def ask(
    plan: Plan,
    party: Party,
    channel: Annotated[str, typer.Option(help="message or call.")],
    at: At,
    recipient: Annotated[str, typer.Option(help="customer or other.")] = "customer",
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Ask whether somebody may be contacted about a customer's case, and by which rule.

    Example: creditloop recover ask examples/taiwan_cards/book.yaml taiwan_cards/7 --channel call
    --at 2005-07-12T10:30+08:00
    """
    bank = bank_of(database)
    with bank.work() as work:
        told = permission_of(
            work,
            plan=book_plan(bank, plan),
            party_id=party,
            channel=channel,
            recipient=recipient,
            at=_instant(at),
        )
    record = {
        "party": party,
        "allowed": told.allowed,
        "rule": told.rule,
        "code": told.reason.code,
        "zh": told.reason.zh,
        "en": told.reason.en,
    }
    show(
        record, sections=[Section(title=party, columns=["", ""], rows=list(record.items()))], as_json=as_json
    )


def contact(
    plan: Plan,
    party: Party,
    channel: Annotated[str, typer.Option(help="message or call.")],
    at: At,
    note: Note,
    key: Key,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Record a contact before it is made; refused with the rule if it is not allowed (exit status 3).

    Example: creditloop recover contact examples/taiwan_cards/book.yaml taiwan_cards/7 --channel call
    --at 2005-07-12T10:30+08:00 --note "asked for payment" --key call-1
    """
    bank = bank_of(database)
    with bank.work() as work:
        book = book_plan(bank, plan)
        occasion = _occasion(work, book, party=party, at=at, person=getpass.getuser(), note=note, key=key)
        event = contact_party(work, plan=book, occasion=occasion, channel=channel)
    _show_events([event], as_json=as_json)


def record_complaint(
    plan: Plan,
    party: Party,
    at: At,
    note: Note,
    key: Key,
    kind: Annotated[str, typer.Option(help="complaint or objection.")] = "complaint",
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Record a customer's complaint or objection: from then on contact stops.

    Example: creditloop recover complain examples/taiwan_cards/book.yaml taiwan_cards/7
    --at 2005-07-12T11:00+08:00 --note "called too often" --key complaint-1
    """
    bank = bank_of(database)
    with bank.work() as work:
        book = book_plan(bank, plan)
        occasion = _occasion(work, book, party=party, at=at, person=party, note=note, key=key)
        event = complain(work, occasion=occasion, kind=kind)
    _show_events([event], as_json=as_json)


def record_resolution(
    plan: Plan,
    party: Party,
    at: At,
    note: Note,
    key: Key,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Record that a customer's open complaints and objections are resolved, and how.

    Example: creditloop recover resolve examples/taiwan_cards/book.yaml taiwan_cards/7
    --at 2005-07-20T15:00+08:00 --note "apologised, one message a week agreed" --key resolution-1
    """
    bank = bank_of(database)
    with bank.work() as work:
        book = book_plan(bank, plan)
        occasion = _occasion(work, book, party=party, at=at, person=getpass.getuser(), note=note, key=key)
        events = resolve(work, occasion=occasion)
    _show_events(list(events), as_json=as_json)


def _occasion(
    work: Work, plan: BookPlan, *, party: str, at: str, person: str, note: str, key: str
) -> Occasion:
    return occasion_of(
        work,
        contract=plan.contract,
        party_id=party,
        at=_instant(at),
        person=person,
        note=note,
        key=key,
        simulated=False,
    )


def _show_events(events: list[ContactEvent], *, as_json: bool) -> None:
    names = ("kind", "at", "person", "note", "rule", "event_id", "resolves")
    records = [{name: getattr(event, name) for name in names} for event in events]
    rows = [(name, str(value)) for record in records for name, value in record.items() if value is not None]
    party = events[0].party_id
    section = Section(title=party, columns=["", ""], rows=rows)
    show({"party": party, "events": records}, sections=[section], as_json=as_json)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError("not an instant", got=repr(text), expected="e.g. 2005-07-12T10:30+08:00") from error
    if at.tzinfo is None:
        raise InputError("the instant has no time zone", got=text, expected="e.g. 2005-07-12T10:30+08:00")
    return at.astimezone(UTC)
