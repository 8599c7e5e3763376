"""`creditloop lend …`: limits and what is left of them, letters, agreements, answers to an offered raise."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from creditloop.kernel.errors import UnknownId
from creditloop.lend import find_agreements, find_letters, find_limit_history, lend_counts
from creditloop.service.cli.evidence_network import add_payout_commands
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
from creditloop.service.cli.output import Section, money, percent, show
from creditloop.service.lending.limits import (
    answer_raises,
    limit_position_of,
    limit_positions,
    take_over_limits,
)
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

Plan = Annotated[Path, typer.Argument(help="The plan document of the book.")]
Party = Annotated[str, typer.Argument(help="The customer, e.g. taiwan_cards/7.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Limits, agreements and letters (放贷：额度、合同、告知书).")
    group.command("take-over")(take_over)
    group.command("limits")(limits)
    group.command("limit")(limit)
    group.command("answer")(answer)
    group.command("agreement")(agreement)
    group.command("letter")(letter)
    add_payout_commands(group)
    app.add_typer(group, name="lend")


def take_over(plan: Plan, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Take over every customer's limit at the plan's first month; a repeat finds the first.

    Example: creditloop lend take-over examples/taiwan_cards/book.yaml
    """
    bank = bank_of(database)
    with bank.work() as work:
        described = book_plan(bank, plan)
        batch = take_over_limits(work, plan=described)
    record = {
        **batch.dates.as_record(),
        "limits": batch.events,
        "source": batch.source,
        "batch": str(batch.batch_id),
    }
    show(record, sections=[_facts("limits taken over", record)], as_json=as_json)


