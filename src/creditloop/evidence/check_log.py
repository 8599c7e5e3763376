"""Checking the log's own tables against the folder outside: entries, chunks' places, copies of checkpoints.

Which leaf hashes are true: the folder's, if they have the root of the last checkpoint; else the database's,
if those have it; else none, and an entry is believed by its signature alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from creditloop.evidence.checkpoint import open_checkpoint
from creditloop.evidence.claim import Claim
from creditloop.evidence.entry import RowsEntry, entry_hash, read_body
from creditloop.evidence.hashing import tree_root
from creditloop.evidence.problem import Problem
from creditloop.evidence.state import FolderState
from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import Connection, load_queries

_QUERIES = load_queries("creditloop.evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """An entry as it stands in the database."""

    entry_no: int
    hash: bytes
    leaf_agrees: bool
    signed: bool
    entry: RowsEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a chunk says its rows are."""

    table: str | None
    batch: str | None
    first: int | None
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCheck:
    """What the log's tables say, as far as it verifies.

    Attributes:
        entries: entries found.
        open_entries: properly signed entries after the last checkpoint.
        claims: the rows they are about, by table.
        problems: what does not verify.
    """

    entries: int
    open_entries: int
    claims: Mapping[str, Sequence[Claim]]
    problems: tuple[Problem, ...]

    def claims_of(self, table: str) -> Sequence[Claim]:
        """Return the claims about one table's rows."""
        return self.claims.get(table, ())


def check_log(connection: Connection, *, state: FolderState) -> LogCheck:
    """Check entries, the places of chunks and the copies of checkpoints against the folder's state."""
    stored = [_read_entry(row, state) for row in _QUERIES.entries(connection)]
    by_number = {entry.entry_no: entry for entry in reversed(stored)}
    truth = _true_hashes(state, by_number)
    places, problems = _read_places(connection)
    proven: dict[int, RowsEntry] = {}
    for number, entry in sorted(by_number.items()):
        if _is_proven(entry, state, truth):
            assert entry.entry is not None
            proven[number] = entry.entry
        problems += _entry_problems(entry, state, proven=number in proven, place=places.get(number))
    problems += _duplicates(stored)
    problems += _missing_entries(sorted(by_number), sorted(proven), state.size, places)
    problems += _place_problems(places, proven, known={*by_number, *range(state.size)})
    problems += _check_copies(
        connection, state, max((entry.checkpoint for entry in proven.values()), default=0)
    )
    return LogCheck(
        entries=len(stored),
        open_entries=sum(number >= state.size for number in proven),
        claims=_claims(places, proven),
        problems=tuple(problems),
    )


def _read_entry(row: tuple[int, str, bytes, bytes], state: FolderState) -> _Stored:
    number, body, leaf, signature = row
    hash_ = entry_hash(body)
    try:
        entry = read_body(body)
    except EvidenceError:
        entry = None
    return _Stored(
        entry_no=number,
        hash=hash_,
        leaf_agrees=leaf == hash_,
        signed=state.verifier.verify(body.encode(), signature),
        entry=entry,
    )


def _true_hashes(state: FolderState, by_number: dict[int, _Stored]) -> Sequence[bytes] | None:
    if state.leaves_agree:
        return state.leaf_hashes
    if all(number in by_number for number in range(state.size)):
        hashes = [by_number[number].hash for number in range(state.size)]
        if tree_root(hashes) == state.last.checkpoint.root:
            return hashes
    return None


def _is_proven(stored: _Stored, state: FolderState, truth: Sequence[bytes] | None) -> bool:
    """Whether the log's key vouches for the body: by the checkpoint, or by the entry's own signature."""
    if stored.entry is None:
        return False
    if truth is not None and 0 <= stored.entry_no < state.size:
        return truth[stored.entry_no] == stored.hash
    return stored.signed and (stored.entry.entry, stored.entry.origin) == (
        stored.entry_no,
        state.verifier.name,
    )


def _entry_problems(
    stored: _Stored, state: FolderState, *, proven: bool, place: _Place | None
) -> list[Problem]:
    if proven:
        wrong = []
        if not stored.leaf_agrees:
            wrong.append(("entry_changed", "leaf_hash", "the stored leaf hash is not the body's"))
        if not stored.signed:
            wrong.append(("entry_changed", "signature", "the stored signature is not over the body"))
    elif 0 <= stored.entry_no < state.size:
        wrong = [("entry_changed", "body", _why_unproven(stored))]
    else:
        wrong = [("entry_inserted" if stored.signed else "entry_unsigned", "body", _why_unproven(stored))]
    where = place or _place_of(stored.entry)
    return [
        _entry_problem(code, stored.entry_no, where, column=column, detail=detail)
        for code, column, detail in wrong
    ]


def _why_unproven(stored: _Stored) -> str:
    if not stored.signed:
        return "its body is not signed"
    if stored.entry is not None and stored.entry.entry != stored.entry_no:
        return f"it holds what was signed as entry {stored.entry.entry}"
    return "its body is not the one under the checkpoint"


def _entry_problem(
    code: str, entry_no: int, place: _Place | None, *, column: str | None = None, detail: str = ""
) -> Problem:
    if place is None or place.first is None or place.count is None:
        return Problem(code=code, entry_no=entry_no, column=column, detail=detail)
    return Problem(
        code=code,
        entry_no=entry_no,
        table=place.table,
        batch=place.batch,
        row_no=place.first,
        row_last=place.first + place.count - 1,
        column=column,
        detail=detail,
    )


