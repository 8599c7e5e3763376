"""`creditloop evidence …`: verify what was sealed, list what is and is not hashed, prove one row."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from creditloop.data.retention import check_provable
from creditloop.evidence import (
    CODES,
    Problem,
    Verification,
    check_proof,
    columns_report,
    make_proof,
    proof_from_text,
)
from creditloop.kernel.errors import EvidenceError, InputError
from creditloop.kernel.storage import AppendOnlyTable, connect
from creditloop.service.cli.evidence_network import add_network_commands
from creditloop.service.cli.evidence_nodes import add_node_commands
from creditloop.service.cli.evidence_package import add_package_commands
from creditloop.service.cli.evidence_reader import (
    Challenge,
    NotBefore,
    add_reader_commands,
    show_verified,
)
from creditloop.service.cli.evidence_sm2 import sm2_commands
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, reader
from creditloop.service.cli.output import Section, exit_status, show
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read
from creditloop.service.wiring import sealed_tables

PROBLEMS_SHOWN = 50
"""Problems printed for a person; `--json` has them all."""


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Verify what was sealed (存证).")
    group.command("verify")(verify)
    group.command("columns")(columns)
    group.command("prove")(prove)
    group.command("check")(check)
    add_reader_commands(group)
    add_package_commands(group)
    add_network_commands(group)
    add_node_commands(group)
    group.add_typer(sm2_commands(), name="sm2")
    app.add_typer(group, name="evidence")


def verify(
    package: Annotated[
        Path | None, typer.Argument(help="A package of evidence: check it offline, no database is opened.")
    ] = None,
    network: Annotated[
        Path | None, typer.Option(help="With a package: the network's keys (network.txt), had beforehand.")
    ] = None,
    challenge: Challenge = None,
    not_before: NotBefore = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Compare every sealed row and entry with the checkpoint outside the database; or check a package.

    With a PACKAGE it is `evidence verify-package`: its file and the network's keys are all it takes. Exit
    status 0: everything is as it was sealed, the package verifies; 6: something does not.

    Example: creditloop evidence verify
    """
    if package is not None:
        if network is None:
            raise InputError("a package is checked with the network's keys", expected="--network network.txt")
        show_verified(package, network, challenge=challenge, not_before=not_before, as_json=as_json)
        return
    if network is not None or challenge is not None or not_before is not None:
        raise InputError("these options are about a package, and none was named", expected="PACKAGE")
    verification = bank_of(database).verify()
    show(verification_record(verification), sections=_sections(verification), as_json=as_json)
    if verification.problems:
        raise typer.Exit(exit_status(EvidenceError))


