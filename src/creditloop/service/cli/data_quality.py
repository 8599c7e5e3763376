"""`creditloop data …`: the quality of a source, and how fresh sources are; `data_retention` has the rest."""

from datetime import timedelta
from typing import Annotated

import typer

from creditloop.data import Contract
from creditloop.data.freshness import SourceFreshness
from creditloop.data.quality import QualityReport, TableQuality, quality_report
from creditloop.kernel.errors import InputError
from creditloop.service.cli.data_retention import add_retention_commands
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, day, reader
from creditloop.service.cli.output import Section, percent, show
from creditloop.service.opening import DATABASE
from creditloop.service.source_states import source_freshness
from creditloop.service.work import Work

_AsOf = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day it is counted by.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Quality, freshness and retention of sources (质量、时效、保存期限).")
    group.command("quality")(quality)
    group.command("fresh")(fresh)
    add_retention_commands(group)
    app.add_typer(group, name="data")


def quality(
    contract: Annotated[str, typer.Argument(help="Name or path of the source's contract.")],
    days: Annotated[int, typer.Option(min=1, help="Count the reads of so many days.")] = 30,
    reason: Reason = "data quality",
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Report on the quality of a source: rows, nulls, unlisted values, findings, lateness, who reads it.

    Example: creditloop data quality taiwan_cards
    """
    with bank_of(database).work() as work:
        report = quality_report(
            work.connection,
            contract=work.contract(contract),
            reader=reader(),
            reason=reason,
            reads_since=work.now - timedelta(days=days),
            now=work.now,
            record_denial=work.record_denial,
        )
    show(_report_record(report), sections=_report_sections(report), as_json=as_json)


def fresh(
    party: Annotated[str, typer.Argument(help="The party, e.g. customer/7.")],
    as_of: _AsOf,
    sources: Annotated[
        list[str] | None, typer.Option("--source", help="Contract; every source with a limit if not said.")
    ] = None,
    purpose: Annotated[
        str, typer.Option(help="The purpose for which the sources are looked at.")
    ] = "quality",
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Say how old what each source knows of a party is, and what a decision does if it is too old.

    Example: creditloop data fresh customer/7 --as-of 2026-01-05
    """
    with bank_of(database).work() as work:
        contracts = [work.contract(name) for name in sources] if sources else _limited(work, party)
        if not contracts:
            raise InputError(
                "no contract of this party's register says how old its data may be",
                got=party,
                expected="--source CONTRACT",
            )
        states = source_freshness(
            work,
            contracts=contracts,
            party_ids=[party],
            as_of=day(as_of),
            purpose=purpose,
            reader=reader(),
            reason=reason,
        )
    told = [_fresh_record(state) for state in states]
    shown = ("source", "state", "known_on", "asked_on", "age_days", "limit_days", "then")
    rows = [
        (*(one[name] for name in shown), ", ".join(state.emptied))
        for one, state in zip(told, states, strict=True)
    ]
    columns = [*(name.replace("_", " ") for name in shown), "deleted under retention"]
    title = f"how fresh the sources about {party} are on {as_of}"
    section = Section(title=title, columns=columns, rows=rows)
    show({"party": party, "as_of": as_of, "sources": told}, sections=[section], as_json=as_json)


def _limited(work: Work, party: str) -> list[Contract]:
    """Return the contracts of a party's register that say how old their data may be."""
    folder = work.places.documents / "contracts"
    contracts = [work.contract(file.stem) for file in sorted(folder.glob("*.yaml"))]
    register = party.partition("/")[0]
    return [one for one in contracts if one.staleness and one.party.register == register]


def _fresh_record(state: SourceFreshness) -> dict[str, object]:
    return {
        "source": state.contract,
        "state": state.state.value,
        "known_on": state.known_on and str(state.known_on),
        "asked_on": state.asked_on and str(state.asked_on),
        "answer": state.answer,
        "age_days": state.age_days,
        "limit_days": state.limit_days,
        "then": state.then and state.then.value,
        "deleted_columns": list(state.emptied),
    }


def _report_record(report: QualityReport) -> dict[str, object]:
    return {
        "contract": report.contract,
        "version": report.version,
        "imports": report.imports,
        "imported_last": report.imported_last and str(report.imported_last),
        "rows_read": report.rows_read,
        "rows_rejected": report.rows_rejected,
        "rejected_nano": report.rejected_nano,
        "rejected_max_nano": report.rejected_max_nano,
        "duplicates": report.duplicates,
        "conflicts": report.conflicts,
        "tables": [_table_record(table) for table in report.tables],
        "findings": [
            {
                "code": one.code,
                "field": one.field,
                "effect": one.effect,
                "count": one.count,
                "share_nano": one.share_nano,
            }
            for one in report.findings
        ],
        "reads_since": str(report.reads_since),
        "reads": [
            {
                "purpose": one.purpose,
                "allowed": one.allowed,
                "denied": one.denied,
                "parties_withheld": one.parties_withheld,
                "last_at": str(one.last_at),
            }
            for one in report.reads
        ],
    }


def _table_record(table: TableQuality) -> dict[str, object]:
    return {
        "table": table.name,
        "rows": table.rows,
        "keys": table.keys,
        "corrections": table.corrections,
        "parties": table.parties,
        "known_on_latest": table.known_on_latest and str(table.known_on_latest),
        "known_after_days": dict(table.known_after),
        "late_nano": table.late_nano,
        "columns": [
            {
                "column": one.name,
                "read": one.read,
                "nulls": one.nulls,
                "unlisted": one.unlisted,
                "unlisted_values": dict(one.unlisted_values),
            }
            for one in table.columns
        ],
    }


def _report_sections(report: QualityReport) -> list[Section]:
    head = [
        ("files imported", report.imports),
        ("rows read", report.rows_read),
        ("rows rejected", report.rows_rejected),
        ("share rejected", percent(report.rejected_nano)),
        ("share rejected, at most of a file", percent(report.rejected_max_nano)),
        ("keys twice in a file", report.duplicates),
        ("keys again with other content", report.conflicts),
    ]
    sections = [Section(title=f"quality of {report.contract} v{report.version}", columns=["", ""], rows=head)]
    for table in report.tables:
        sections += _table_sections(table)
    found = [(one.code, one.field, one.effect, one.count, percent(one.share_nano)) for one in report.findings]
    sections.append(
        Section(title="findings", columns=["code", "field", "effect", "count", "of rows"], rows=found)
    )
    reads = [
        (one.purpose, one.allowed, one.denied, one.parties_withheld, str(one.last_at)) for one in report.reads
    ]
    title = f"reads since {report.reads_since:%Y-%m-%d}"
    columns = ["purpose", "allowed", "denied", "withheld", "last"]
    return [*sections, Section(title=title, columns=columns, rows=reads)]


def _table_sections(table: TableQuality) -> list[Section]:
    facts = [
        ("rows", table.rows),
        ("corrections", table.corrections),
        ("parties", table.parties),
        ("newest known on", table.known_on_latest and str(table.known_on_latest)),
        ("known more than a day later", percent(table.late_nano)),
        *((f"known within {edge} days", count) for edge, count in table.known_after.items() if count),
    ]
    columns = [
        (
            one.name,
            one.nulls if one.read else "not read",
            one.unlisted,
            ", ".join(f"{value} {count}" for value, count in one.unlisted_values.items()),
        )
        for one in table.columns
    ]
    return [
        Section(title=f"table {table.name}", columns=["", ""], rows=facts),
        Section(title="its columns", columns=["column", "nulls", "unlisted", "which"], rows=columns),
    ]