def _place_of(entry: RowsEntry | None) -> _Place | None:
    if entry is None:
        return None
    return _Place(table=entry.table, batch=entry.batch, first=entry.first, count=entry.count)


def _duplicates(stored: Iterable[_Stored]) -> list[Problem]:
    seen: set[int] = set()
    problems = []
    for entry in stored:
        if entry.entry_no in seen:
            problems.append(
                _entry_problem("entry_inserted", entry.entry_no, _place_of(entry.entry), detail="twice")
            )
        seen.add(entry.entry_no)
    return problems


def _missing_entries(
    numbers: Sequence[int], proven: Sequence[int], size: int, places: dict[int, _Place]
) -> list[Problem]:
    """Name entries that are gone: one problem each, but one for all that are missing at the signed end."""
    sealed = {number for number in numbers if 0 <= number < size}
    end = max(sealed, default=-1) + 1
    problems = [
        _entry_problem("entry_deleted", number, places.get(number))
        for number in range(end)
        if number not in sealed
    ]
    if end < size:
        detail = f"entries {end}–{size - 1} of the signed {size} are gone"
        problems.append(Problem(code="log_rolled_back", entry_no=end, detail=detail))
    expected = size
    for number in (number for number in proven if number >= size):
        if number > expected:
            detail = f"nothing between entries {expected - 1} and {number}"
            problems.append(_entry_problem("entry_deleted", expected, places.get(expected), detail=detail))
        expected = number + 1
    return problems


def _read_places(connection: Connection) -> tuple[dict[int, _Place], list[Problem]]:
    places: dict[int, _Place] = {}
    problems = []
    for number, table, batch, first, count in _QUERIES.chunk_index(connection):
        place = _Place(table=table, batch=batch, first=first, count=count)
        if number in places:
            problems.append(_entry_problem("chunk_inserted", number, place, detail="twice"))
        places.setdefault(number, place)
    return places, problems


def _place_problems(
    places: dict[int, _Place], proven: dict[int, RowsEntry], known: set[int]
) -> list[Problem]:
    problems = []
    for number, entry in proven.items():
        right = _place_of(entry)
        assert right is not None
        place = places.get(number)
        if place is None:
            problems.append(_entry_problem("chunk_deleted", number, right))
            continue
        for column, stored, sealed in (
            ("table_name", place.table, right.table),
            ("batch_id", place.batch, right.batch),
            ("first_row", place.first, right.first),
        ):
            if stored != sealed:
                detail = f"{stored!r} instead of {sealed!r}"
                problems.append(_entry_problem("chunk_changed", number, right, column=column, detail=detail))
    problems += [
        _entry_problem("chunk_inserted", number, place)
        for number, place in places.items()
        if number not in known
    ]
    return problems


def _claims(places: dict[int, _Place], proven: dict[int, RowsEntry]) -> dict[str, list[Claim]]:
    found = [_proven_claim(number, entry) for number, entry in proven.items()]
    unproven = (_unproven_claim(number, place) for number, place in places.items() if number not in proven)
    found += [claim for claim in unproven if claim is not None]
    by_table: dict[str, list[Claim]] = {}
    for claim in found:
        by_table.setdefault(claim.table, []).append(claim)
    return by_table


def _proven_claim(number: int, entry: RowsEntry) -> Claim:
    return Claim(
        entry_no=number,
        table=entry.table,
        batch=entry.batch.encode(),
        first=entry.first,
        count=entry.count,
        entry=entry,
    )


def _unproven_claim(number: int, place: _Place) -> Claim | None:
    """Return what a chunk says of itself, so that its rows are not taken for inserted ones."""
    if place.table is None or place.batch is None or place.first is None or place.count is None:
        return None
    return Claim(
        entry_no=number,
        table=place.table,
        batch=place.batch.encode(),
        first=place.first,
        count=place.count,
        entry=None,
    )


def _check_copies(connection: Connection, state: FolderState, size_known: int) -> list[Problem]:
    """Compare the database's copies of checkpoints with the folder's history, both ways."""
    history = {signed.checkpoint.size: signed.note for signed in state.history if signed.checkpoint.size}
    copies: dict[int, str] = dict(_QUERIES.all_checkpoints(connection))
    problems = []
    newest = size_known
    for size, note in copies.items():
        if history.get(size) == note:
            continue
        try:
            signed_size = open_checkpoint(note, verifier=state.verifier).size
        except EvidenceError as error:
            signed_size, detail = 0, error.message
        else:
            detail = f"it is signed, for {signed_size} entries, and not in the folder's history"
        newest = max(newest, signed_size)
        if signed_size == size > state.size:
            continue  # the copy is right, the folder is older than it
        problems.append(Problem(code="checkpoint_changed", column="note", entry_no=size, detail=detail))
    problems += [
        Problem(
            code="checkpoint_deleted",
            entry_no=size,
            detail="deleted, or the process was killed while it extended: extend writes it again",
        )
        for size in history
        if size not in copies
    ]
    if newest > state.size:
        detail = f"its last checkpoint has {state.size} entries, but it signed one of {newest}"
        problems.append(Problem(code="folder_rolled_back", detail=detail, file="checkpoint"))
    return problems
