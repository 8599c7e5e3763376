"""Writing the auditor's export: one file a kind of record, in an order that does not depend on anything."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib import resources
from pathlib import Path

from creditloop.book.auditing.falling_due import due_versions
from creditloop.book.loan_store import find_loan
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection, load_queries

_QUERIES = load_queries("creditloop.book.auditing")
HOW_TO = "how_to_recompute.txt"
_PLAN_COLUMNS = ("loan_id", "known_from", "sequence", "rows", "settled", "credit")
_FIRST_PLAN = ("row", "kind", "start", "due", "penalty", "fee", "interest", "principal", "by_day")
_DAY_COLUMNS = (
    "loan_id",
    "business_date",
    "principal_fen",
    "interest_fen",
    "fee_fen",
    "penalty_fen",
    "interest_accrued_fen",
    "penalty_accrued_fen",
    "own_interest_fen",
    "own_penalty_fen",
    "dpd",
)
_LOAN_COLUMNS = (
    "loan_no",
    "loan_id",
    "party_id",
    "paid_out_on",
    "principal_fen",
    "penalty_basis",
    "grace_days",
    "grace_is_charged",
    "interest_bears_penalty",
    "penalty_rate_nano",
    "overdue_interest_rate_nano",
    "product",
    "lenders",
    "weights",
    "terms_hash",
    "terms",
    "rules_hash",
    "rules",
)
_EVENT_COLUMNS = (
    "loan_id",
    "loan_no",
    "sequence",
    "kind",
    "value_date",
    "booked_on",
    "event_id",
    "payload",
    "accounts",
    "lenders",
    "amounts_fen",
    "previous_hash",
    "hash",
)
_Ask = Callable[..., Iterable[Sequence[object]]]


def _plans(
    connection: Connection, *, loan_ids: list[str] | None, through: date
) -> Iterator[tuple[object, ...]]:
    """Give what fell due after each event; of a loan that was taken in without texts, its one plan."""
    for loan_id, agreed in _QUERIES.loan_ids(connection, loan_ids=loan_ids):
        if not agreed:
            first = _QUERIES.first_plan(connection, loan_id=loan_id)
            yield loan_id, 1, 1, [dict(zip(_FIRST_PLAN, row, strict=True)) for row in first], [], 0
            continue
        loan = find_loan(connection, loan_id=loan_id)
        events = [event for event in loan.history if event.booked_on <= through]
        for version in due_versions(terms=loan.terms, rules=loan.rules, events=events):
            yield loan_id, version.known_from, version.sequence, version.rows, version.settled, version.credit


_FILES: tuple[tuple[str, _Ask, tuple[str, ...]], ...] = (
    ("loans.jsonl", _QUERIES.loans, _LOAN_COLUMNS),
    ("events.jsonl", _QUERIES.events, _EVENT_COLUMNS),
    ("plans.jsonl", _plans, _PLAN_COLUMNS),
    ("days.csv", _QUERIES.days, _DAY_COLUMNS),
)
"""File, what asks for it, and columns of each kind of record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file of an export: its name, how many records are in it (0: it is words), SHA-256 in hex."""

    name: str
    rows: int
    sha256: str


def export_for_audit(
    connection: Connection, *, folder: Path, through: date, loan_ids: Sequence[str] | None = None
) -> tuple[ExportedFile, ...]:
    """Write everything that statements up to a day follow from; the same book gives the same bytes.

    Args:
        folder: made if it is not there; must be empty.
        through: the last day whose events and close are written.
        loan_ids: only these loans; None: all.
    Raises: InputError if the folder holds something; UnknownId if a loan is not in the book.
    """
    wanted = None if loan_ids is None else list(loan_ids)
    if wanted is not None and len(list(_QUERIES.loan_ids(connection, loan_ids=wanted))) != len(set(wanted)):
        raise UnknownId("the book has not all of these loans", got=wanted)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise InputError("the folder of an export is not empty", got=folder.name)
    done = [
        _write(folder / name, columns, ask(connection, loan_ids=wanted, through=through))
        for name, ask, columns in _FILES
    ]
    how_to = resources.files(__package__).joinpath(HOW_TO).read_bytes()
    (folder / HOW_TO).write_bytes(how_to)
    done.append(ExportedFile(name=HOW_TO, rows=0, sha256=hashlib.sha256(how_to).hexdigest()))
    manifest = {"through": through.isoformat(), "files": [asdict(each) for each in done]}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return tuple(done)


def _write(path: Path, columns: Sequence[str], records: Iterable[Sequence[object]]) -> ExportedFile:
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        plain = csv.writer(file, lineterminator="\n")
        if path.suffix == ".csv":
            plain.writerow(columns)
        for record in records:
            rows += 1
            row = [value.isoformat() if isinstance(value, date) else value for value in record]
            if path.suffix == ".csv":
                plain.writerow(row)
            else:
                file.write(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n")
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return ExportedFile(name=path.name, rows=rows, sha256=digest)