def columns(database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List every column of the sealed tables: hashed, or not hashed and why.

    Example: creditloop evidence columns
    """
    bank = bank_of(database)
    with connect(bank.url) as connection:
        report = columns_report(connection, tables=sealed_tables(connection))
    rows = [(column.table, column.column, column.hashed, column.reason or "") for column in report.columns]
    names = ("table", "column", "hashed", "reason")
    record = {
        "columns": [dict(zip(names, row, strict=True)) for row in rows],
        "problems": [problem_record(problem) for problem in report.problems],
    }
    show(record, sections=[Section(title="sealed columns", columns=names, rows=rows)], as_json=as_json)


def prove(
    table: Annotated[str, typer.Argument(help="The row's table, e.g. book.event.")],
    batch: Annotated[str, typer.Argument(help="The row's batch_id.")],
    row_no: Annotated[int, typer.Argument(help="The row's number in its batch.")],
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Write the proof of one row to standard output: what a stranger checks with the public key alone.

    With --json the proof's text stands in the object, under `proof`.

    Example: creditloop evidence prove book.event 5f0e2a6c-5a0e-8c1d-9e3b-0a4f3c2b1d00 17 > row.proof
    """
    bank = bank_of(database)
    with bank.work() as work:
        described = _table(table, sealed_tables(work.connection))
        check_provable(work.connection, table=table, batch_id=_batch(batch), row_no=row_no)
        proof = make_proof(
            work.connection, folder=bank.evidence, table=described, batch_id=_batch(batch), row_no=row_no
        )
        record_own_read(
            work,
            package="creditloop.evidence",
            table=table,
            columns=described.columns,
            purpose="audit",
            reader=reader(),
            reason=reason,
            parties_count=1,
        )
    if as_json:
        show(
            {"table": table, "batch": batch, "row_no": row_no, "proof": proof.text()},
            sections=[],
            as_json=True,
        )
    else:
        sys.stdout.write(proof.text())


def check(
    proof: Annotated[Path, typer.Argument(help="File written by `evidence prove`.")],
    key: Annotated[Path, typer.Option(help="The log's public key (verifier_key), had beforehand.")],
    as_json: AsJson = False,
) -> None:
    """Check a proof offline, with the log's public key and nothing else: no database is opened.

    Example: creditloop evidence check row.proof --key verifier_key
    """
    try:
        proof_text, key_text = proof.read_text(encoding="utf-8"), key.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the file cannot be read", got=str(error)) from error
    proven = check_proof(proof_from_text(proof_text), verifier_key=key_text)
    record = {
        "table": proven.entry.table,
        "batch": proven.entry.batch,
        "row_no": proven.row_no,
        "sealed_at": proven.entry.sealed_at,
        "log": proven.checkpoint.origin,
        "log_size": proven.checkpoint.size,
        "values": dict(proven.values),
    }
    values = [(name, value) for name, value in proven.values.items()]
    head = [(name, value) for name, value in record.items() if name != "values"]
    sections = [
        Section(title="proven", columns=["", ""], rows=head),
        Section(title="row", columns=["column", "value"], rows=values),
    ]
    show(record, sections=sections, as_json=as_json)


def _table(name: str, tables: Sequence[AppendOnlyTable]) -> AppendOnlyTable:
    for table in tables:
        if table.name == name:
            return table
    raise InputError("no such sealed table", got=name, expected=[table.name for table in tables])


def _batch(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InputError("not a batch's id", got=text, expected="a UUID") from error


def verification_record(verification: Verification) -> dict[str, object]:
    """Return a verification as plain data."""
    return {
        "entries": verification.entries,
        "open_entries": verification.open_entries,
        "rows": verification.rows,
        "problems": [problem_record(problem) for problem in verification.problems],
        "deleted_under_retention": [
            {"record": number, "rows": rows} for number, rows in verification.deleted.items()
        ],
        "emptied_under_retention": [
            {"record": number, "rows": rows} for number, rows in verification.emptied.items()
        ],
    }


def problem_record(problem: Problem) -> dict[str, object]:
    """Return a problem as plain data: what is known of it, and what its code means."""
    names = ("code", "table", "batch", "row_no", "row_last", "key", "column", "entry_no", "file", "detail")
    known = {name: getattr(problem, name) for name in names if getattr(problem, name) not in {None, ""}}
    return {**known, "meaning": CODES[problem.code]}


def _sections(verification: Verification) -> list[Section]:
    totals = [
        ("entries", verification.entries),
        ("entries not under a checkpoint yet", verification.open_entries),
        ("rows", verification.rows),
        ("problems", len(verification.problems)),
    ]
    gone = [
        (f"rows deleted under retention, record {number}", rows)
        for number, rows in verification.deleted.items()
    ]
    gone += [
        (f"rows with values deleted under retention, record {number}", rows)
        for number, rows in verification.emptied.items()
    ]
    sections = [Section(title="evidence verify", columns=["", ""], rows=[*totals, *gone])]
    if verification.problems:
        rows = [_problem_row(problem) for problem in verification.problems[:PROBLEMS_SHOWN]]
        title = f"problems (first {len(rows)} of {len(verification.problems)})"
        sections.append(Section(title=title, columns=["what", "where", "detail"], rows=rows))
    return sections


def _problem_row(problem: Problem) -> tuple[str, str, str]:
    rows = None if problem.row_no is None else f"row {problem.row_no}"
    if problem.row_last is not None and problem.row_last != problem.row_no:
        rows = f"rows {problem.row_no}–{problem.row_last}"
    entry = None if problem.entry_no is None else f"entry {problem.entry_no}"
    places = (problem.table, problem.key, problem.column, rows, problem.batch, entry, problem.file)
    return problem.code, " · ".join(place for place in places if place), problem.detail or CODES[problem.code]
