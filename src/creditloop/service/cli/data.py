"""`creditloop import`, `findings`, `lineage`, `reads`: data under contract."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.data import ImportResult, accesses, finding_counts, findings, imports, lineage
from creditloop.data.identifiers import has_identifiers
from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection, connect
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database, reader
from creditloop.service.cli.output import Section, progress_bar, show
from creditloop.service.importing import import_source
from creditloop.service.opening import DATABASE
from creditloop.service.root_key import open_keys


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    app.command("import")(import_files)
    app.command("findings")(show_findings)
    app.command("lineage")(show_lineage)
    app.command("reads")(show_reads)


def import_files(
    contract: Annotated[str, typer.Argument(help="Name or path of the data contract.")],
    files: Annotated[list[Path], typer.Argument(help="CSV, Parquet or Excel files.")],
    sheet: Annotated[str | None, typer.Option(help="Which sheet of a workbook.")] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Import files under a contract: each is loaded whole or refused, bad rows become findings.

    The same file again changes nothing and gives the first result.

    Example: creditloop import taiwan_cards examples/taiwan_cards/taiwan_default.parquet
    """
    bank = bank_of(database)
    results = []
    for file in files:
        with progress_bar(file.name) as progress, bank.work() as work:
            agreed = work.contract(contract)
            result = import_source(
                work,
                contract=agreed,
                file=file,
                keys=open_keys(work, by=reader()) if has_identifiers(agreed) else None,
                sheet=sheet,
                progress=progress,
            )
        results.append(result)
    records = [import_record(result) for result in results]
    show({"imports": records}, sections=[_import_section(result) for result in results], as_json=as_json)