def limits(
    plan: Plan, business_date: BusinessDate, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Print how the limits of a book are used at a month's end, and what was done about them so far.

    Example: creditloop lend limits --business-date 2005-09-30 examples/taiwan_cards/book.yaml
    """
    bank, month = bank_of(database), day(business_date)
    with bank.work() as work:
        described = book_plan(bank, plan)
        frame = limit_positions(work, plan=described, month=month)
        counts = lend_counts(work.connection)
    record = {**described.dates(month).as_record(), **_totals(frame), **counts}
    rows = [
        (name, money(value) if name.endswith("_fen") else value) for name, value in _totals(frame).items()
    ]
    done = [(name, kind, count) for name in ("acts", "events") for kind, count in _pairs(counts[name])]
    sections = [
        Section(title=f"limits, business date {month}", columns=["", ""], rows=rows),
        Section(title="done so far", columns=["", "kind", "count"], rows=done),
    ]
    show(record, sections=sections, as_json=as_json)


def limit(
    party: Party,
    business_date: BusinessDate,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print one customer's limit, what is used and left of it, and how it came to be.

    Example: creditloop lend limit taiwan_cards/7 --business-date 2005-09-30
    """
    on = day(business_date)
    with bank_of(database).work() as work:
        position = limit_position_of(work, party_id=party, on=on, reader=reader(), reason=reason)
        history = find_limit_history(work.connection, party_id=party)
    names = (
        "sequence",
        "occurred_on",
        "kind",
        "change_fen",
        "limit_fen",
        "frozen",
        "offered_fen",
        "simulated",
    )
    rows = [
        (
            event.after.sequence,
            str(event.occurred_on),
            event.kind.value,
            event.change_fen,
            event.after.limit_fen,
            event.after.frozen,
            event.after.offered_fen,
            event.simulated,
        )
        for event in history
        if event.occurred_on <= on
    ]
    record = {
        "business_date": str(on),
        **position.as_record(),
        "events": [dict(zip(names, row, strict=True)) for row in rows],
    }
    facts = [(name, _shown(name, value)) for name, value in position.as_record().items()]
    told = [tuple(_shown(name, value) for name, value in zip(names, row, strict=True)) for row in rows]
    sections = [
        Section(title=f"{party}, business date {on}", columns=["", ""], rows=facts),
        Section(title="events", columns=names, rows=told),
    ]
    show(record, sections=sections, as_json=as_json)


def answer(
    party: Party,
    business_date: BusinessDate,
    rules_as_of: RulesAsOf,
    source: Annotated[str, typer.Option(help="What the answer came by, e.g. a form's number.")],
    product: Annotated[str, typer.Option(help="The product the limit is of.")],
    accept: Annotated[bool, typer.Option("--accept/--decline", help="What the customer answered.")],
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Record a customer's answer to the raise on offer; only an acceptance raises the limit.

    Example: creditloop lend answer taiwan_cards/7 --business-date 2005-07-20 --rules-as-of 2024-06-30
    --source form-12 --product credit_card --accept
    """
    with bank_of(database).work() as work:
        batch = answer_raises(
            work,
            party_ids=[party],
            accepted=accept,
            on=day(business_date),
            source=source,
            simulated=False,
            product=product,
            rules_as_of=day(rules_as_of),
        )
        last = find_limit_history(work.connection, party_id=party)[-1]
    record = {
        **batch.dates.as_record(),
        "party": party,
        "kind": last.kind.value,
        "limit_fen": last.after.limit_fen,
        "agreements": batch.agreements,
        "batch": str(batch.batch_id),
    }
    show(record, sections=[_facts("answer recorded", record)], as_json=as_json)


def agreement(
    party: Party, reason: Reason = LOOK_UP, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Print one customer's agreements (借款合同), the last at the end.

    Example: creditloop lend agreement taiwan_cards/7
    """
    names = ("made_on", "limit_fen", "rate_annual_nano", "basis", "decision_id", "terms_hash", "simulated")
    with bank_of(database).work() as work:
        found = find_agreements(work.connection, party_id=party)
        _log(work, "lend.agreement", names, party=party, reason=reason)
    if not found:
        raise UnknownId("the customer has no agreement", got=party)
    records = [{name: getattr(entry, name) for name in names} for entry in found]
    rows = [(name, _shown(name, value)) for record in records for name, value in record.items()]
    record = {"party": party, "agreements": records}
    show(record, sections=[Section(title=party, columns=["", ""], rows=rows)], as_json=as_json)


def letter(
    party: Party,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print the letters (不利决定告知书) written to a customer, as they were written.

    Example: creditloop lend letter taiwan_cards/7 --language en
    """
    with bank_of(database).work() as work:
        found = [
            entry for entry in find_letters(work.connection, party_id=party) if entry.language == language
        ]
        _log(work, "lend.letter", ("body",), party=party, reason=reason)
    if not found:
        raise UnknownId("no letter in this language was written to the customer", got=f"{party}, {language}")
    names = ("letter_id", "decision_id", "language", "written_on", "body", "body_hash", "simulated")
    record = {
        "party": party,
        "letters": [{name: getattr(entry, name) for name in names} for entry in found],
    }
    sections = [
        Section(
            title=f"{entry.written_on}, {entry.body_hash}" + (", simulated" if entry.simulated else ""),
            columns=[""],
            rows=[(entry.body,)],
        )
        for entry in found
    ]
    show(record, sections=sections, as_json=as_json)


def _totals(frame: pl.DataFrame) -> dict[str, int]:
    return {
        "customers": frame.height,
        "frozen": int(frame["frozen"].sum()),
        "raises_on_offer": frame["offered_fen"].count(),
        "above_their_limit": frame.filter(pl.col("above_limit_fen") > 0).height,
        **{
            name: int(frame[name].sum())
            for name in ("limit_fen", "consumed_fen", "available_fen", "above_limit_fen")
        },
    }


def _pairs(counted: object) -> list[tuple[str, int]]:
    return list(counted.items()) if isinstance(counted, dict) else []


def _shown(name: str, value: object) -> object:
    if name.endswith("_fen"):
        return money(value) if isinstance(value, int) else money(None)
    if name.endswith("_nano"):
        return percent(value) if isinstance(value, int) else percent(None)
    return str(value) if isinstance(value, date) else value


def _facts(title: str, record: Mapping[str, object]) -> Section:
    rows = [(name, _shown(name, value)) for name, value in record.items()]
    return Section(title=title, columns=["", ""], rows=rows)


def _log(work: Work, table: str, columns: tuple[str, ...], *, party: str, reason: str) -> None:
    record_own_read(
        work,
        package="creditloop.lend",
        table=table,
        columns=columns,
        purpose="display",
        reader=reader(),
        reason=reason,
        parties_count=1,
        party_id=party,
    )
