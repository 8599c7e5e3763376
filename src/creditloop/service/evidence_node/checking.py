"""Is a node's database as the node left it (节点自检): every row held against signatures and signed memory.

Nothing in the database is believed: rounds prove themselves, one after another, up to the checkpoint that the
files beside the keys remember; notes, verdicts, proofs and waiting batches carry signatures. Whoever owns the
database but not the keys can change nothing unseen, but for this: what was true once and is less, such as a
note with fewer cosignatures of others, or that a proof, a waiting batch or a verdict which came too late for
its round is gone. The others have these. `node.audit_line` is a log for people and not checked.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from types import MappingProxyType
from typing import Any

from creditloop.evidence import Checkpoint
from creditloop.evidence.network import (
    Cosigned,
    SignedHeader,
    SignedVerdict,
    canonical_form,
    check_header,
    check_verdict,
    open_batch,
    read_batch,
    read_form,
    read_verdict,
)
from creditloop.evidence.network.node import (
    Extension,
    Fork,
    LogState,
    Network,
    OpenRound,
    check_contradiction,
    open_round,
    read_contradiction,
    read_round,
)
from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.evidence_node.signed_files import SignedFiles

NODE_CODES = MappingProxyType(
    {
        "guard_missing": "the trigger that keeps a table append-only is missing or switched off",
        "note_wrong": "a log's checkpoint is not that of its rounds, or lacks a signature",
        "proof_wrong": "a proof of contradiction proves nothing",
        "proposal_wrong": "a waiting batch is not one that a submitter signed",
        "round_missing": "entries are missing between rounds, or at the end of what was signed",
        "round_wrong": "a round is not what was signed",
        "verdict_missing": "a verdict of ours stands in a round and not in the table",
        "verdict_wrong": "a verdict is not what was signed",
    }
)
"""Every kind of problem."""
_QUERIES = load_queries("creditloop.service.evidence_node")
_GUARDED = ("audit_line", "contradiction", "round", "verdict")
_HEADER_BYTES_MAX = 4_096
_Verdicts = dict[tuple[str, int, str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProblem:
    """Something in a node's database that is not as it was.

    Attributes:
        code: a key of `NODE_CODES`.
        table: for example "node.round".
        row: the row's key as text; empty for a table.
        detail: for people.
    """

    code: str
    table: str
    row: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCheck:
    """What a check found.

    Attributes:
        sizes: entries that hold, by log.
        waiting: batches that wait.
        uncosigned: others' logs, not proven to have forked, whose last checkpoint this node has not cosigned.
        problems: the rest.
    """

    sizes: Mapping[str, int]
    waiting: int
    uncosigned: tuple[str, ...]
    problems: tuple[NodeProblem, ...]

    @property
    def records(self) -> int:
        """Entries of all logs that hold."""
        return sum(self.sizes.values())


def check_store(connection: Connection, *, name: str, network: Network, signed: SignedFiles) -> NodeCheck:
    """Check every row of a node's database.

    Args:
        name: the party whose node it is.
        signed: what it signed last.
    """
    checking = _Checking(connection=connection, name=name, network=network, signed=signed)
    problems = tuple(checking.problems())
    sizes = {origin: state.size for origin, state in checking.states.items()}
    return NodeCheck(
        sizes=sizes,
        waiting=checking.waiting,
        uncosigned=tuple(sorted(checking.uncosigned - checking.forked)),
        problems=problems,
    )


@dataclass(kw_only=True)
class _Checking:
    """A check under way: logs first, as the other tables are held against them."""

    connection: Connection
    name: str
    network: Network
    signed: SignedFiles
    states: dict[str, LogState] = field(default_factory=dict)
    given: list[tuple[str, int, SignedVerdict]] = field(default_factory=list)
    waiting: int = 0
    uncosigned: set[str] = field(default_factory=set)
    forked: set[str] = field(default_factory=set)
    remembered: dict[str, Checkpoint] = field(default_factory=dict)

    def problems(self) -> Iterator[NodeProblem]:
        """Give everything that is wrong."""
        yield from self._guards()
        yield from self._logs()
        yield from self._notes()
        yield from self._verdicts()
        yield from self._proofs()
        yield from self._proposals()

    def _guards(self) -> Iterator[NodeProblem]:
        guarded = {table for (table,) in _QUERIES.guarded_tables(self.connection)}
        for table in _GUARDED:
            if table not in guarded:
                yield NodeProblem(code="guard_missing", table=f"node.{table}")

    def _logs(self) -> Iterator[NodeProblem]:
        self.states = {origin: LogState(origin=origin) for origin in self.network.names}
        rows = _QUERIES.all_rounds(self.connection)
        for origin, rounds in groupby(rows, key=lambda row: str(row[0])):
            yield from self._log(origin, ((first, after, bytes(body)) for _, first, after, body in rounds))
        for origin, state in self.states.items():
            remembered = self.signed.read(origin)
            if remembered is None:
                continue
            try:
                checkpoint = self.network.opened(origin, remembered.note).checkpoint
            except EvidenceError as error:
                detail = f"what is remembered as signed: {error.message}"
                yield _round_problem("round_wrong", origin, state.size, detail)
                continue
            self.remembered[origin] = checkpoint
            if checkpoint.size > state.size or state.tree.root(checkpoint.size) != checkpoint.root:
                yield _round_problem("round_missing", origin, state.size, f"{checkpoint.size} were signed")

    def _log(self, origin: str, rows: Iterator[tuple[int, int, bytes]]) -> Iterator[NodeProblem]:
        """Check a log's rounds up to the first that does not hold: on nothing can what follows stand."""
        state = self.states.get(origin)
        for first, after, body in rows:
            if state is None:
                yield _round_problem("round_wrong", origin, first, "no log of this network")
                continue
            if first != state.size:
                yield _round_problem("round_missing", origin, state.size, f"the next round is at {first}")
                return
            try:
                opened = open_round(read_round(body), network=self.network)
                extension = Extension(state)
                extension.add(opened)
            except EvidenceError as error:
                yield _round_problem("round_wrong", origin, first, error.message)
                return
            if after != opened.after:
                yield _round_problem("round_wrong", origin, first, f"it ends at {opened.after}, not {after}")
                return
            state.apply(extension, base=opened.round.checkpoint)
            self._take_given(opened)

    def _take_given(self, opened: OpenRound) -> None:
        for verdict in opened.round.verdicts:
            if verdict.verdict.node == self.name:
                self.given.append((opened.round.origin, opened.round.first, verdict))

    def _notes(self) -> Iterator[NodeProblem]:
        noted = {
            origin: (size, latest, final)
            for origin, size, latest, final in _QUERIES.all_notes(self.connection)
        }
        for origin in sorted({*noted, *(name for name, state in self.states.items() if state.size)}):
            state, note = self.states.get(origin), noted.get(origin)
            if state is None or note is None:
                detail = "no log of this network" if state is None else "a log without its notes"
                yield NodeProblem(code="note_wrong", table="node.note", row=origin, detail=detail)
                continue
            try:
                self._check_note(state, *note)
            except EvidenceError as error:
                yield NodeProblem(code="note_wrong", table="node.note", row=origin, detail=error.message)

    def _check_note(self, state: LogState, size: int, latest: str, final: str) -> None:
        if size != state.size or bool(latest) != bool(state.size):
            raise EvidenceError("the note is of another size", got=size, expected=state.size)
        cosigned = 0
        if latest:
            opened = self._opened(state.origin, latest)
            cosigned = len(opened.times)
            if (opened.checkpoint.size, opened.checkpoint.root) != (size, state.tree.root()):
                raise EvidenceError("the last checkpoint is not that of the rounds")
            if not latest.startswith(state.base):
                raise EvidenceError("the last checkpoint is not the last round's")
            own = self.network.party(self.name).witness.name
            if state.origin != self.name and own not in opened.times:
                if self.remembered.get(state.origin) == opened.checkpoint:
                    raise EvidenceError("our own cosignature is gone")
                self.uncosigned.add(state.origin)
        final_size = 0
        if final:
            opened = self._opened(state.origin, final)
            final_size = opened.checkpoint.size
            if len(opened.times) < self.network.quorum:
                raise EvidenceError("the final checkpoint is cosigned by too few")
            if final_size > state.size or state.tree.root(final_size) != opened.checkpoint.root:
                raise EvidenceError("the final checkpoint is not one of the rounds")
        if cosigned >= self.network.quorum and final_size < size:
            raise EvidenceError("the last checkpoint is final and not noted as such")

    def _opened(self, origin: str, note: str) -> Cosigned:
        """Open one of our own notes: nobody's signature stands in it but the log's and known witnesses'."""
        opened = self.network.opened(origin, note)
        known = [opened.base, *opened.lines.values()]  # the witnesses' stand in any order
        if sum(map(len, known)) != len(note):
            raise EvidenceError("a note of ours has a signature of nobody we know, or one by half its keys")
        return opened

    def _verdicts(self) -> Iterator[NodeProblem]:
        kept: _Verdicts = {}
        for origin, size, batch_hash, header, verdict in _QUERIES.all_verdicts(self.connection):
            row = f"{origin} {size} {batch_hash}"
            try:
                self._check_verdict((origin, size, batch_hash), bytes(header), bytes(verdict))
            except EvidenceError as error:
                yield NodeProblem(code="verdict_wrong", table="node.verdict", row=row, detail=error.message)
            kept[origin, size, batch_hash] = bytes(verdict)
        for origin, first, given in self.given:
            key = (origin, first, given.verdict.batch_hash)
            if kept.get(key, canonical_form(given)) != canonical_form(given):
                code, detail = "verdict_wrong", "another verdict stands in the round"
            elif key not in kept:
                code, detail = "verdict_missing", f"batch {given.verdict.batch}"
            else:
                continue
            yield NodeProblem(code=code, table="node.verdict", row=" ".join(map(str, key)), detail=detail)

    def _check_verdict(self, key: tuple[str, int, str], header: bytes, verdict: bytes) -> None:
        signed_header = read_form(header, SignedHeader, bytes_max=_HEADER_BYTES_MAX, what="a header")
        party = self.network.find(signed_header.header.origin)
        if party is None:
            raise EvidenceError("a batch for no log of this network", got=signed_header.header.origin)
        check_header(signed_header, submitters=party.submitters_ever)
        signed = read_verdict(verdict)
        judges = self.network.party(self.name).judges({signed.verdict.origin: signed.verdict.size})
        check_verdict(signed, judges=judges)
        said, about = signed.verdict, signed_header.header
        if (said.origin, said.size, said.batch_hash) != key or said.node != self.name:
            raise EvidenceError("the verdict is about something else")
        if (about.origin, about.hash) != (said.origin, said.batch_hash):
            raise EvidenceError("the header is of another batch")

    def _proofs(self) -> Iterator[NodeProblem]:
        def check(body: bytes) -> None:
            contradiction = read_contradiction(body)
            check_contradiction(contradiction, network=self.network)
            if isinstance(contradiction.proof, Fork):
                self.forked.add(contradiction.origin)

        rows = _QUERIES.all_contradictions(self.connection)
        yield from _each(rows, check, code="proof_wrong", table="node.contradiction")

    def _proposals(self) -> Iterator[NodeProblem]:
        submitters = self.network.party(self.name).submitters_ever

        def check(name: str, body: bytes) -> None:
            self.waiting += 1
            batch = open_batch(read_batch(body), submitters=submitters)
            if (batch.header.batch, batch.header.origin) != (name, self.name):
                raise EvidenceError("the batch is another", got=batch.header.batch)

        rows = ((number, name, body) for number, name, body in _QUERIES.all_proposals(self.connection))
        yield from _each(rows, check, code="proposal_wrong", table="node.proposal")


def _each(
    rows: Iterator[tuple[Any, ...]], check: Callable[..., None], *, code: str, table: str
) -> Iterator[NodeProblem]:
    """Check rows that begin with their number and end with a body."""
    for number, *rest, body in rows:
        try:
            check(*rest, bytes(body))
        except EvidenceError as error:
            yield NodeProblem(code=code, table=table, row=str(number), detail=error.message)


def _round_problem(code: str, origin: str, first: int, detail: str) -> NodeProblem:
    return NodeProblem(code=code, table="node.round", row=f"{origin} {first}", detail=detail)