def show_findings(
    code: Annotated[str | None, typer.Option(help="Only findings with this code.")] = None,
    field: Annotated[str | None, typer.Option(help="Only findings about this field.")] = None,
    most: Annotated[int, typer.Option(min=0, help="List at most so many; all are counted.")] = 20,
    batch: Annotated[str | None, typer.Option(help="Batch of the import; the last one if not said.")] = None,
    reason: Annotated[
        str, typer.Option(help="Why they are read; goes to the log of reads.")
    ] = "data quality",
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Count and list what an import noticed: file, row, field, code, got, expected.

    Example: creditloop findings --code negative_bill --most 5
    """
    with bank_of(database).work() as work:
        imported = _chosen_import(work.connection, batch)
        counts = finding_counts(work.connection, batch_id=imported.batch_id)
        listed = findings(
            work.connection,
            batch_id=imported.batch_id,
            reader=reader(),
            reason=reason,
            now=work.now,
            code=code,
            field=field,
            most=most,
        )
    count_rows = [(count.code, count.field, count.effect.value, count.count) for count in counts]
    names = ("file_name", "source_row", "table_name", "field", "code", "got", "expected", "effect", "message")
    rows = [tuple(getattr(finding, name) for name in names) for finding in listed]
    shown = ("source_row", "field", "code", "got", "expected")
    record = {
        "batch": str(imported.batch_id),
        "counts": [dict(zip(("code", "field", "effect", "count"), row, strict=True)) for row in count_rows],
        "findings": [dict(zip(names, row, strict=True)) for row in rows],
    }
    sections = [
        Section(
            title=f"findings of {imported.file_name}",
            columns=["code", "field", "effect", "count"],
            rows=count_rows,
        ),
        Section(
            title=f"first {len(rows)}",
            columns=["row", *shown[1:]],
            rows=[tuple(getattr(finding, name) for name in shown) for finding in listed],
        ),
    ]
    show(record, sections=sections, as_json=as_json)


def show_lineage(
    table: Annotated[str, typer.Argument(help="Source table, e.g. source.taiwan_cards_statement.")],
    keys: Annotated[list[str], typer.Argument(help="The row's key, as name=value.")],
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Say which line of which file a row came from, and what of it was deleted under retention since.

    Example: creditloop lineage source.taiwan_cards_customer party_id=taiwan_cards/7
    """
    key = dict(_key_part(text) for text in keys)
    with connect(bank_of(database).url) as connection:
        origins = lineage(connection, table=table, key=key)
    names = (
        "file_name",
        "source_row",
        "file_sha256",
        "contract",
        "contract_version",
        "contract_hash",
        "known_at",
        "recorded_at",
        "batch_id",
    )
    told = [{name: str(getattr(origin, name)) for name in names} for origin in origins]
    records = [
        {**one, "deleted_columns": dict(origin.emptied)} for one, origin in zip(told, origins, strict=True)
    ]
    sections = [
        Section(
            title=f"{table} {', '.join(keys)}",
            columns=["", ""],
            rows=[
                *one.items(),
                *((f"{name}: deleted under retention", number) for name, number in origin.emptied.items()),
            ],
        )
        for one, origin in zip(told, origins, strict=True)
    ]
    show(
        {"table": table, "key": {name: str(value) for name, value in key.items()}, "origins": records},
        sections=sections,
        as_json=as_json,
    )


def show_reads(
    party: Annotated[str | None, typer.Option(help="Only reads about this one party.")] = None,
    most: Annotated[int, typer.Option(min=0, help="The last so many.")] = 20,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """List who read what for which purpose, allowed or denied, newest last.

    Example: creditloop reads --most 5
    """
    with connect(bank_of(database).url) as connection:
        found = accesses(connection, party_id=party)
    names = (
        "at",
        "reader",
        "purpose",
        "reason",
        "table",
        "columns",
        "masked_columns",
        "parties_count",
        "parties_withheld",
        "allowed",
        "refusal",
    )
    rows = (
        [tuple(_plain(getattr(access, name)) for name in names) for access in found[-most:]] if most else []
    )
    record = {"total": len(found), "reads": [dict(zip(names, row, strict=True)) for row in rows]}
    title = f"reads: last {len(rows)} of {len(found)}"
    left_out = ("parties_withheld",) if any(access.parties_withheld for access in found[-most:]) else ()
    shown = ("at", "reader", "purpose", "table", "parties_count", *left_out, "allowed")
    cells = [
        tuple(entry[name] for name in shown) for entry in (dict(zip(names, row, strict=True)) for row in rows)
    ]
    columns = [*shown[:4], "parties", *shown[5:-1], "allowed"]
    show(record, sections=[Section(title=title, columns=columns, rows=cells)], as_json=as_json)


def import_record(result: ImportResult) -> dict[str, object]:
    """Return an import's result as plain data."""
    return {
        "batch": str(result.batch_id),
        "contract": result.contract,
        "contract_version": result.contract_version,
        "contract_hash": result.contract_hash,
        "file": result.file_name,
        "file_sha256": result.file_sha256,
        "rows_read": result.rows_read,
        "rows_rejected": result.rows_rejected,
        "tables": {
            name: {"loaded": count.loaded, "unchanged": count.unchanged}
            for name, count in sorted(result.tables.items())
        },
        "findings": dict(result.findings_by_code),
        "simulated": result.simulated,
        "repeated": result.repeated,
    }


def _import_section(result: ImportResult) -> Section:
    rows: list[tuple[str, object]] = [
        ("rows read", result.rows_read),
        ("rows rejected", result.rows_rejected),
        *((f"rows of {name}", count.loaded) for name, count in sorted(result.tables.items())),
        *((f"finding {code}", count) for code, count in result.findings_by_code.items()),
        ("imported before", result.repeated),
    ]
    return Section(
        title=f"{result.file_name} under {result.contract} v{result.contract_version}",
        columns=["", ""],
        rows=rows,
    )


def _chosen_import(connection: Connection, batch: str | None) -> ImportResult:
    found = imports(connection)
    chosen = [result for result in found if batch in {None, str(result.batch_id)}]
    if not chosen:
        raise UnknownId(
            "there is no such import",
            got=batch or "nothing imported yet",
            expected=[str(result.batch_id) for result in found],
        )
    return chosen[-1]


def _key_part(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputError("a key is given as name=value", got=text, expected="e.g. party_id=taiwan_cards/7")
    return name, date_from_text(value) if name.endswith("_date") else value


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return ", ".join(value)
    return value if isinstance(value, int | None) else str(value)
