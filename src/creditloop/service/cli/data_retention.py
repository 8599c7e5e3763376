"""`creditloop data delete-expired`, `data deletions`: what is kept for too long goes, on record."""

from collections.abc import Sequence
from typing import Annotated

import typer

from creditloop.data import imports
from creditloop.data.retention import Deletion, delete_expired, deletions
from creditloop.kernel.storage import connect
from creditloop.service.attesting import find_document_deletions
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database, day, reader
from creditloop.service.cli.output import Section, show
from creditloop.service.opening import DATABASE
from creditloop.service.retaining import ExpiredDocuments, delete_expired_documents

_AsOf = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day it is counted by.")]


def add_retention_commands(group: typer.Typer) -> None:
    """Add the commands of this file to `data`."""
    group.command("delete-expired")(delete)
    group.command("deletions")(show_deletions)


def delete(
    as_of: _AsOf,
    reason: Annotated[str, typer.Option(help="Why; stands on record with who deleted.")],
    sources: Annotated[
        list[str] | None, typer.Option("--source", help="Contract; every imported one if not said.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Delete what is older than its contract lets the bank keep it, on record; source by source.

    Rows go whole; of rows that stay, the values of a class that is kept for less. Unless sources are named,
    documents committed to on the evidence network go too, of loans over for as long as its policy says.

    Example: creditloop data delete-expired --as-of 2026-01-05 --reason "monthly run" --dry-run
    """
    bank = bank_of(database)
    names = sources or _imported(bank.url)
    done: list[Deletion] = []
    for name in names:
        with bank.work() as work:
            deletion = delete_expired(
                work.connection,
                contract=work.contract(name),
                as_of=day(as_of),
                deleted_by=reader(),
                reason=reason,
                now=work.now,
                dry_run=dry_run,
            )
            work.recorded(deletion.batch_id)
        done.append(deletion)
    expired = None
    if not sources:
        expired = delete_expired_documents(
            bank, as_of=day(as_of), by=reader(), reason=reason, dry_run=dry_run
        )
    record = {
        "as_of": as_of,
        "dry_run": dry_run,
        "rows": sum(one.rows for one in done),
        "values": sum(sum(one.values_by_class.values()) for one in done),
        "sources": [_deletion_record(one) for one in done],
        "committed": None if expired is None else _committed_record(expired),
    }
    what = "too old" if dry_run else "deleted"
    title = f"{what} on {as_of}: {record['rows']} rows, of other rows {record['values']} values"
    sections = [*_deletion_sections(title, done), *_committed_sections(expired, what=what)]
    show(record, sections=sections, as_json=as_json)


def show_deletions(database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List every deletion on record: what, how many rows and values by class, on what ground, who and why.

    Example: creditloop data deletions
    """
    with connect(bank_of(database).url) as connection:
        found, documents = deletions(connection), find_document_deletions(connection)
    columns = ("at", "by", "documents", "reason")
    rows = [tuple(getattr(one, name) for name in columns) for one in documents]
    sections = [
        *_deletion_sections(f"deletions on record: {len(found)}", found),
        Section(title="已承诺文件 committed documents deleted", columns=columns, rows=rows),
    ]
    record = {
        "deletions": [_deletion_record(one) for one in found],
        "committed": [dict(zip(columns, row, strict=True)) for row in rows],
    }
    show(record, sections=sections, as_json=as_json)


def _imported(url: str) -> list[str]:
    with connect(url) as connection:
        return sorted({result.contract for result in imports(connection)})


def _deletion_record(deletion: Deletion) -> dict[str, object]:
    return {
        "record": deletion.number,
        "contract": deletion.contract,
        "as_of": str(deletion.as_of),
        "cut_day": deletion.cut_day and str(deletion.cut_day),
        "retention_months": deletion.retention_months,
        "basis": deletion.basis,
        "deleted_by": deletion.deleted_by,
        "reason": deletion.reason,
        "recorded_at": str(deletion.recorded_at),
        "tables": [
            {"table": one.name, "rows": one.rows, "parties": one.parties, "totals": dict(one.totals)}
            for one in deletion.tables
        ],
        "values_by_class": {str(number): count for number, count in deletion.values_by_class.items()},
        "classes": [
            {
                "table": one.table,
                "class": one.sensitivity,
                "cut_day": str(one.cut_day),
                "months": one.months,
                "versions": one.versions.value,
                "basis": one.basis,
                "rows": one.rows,
                "parties": one.parties,
                "values": dict(one.values),
            }
            for one in deletion.emptied
        ],
    }


def _deletion_sections(title: str, found: Sequence[Deletion]) -> list[Section]:
    rows = [
        (one.number, table.name, str(one.cut_day), table.rows, table.parties, one.deleted_by)
        for one in found
        for table in one.tables
    ]
    values = [
        (one.number, each.table, each.sensitivity, str(each.cut_day), column, count, one.deleted_by)
        for one in found
        for each in one.emptied
        for column, count in each.values.items()
    ]
    columns = ["record", "table", "known before", "rows", "parties", "by"]
    of_classes = ["record", "table", "class", "known before", "column", "values", "by"]
    return [
        Section(title=title, columns=columns, rows=rows),
        Section(title="values by class, of rows that stay", columns=of_classes, rows=values),
    ]


def _committed_record(expired: ExpiredDocuments) -> dict[str, object]:
    rule = expired.rule
    return {
        "documents": expired.documents,
        "months": rule and rule.months,
        "basis": rule and rule.basis,
        "policy_hash": rule and rule.policy_hash,
        "cut_day": expired.cut_day and str(expired.cut_day),
        "loans": [
            {"loan_id": one.loan_id, "over_on": str(one.over_on), "documents": one.documents}
            for one in expired.loans
        ],
        "still_owing": expired.still_owing,
        "unknown": list(expired.unknown),
    }


def _committed_sections(expired: ExpiredDocuments | None, *, what: str) -> list[Section]:
    if expired is None or expired.rule is None:
        return []
    rows: list[tuple[object, ...]] = [(one.loan_id, str(one.over_on), one.documents) for one in expired.loans]
    rows += [(loan_id, "待人工查看 a person has to look", "–") for loan_id in expired.unknown]
    of = f"of loans over before {expired.cut_day}"
    title = f"已承诺文件 committed documents, {what}: {expired.documents}, {of}"
    ground = Section(title="on the ground of", columns=[""], rows=[(expired.rule.reason,)])
    return [Section(title=title, columns=["loan", "over on", "documents"], rows=rows), ground]
