"""`creditloop evidence package …`: export a loan's package, write its receipt down, list all exports."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from creditloop.evidence.package import DocumentKind
from creditloop.service.cli.evidence_reader import Challenge
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database, reader
from creditloop.service.cli.output import Section, show
from creditloop.service.opening import DATABASE
from creditloop.service.packaging import (
    Asked,
    Export,
    delivery_of,
    export_package,
    find_exports,
    packager_at,
    record_receipt,
)
from creditloop.service.receiving import check_new, new_file, text_file

Loan = Annotated[str, typer.Argument(help="The loan's number.")]
Recipient = Annotated[str, typer.Option(help="Whom it is for: an institution or a case, not a person.")]


def add_package_commands(group: typer.Typer) -> None:
    """Add the commands of this file to the group `evidence`."""
    group.command("package")(package)
    group.command("receipt")(receipt)
    group.command("exports")(exports)


def package(
    loan: Loan,
    reason: Annotated[str, typer.Option(help="Why it is exported; it is written down and stands in it.")],
    recipient: Recipient,
    out: Annotated[Path, typer.Option(help="File to write; its delivery is written beside.")],
    challenge: Challenge = None,
    withhold: Annotated[
        list[DocumentKind] | None,
        typer.Option(help="A kind of documents that is listed and not handed over; more than once for more."),
    ] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Export everything about a loan as one file (证据包); who, when, why and its SHA-256 are written down.

    Beside FILE stands FILE.delivery.json, signed: which package was given to whom, when.

    Example: creditloop evidence package L-1 --reason 仲裁举证 --recipient 仲裁委员会 --out L-1.zip
    """
    note = out.with_name(f"{out.name}.delivery.json")
    for file in (out, note):
        check_new(file)
    asked = Asked(
        loan_id=loan,
        reason=reason,
        recipient=recipient,
        person=reader(),
        challenge=challenge,
        confidential=frozenset(withhold or ()),
        complete=True,
    )
    bank = bank_of(database)
    with packager_at(bank.places) as packager:
        made = export_package(bank, packager=packager, asked=asked)
        delivery = delivery_of(made.export, signer=packager.signer)
    new_file(out, made.file)
    new_file(note, f"{delivery.text()}\n".encode())
    unfinished = [{"step": one.step, "stage": one.stage} for one in made.unfinished]
    record = {
        **export_record(made.export),
        "state": made.state,
        "file": str(out),
        "delivery": str(note),
        "verdict_zh": made.report.verdict_zh(),
        "verdict_en": made.report.verdict_en(),
        "unfinished": unfinished,
        "nodes_behind": list(made.behind),
    }
    rows = [(name, value) for name, value in record.items() if not isinstance(value, list)]
    sections = [Section(title="证据包 evidence package", columns=["", ""], rows=rows)]
    if unfinished:
        told = [(one["step"], one["stage"]) for one in unfinished]
        title = "未终局，不在包内 not final, not in it"
        sections.append(Section(title=title, columns=["step", "stage"], rows=told))
    show(record, sections=sections, as_json=as_json)


def receipt(
    loan: Loan,
    receipt: Annotated[Path, typer.Argument(help="The recipient's signed receipt.")],
    key: Annotated[
        Path | None, typer.Option(help="The recipient's public key, had another way than by the receipt.")
    ] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Check a recipient's receipt and write it down with the export it is for (签收留痕).

    Example: creditloop evidence receipt L-1 receipt.json
    """
    bank = bank_of(database)
    known = None if key is None else text_file(key).strip()
    with bank.work() as work:
        export = record_receipt(work, loan_id=loan, text=text_file(receipt), key=known, person=reader())
    record = export_record(export)
    show(record, sections=exports_sections([export]), as_json=as_json)


def exports(loan: Loan, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List a loan's exported packages: who, when, why, for whom, SHA-256, and whether they arrived.

    Example: creditloop evidence exports L-1
    """
    with bank_of(database).work() as work:
        found = find_exports(work, loan_id=loan)
    record = {"loan": loan, "exports": [export_record(one) for one in found]}
    show(record, sections=exports_sections(found), as_json=as_json)


def export_record(export: Export) -> dict[str, object]:
    """Return an export as plain data."""
    received = export.received
    return {
        "loan": export.loan_id,
        "number": export.number,
        "sha256": export.sha256,
        "size": export.size,
        "reason": export.reason,
        "recipient": export.recipient,
        "exported_by": export.exported_by,
        "exported_at": export.exported_at.isoformat(),
        "as_of": export.as_of.isoformat(),
        "challenge": export.challenge,
        "records": export.records,
        "documents": export.documents,
        "withheld": export.withheld,
        "packager": export.packager,
        "network": export.network,
        "received_at": None if received is None else received.at.isoformat(),
        "received_key": None if received is None else received.key,
        "received_key_known": None if received is None else received.key_known,
    }


def exports_sections(found: Sequence[Export]) -> list[Section]:
    """Return exports, for a person."""
    rows = [
        (
            one.number,
            one.exported_at.isoformat(timespec="seconds"),
            one.exported_by,
            one.reason,
            one.recipient,
            one.sha256,
            None if one.received is None else one.received.at.isoformat(timespec="seconds"),
        )
        for one in found
    ]
    names = ("no.", "at", "by", "reason", "recipient", "SHA-256", "received")
    return [Section(title="证据包导出 exported packages", columns=names, rows=rows)]
