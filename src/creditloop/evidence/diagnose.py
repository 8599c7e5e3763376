"""Naming what happened to a chunk's rows, once they are known not to be what was sealed.

A fault is one row's damage before it is worded: rows whose content turned up elsewhere are told from rows
that were changed or deleted by hashing every loose text under every damaged row's salt and place.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from creditloop.evidence.claim import Claim
from creditloop.evidence.hashing import HASH_SIZE, tree_root
from creditloop.evidence.problem import Problem
from creditloop.evidence.rows import SALT_SIZE, cut_hashes, row_hash, row_hashes, row_prefix, value_texts
from creditloop.kernel.storage import AppendOnlyTable

_PAIRS_MAX = 250_000
"""Most pairs of damaged row and loose text tried, about a second; beyond it moved rows count as changed."""

Held = tuple[int, bytes]
"""A row's number and text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row that is not as sealed.

    Attributes:
        code: a problem's code.
        batch: batch id, as COPY writes it.
        row_no: its number; None if it has none.
        text: the row's text as it stands now, None if it is gone.
        salt: the sealed row's salt, where it is known to be right.
        hash: the sealed row's hash, where it is known to be right.
        entry_no: the entry that sealed it.
        detail: what is to be said further.
    """

    code: str
    batch: bytes
    row_no: int | None
    text: bytes | None
    salt: bytes | None = None
    hash: bytes | None = None
    entry_no: int | None = None
    detail: str = ""


def is_intact(claim: Claim, salts: bytes, hashes: bytes, held: Sequence[Held]) -> bool:
    """Say whether the rows, their salts and their stored hashes are what was sealed.

    The number of a row is part of its text, so equal hashes also say that each row stands at its place; a
    changed salt gives another hash.
    """
    if not len(held) == claim.count == len(salts) // SALT_SIZE or len(salts) % SALT_SIZE:
        return False
    found = _hashes_of(claim, salts, held)
    if b"".join(found) != hashes:
        return False
    if claim.entry is None:
        return True
    return tree_root(found).hex() == claim.entry.rows_root


def diagnose(
    claim: Claim, salts: bytes, hashes: bytes, held: Sequence[Held]
) -> tuple[list[Problem], list[Fault]]:
    """Name what of a chunk is not as sealed: its stored parts as problems, its rows as faults."""
    salts_right = claim.entry is None or hashlib.sha256(salts).hexdigest() == claim.entry.salts_hash
    hashes_right = len(hashes) == claim.count * HASH_SIZE and (
        claim.entry is None or tree_root(cut_hashes(hashes)).hex() == claim.entry.rows_root
    )
    problems = []
    if not salts_right:
        problems.append(chunk_problem("chunk_changed", claim, column="salts"))
    faults = _numbering_faults(claim, held)
    if len(salts) != claim.count * SALT_SIZE:
        return problems, faults
    if hashes_right:
        return problems, faults + _content_faults(claim, salts, hashes, held, salts_right)
    if _root_of(claim, salts, held) == (claim.entry.rows_root if claim.entry else None):
        problems.append(
            chunk_problem("chunk_changed", claim, column="row_hashes", detail="its rows are intact")
        )
    else:
        problems.append(chunk_problem("chunk_unverifiable", claim, column="row_hashes"))
    return problems, faults


def chunk_problem(code: str, claim: Claim, *, column: str | None = None, detail: str = "") -> Problem:
    """Return a problem about a whole chunk."""
    return Problem(
        code=code,
        table=claim.table,
        batch=claim.batch.decode(),
        row_no=claim.first,
        row_last=claim.first + claim.count - 1,
        entry_no=claim.entry_no,
        column=column,
        detail=detail,
    )


def _numbering_faults(claim: Claim, held: Sequence[Held]) -> list[Fault]:
    """Rows that stand at a number twice, the later ones."""
    faults = []
    seen: set[int] = set()
    for number, text in held:
        if number in seen:
            faults.append(
                Fault(
                    code="row_inserted",
                    batch=claim.batch,
                    row_no=number,
                    text=text,
                    detail="the number is there twice",
                )
            )
        seen.add(number)
    return faults


def _content_faults(
    claim: Claim, salts: bytes, hashes: bytes, held: Sequence[Held], salts_right: bool
) -> list[Fault]:
    """Rows that are gone, or whose text does not give the sealed hash."""
    texts: dict[int, list[bytes]] = {}
    for number, text in held:
        texts.setdefault(number, []).append(text)
    prefix = row_prefix(claim.table)
    faults = []
    for position in range(claim.count):
        number = claim.first + position
        salt = salts[position * SALT_SIZE : (position + 1) * SALT_SIZE]
        sealed = hashes[position * HASH_SIZE : (position + 1) * HASH_SIZE]
        found = texts.get(number, [])
        if any(row_hash(salt, prefix, text) == sealed for text in found):
            continue
        code = "row_deleted" if not found else "row_changed" if salts_right else "row_unverified"
        faults.append(
            Fault(
                code=code,
                batch=claim.batch,
                row_no=number,
                text=found[0] if found else None,
                salt=salt,
                hash=sealed,
                entry_no=claim.entry_no,
            )
        )
    return faults


def _root_of(claim: Claim, salts: bytes, held: Sequence[Held]) -> str | None:
    """Root of the rows as they stand, None unless there are as many as were sealed."""
    return tree_root(_hashes_of(claim, salts, held)).hex() if len(held) == claim.count else None


def _hashes_of(claim: Claim, salts: bytes, held: Sequence[Held]) -> list[bytes]:
    return row_hashes(salts, row_prefix(claim.table), [text for _, text in held])


def find_moved(table: AppendOnlyTable, faults: Sequence[Fault]) -> list[Fault]:
    """Tell moved rows from changed and deleted ones; a loose row that was one of them is no fault itself."""
    lost = [fault for fault in faults if fault.salt is not None and fault.hash is not None]
    loose = [fault for fault in faults if fault.text is not None]
    if len(lost) * len(loose) > _PAIRS_MAX:
        return list(faults)
    moved: dict[int, Fault] = {}
    taken: set[int] = set()
    for fault in lost:
        for candidate in loose:
            if candidate is not fault and _is_content_of(table, fault, candidate):
                place = f"batch {candidate.batch.decode()} row {candidate.row_no}"
                moved[id(fault)] = replace(
                    fault, code="row_moved", text=candidate.text, detail=f"its content stands at {place}"
                )
                if candidate.hash is None:
                    taken.add(id(candidate))
    return [moved.get(id(fault), fault) for fault in faults if id(fault) not in taken]


def _is_content_of(table: AppendOnlyTable, lost: Fault, candidate: Fault) -> bool:
    """Whether the candidate's text, put at the lost row's place, is what was sealed there."""
    assert candidate.text is not None and lost.salt is not None
    values = candidate.text.split(b"\t")
    values[table.columns.index("batch_id")] = lost.batch
    values[table.columns.index("row_no")] = str(lost.row_no).encode()
    return row_hash(lost.salt, row_prefix(table.name), b"\t".join(values)) == lost.hash


def fault_problems(table: AppendOnlyTable, faults: Sequence[Fault]) -> list[Problem]:
    """Word the faults: runs of consecutive rows with the same damage become one problem."""
    ordered = sorted(
        faults, key=lambda fault: (fault.batch, -1 if fault.row_no is None else fault.row_no, fault.code)
    )
    problems = []
    for _, run in groupby(enumerate(ordered), key=lambda pair: _run_key(*pair)):
        members = [fault for _, fault in run]
        first, last = members[0], members[-1]
        problems.append(
            Problem(
                code=first.code,
                table=table.name,
                batch=first.batch.decode(),
                row_no=first.row_no,
                row_last=last.row_no,
                key=_key_text(table, first.text),
                entry_no=first.entry_no,
                detail=first.detail,
            )
        )
    return problems


def _run_key(position: int, fault: Fault) -> tuple[object, ...]:
    offset = None if fault.row_no is None else fault.row_no - position
    return fault.code, fault.batch, fault.entry_no, fault.detail, offset


def _key_text(table: AppendOnlyTable, text: bytes | None) -> str | None:
    """Return the row's key columns for a person: "event_id=7, leg=1"."""
    if not text:
        return None
    values = dict(zip(table.columns, value_texts(text), strict=True))
    return ", ".join(f"{column}={values[column]}" for column in table.key if column in values)
