"""A row of the bank's records (原始记录): its values, where it came from, and that it is what was sealed.

The values are taken from the row's own proof, checked against the log's public key: what is shown here is
what was recorded then, or the page says what does not hold.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from creditloop.data import RowOrigin, lineage
from creditloop.data.retention import check_provable
from creditloop.evidence import ProvenRow, RowProof, check_proof, make_proof
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import AppendOnlyTable, Connection
from creditloop.service.console.figures import decimal, money
from creditloop.service.console.source_rows import hidden_columns
from creditloop.service.console.visit import Answer, Download, Page, Visit, identifier
from creditloop.service.wiring import sealed_tables

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REFERENCE = re.compile(r"(source\.\w+)/([0-9a-f-]{36})/(\d+)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,19}", re.ASCII)
CLOSED_SCHEMAS = ("doors.",)
"""Tables never shown as rows: they hold what people sign in with."""
_OWN_ACTIONS = {
    "kernel.fact": ("see_customer",),
    "data.access_log": ("verify_evidence",),
    "data.finding": ("verify_evidence", "see_customer"),
}
"""What must be allowed to see a row of a table about people that has no column of the party's number."""
PROOF_ACTION = "verify_evidence"
"""A proof holds the whole row in clear, so it is given to those who verify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A column of a row: its value as recorded, how it is read, and where it leads.

    Attributes:
        is_hidden: the reader's purpose may not see it; there is no value here.
    """

    column: str
    text: str | None
    read_as: str | None
    href: str | None
    is_hidden: bool


def show_row(visit: Visit) -> Answer:
    """Show a sealed row with its proof, or give the proof as a file."""
    number = visit.path["row_no"]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise UnknownId("no such row", got=number)
    batch_id = identifier(visit.path["batch_id"], what="batch")
    if visit.query.get("proof") == "text":
        visit.check(PROOF_ACTION)
    visit.bank.settle()
    with visit.work() as work:
        table = open_table(visit, work.connection, visit.path["table"])
        check_provable(work.connection, table=table.name, batch_id=batch_id, row_no=int(number))
        proof = make_proof(
            work.connection, folder=visit.bank.evidence, table=table, batch_id=batch_id, row_no=int(number)
        )
        proven = check_proof(proof, verifier_key=visit.bank.evidence.verifier().text())
        hidden = hidden_columns(
            visit, work, table, batch_ids=[batch_id], party_id=proven.values.get("party_id")
        )
        visit.log_read(
            work,
            package="creditloop.evidence",
            table=table.name,
            columns=[name for name in table.columns if name not in hidden],
            parties_count=1,
            party_id=proven.values.get("party_id"),
        )
        origins = _origins(work.connection, table, proven)
    if visit.query.get("proof") == "text":
        return Download(text=proof.text(), name=f"{table.name}-{batch_id}-{number}.proof")
    return Page(
        template="row.html",
        record=_record(visit, table, proof, proven, origins, hidden),
        trail=[(visit.words("screen.cockpit"), visit.at("/")), (table.name, None)],
    )


def _record(
    visit: Visit,
    table: AppendOnlyTable,
    proof: RowProof,
    proven: ProvenRow,
    origins: tuple[RowOrigin, ...],
    hidden: frozenset[str],
) -> Mapping[str, object]:
    return {
        "table": table,
        "proven": proven,
        "cells": [_cell(visit, column, text, hidden) for column, text in proven.values.items()],
        "may_prove": visit.allows(PROOF_ACTION),
        "origins": origins,
        "root": proven.checkpoint.root.hex(),
        "path_length": len(proof.row_path) + len(proof.entry_path),
    }


def open_table(visit: Visit, connection: Connection, name: str) -> AppendOnlyTable:
    """Return a sealed table by name, if it is one this person may see rows of.

    Raises: UnknownId if there is none; NotAllowed if the person's roles do not allow it.
    """
    found = find_table(connection, name)
    for action in _actions(found):
        visit.check(action)
    return found


def may_open(visit: Visit, table: AppendOnlyTable) -> bool:
    """Whether this person may see rows of a table."""
    return all(visit.allows(action) for action in _actions(table))


def _actions(table: AppendOnlyTable) -> tuple[str, ...]:
    about_people = "party_id" in table.columns
    return _OWN_ACTIONS.get(table.name, ("see_customer" if about_people else "see_overview",))


def find_table(connection: Connection, name: str) -> AppendOnlyTable:
    """Return a sealed table by name, whoever asks; for figures that name nobody.

    Raises: UnknownId if there is none.
    """
    found = next((table for table in sealed_tables(connection) if table.name == name), None)
    if found is None or name.startswith(CLOSED_SCHEMAS):
        raise UnknownId("no such table of records", got=name)
    return found


def _origins(connection: Connection, table: AppendOnlyTable, proven: ProvenRow) -> tuple[RowOrigin, ...]:
    """Return the lines of the files a source row came from; rows of our own came from no file."""
    if not table.name.startswith("source."):
        return ()
    key = {name: proven.values[name] for name in table.key if name != "known_at"}
    return lineage(connection, table=table.name, key=key)


def _cell(visit: Visit, column: str, text: str | None, hidden: frozenset[str]) -> Cell:
    href, read_as = None, None
    if column in hidden:
        return Cell(column=column, text=None, read_as=None, href=None, is_hidden=True)
    if text is not None:
        if reference := _REFERENCE.fullmatch(text):
            href = visit.at("/rows/" + "/".join(reference.groups()))
        elif column.endswith(("policy_hash", "contract_hash", "card_hash", "document_hash", "plan_hash")):
            href = visit.at(f"/documents/{text}") if _HASH.fullmatch(text) else None
        elif column == "party_id" and visit.allows("see_customer"):
            href = visit.at(f"/customers/{text}")
        if _NUMBER.fullmatch(text):
            read_as = money(int(text)) if column.endswith("_fen") else None
            read_as = decimal(int(text), 6) if column.endswith("_nano") else read_as
    return Cell(column=column, text=text, read_as=read_as, href=href, is_hidden=False)
