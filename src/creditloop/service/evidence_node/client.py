"""The bank's own systems on the line to its node (节点客户端): `service.node_door.NodeDoor` over HTTPS."""

import http.client
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from creditloop.evidence import Signer
from creditloop.evidence.network import RefusedError
from creditloop.evidence.network.node import (
    Answer,
    LogNotes,
    NodeStatus,
    OpenRound,
    Stage,
    Standing,
    open_round,
    read_answer,
    read_round,
)
from creditloop.evidence.package import LoanOnLog, SignedLoanEnd, TrustedNetwork, read_loan_end
from creditloop.kernel.errors import InputError, SourceError, StateError, UnknownId
from creditloop.service.evidence_node.app import AuditText, StandingText, StatusText
from creditloop.service.evidence_node.certificates import tls_context
from creditloop.service.evidence_node.folder import NodeFolder
from creditloop.service.evidence_node.log_reading import LogsText, RoundsText, WaitingBatch
from creditloop.service.evidence_node.peers import PartyConnection
from creditloop.service.evidence_node.reading import LoanText

NODE = "CREDITLOOP_NODE"
"""The variable that names the folder of the bank's own node."""
_SECONDS = 10.0
_REFUSED: Mapping[int, type[InputError | StateError]] = {404: UnknownId, 400: InputError, 409: StateError}


class NodeClient:
    """What the bank asks of its own node, and of the others' where their word is wanted; safe for threads.

    Args:
        folder: the node's, on this machine: its keys say who we are.
        seconds: how long an answer is waited for.

    Raises: StateError if the node has joined no network or its keys cannot be read.
    """

    def __init__(self, folder: NodeFolder, *, seconds: float = _SECONDS) -> None:
        self.name = folder.name
        self.trusted: TrustedNetwork = folder.trusted()
        keys, cards = folder.keys(), folder.cards()
        self.submitter: Signer = keys.submitter
        context = tls_context(
            server=False,
            own=folder.card.certificate,
            secret=keys.tls,
            others={name: card.certificate for name, card in cards.items()},
            scratch=folder.folder,
        )
        self._lines = {
            name: PartyConnection(card, context=context, seconds=seconds) for name, card in cards.items()
        }
        self._locks = {name: threading.Lock() for name in cards}

    def close(self) -> None:
        """Let all connections go."""
        for line in self._lines.values():
            line.close()

    def submit(self, batch: bytes) -> Answer:
        """Hand in a batch; it is durable at the node when this says `done`.

        Raises: SourceError if the node is not there: submit the same bytes again.
        """
        _, body = self._ask(self.name, "POST", "/own/batches", batch)
        try:
            return read_answer(body)
        except RefusedError as error:
            raise SourceError("the node answers what is no answer", got=error.message) from None

    def standing(self, batch: str) -> Standing:
        """Say how a batch stands.

        Raises: SourceError if the node is not there.
        """
        text = self._read("GET", f"/own/batches/{batch}", StandingText)
        return Standing(stage=Stage(text.stage), included=text.included, refused=text.refused)

    def loan_on_log(self, origin: str, *, loan: str) -> LoanOnLog:
        """Return a loan's final records on a log, with proofs.

        Raises: UnknownId if there is no such log; StateError while a record is not final; SourceError if the
            node is not there.
        """
        found: LoanText = self._read("GET", f"/own/loans/{loan}/logs/{origin}", LoanText)
        return found.content()

    def loan_ends(self, *, loan: str, challenge: str) -> Sequence[SignedLoanEnd]:
        """Return the statements of all nodes that answer about where a loan ends."""
        ends = []
        for name in self.trusted.network.names:
            try:
                status, body = self._ask(name, "GET", f"/loans/{loan}/end?challenge={challenge}")
                if status == 200:
                    ends.append(read_loan_end(body))
            except (SourceError, RefusedError):
                continue  # the others' words decide; a package needs a quorum of them
        return ends

    def checkpoint(self, party: str, origin: str) -> str:
        """Return the last final checkpoint of a log as a party's node has it.

        Raises: UnknownId if there is no such log; SourceError if that node is not there.
        """
        status, body = self._ask(party, "GET", f"/logs/{origin}/checkpoint")
        return _content(status, body).decode()

    def consistency(self, party: str, origin: str, *, before: int, after: int) -> Sequence[bytes]:
        """Return a party's proof that a log only grew from one size to another.

        Raises: UnknownId if there is no such log; InputError if there are no such sizes; SourceError if that
            node is not there, or answers what is no proof.
        """
        status, body = self._ask(party, "GET", f"/logs/{origin}/consistency?before={before}&after={after}")
        try:
            return [
                bytes.fromhex(text) for text in msgspec.json.decode(_content(status, body), type=list[str])
            ]
        except (msgspec.MsgspecError, ValueError) as error:
            raise SourceError("a node answers what is no proof", got=str(error)) from None

    def status(self) -> tuple[NodeStatus, Sequence[AuditText]]:
        """Return how the node stands, and its last audit lines.

        Raises: SourceError if the node is not there.
        """
        text = self._read("GET", "/own/status", StatusText)
        return text.status(), text.audit

    def logs(self) -> tuple[Mapping[str, LogNotes], Sequence[WaitingBatch]]:
        """Return the checkpoints of every log as the node has them, and our batches that wait for our log.

        Raises: SourceError if the node is not there.
        """
        text: LogsText = self._read("GET", "/own/logs", LogsText)
        return text.notes(), text.waiting

    def rounds(self, origin: str, before: int | None = None, *, objections: bool = False) -> RoundsText:
        """Return the last rounds of a log in short, as the node has checked them, the newest first.

        Args:
            before: only rounds that end at or before this entry.
            objections: only rounds that brought objections.

        Raises: UnknownId if there is no such log; SourceError if the node is not there.
        """
        asked = {"before": before, "objections": int(objections) or None}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        text: RoundsText = self._read("GET", f"/own/logs/{quote(origin)}/rounds?{query}", RoundsText)
        return text

    def round(self, origin: str, first: int) -> OpenRound:
        """Return the round of a log that begins at an entry, checked here by the network's keys.

        Raises: UnknownId if there is none; EvidenceError if it does not hold; SourceError if the node is not
            there.
        """
        status, body = self._ask(self.name, "GET", f"/own/logs/{quote(origin)}/rounds/{first}")
        opened = open_round(read_round(_content(status, body)), network=self.trusted.network)
        if (opened.round.origin, opened.round.first) != (origin, first):
            raise SourceError("the node answers another round", got=opened.round.first, expected=first)
        return opened

    def _read(self, method: str, path: str, form: Any) -> Any:
        status, body = self._ask(self.name, method, path)
        try:
            return msgspec.json.decode(_content(status, body), type=form)
        except msgspec.MsgspecError as error:
            raise SourceError("the node answers what is no answer", got=str(error)) from None

    def _ask(self, party: str, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        if party not in self._lines:
            raise UnknownId("no such party", got=party, expected=list(self._lines))
        line = self._lines[party]
        with self._locks[party]:
            for attempt in (1, 2):
                was_open = line.is_open
                try:
                    return line.request(method, path, body=body)
                except (OSError, http.client.HTTPException) as error:
                    # a kept connection may have been let go by the other side: all we ask may be asked twice
                    if attempt == 2 or not was_open:
                        raise SourceError("a node is not there", got=party, hint=str(error)[:200]) from None
        raise AssertionError("unreachable")


def _content(status: int, body: bytes) -> bytes:
    if status == 200:
        return body
    try:
        problem = msgspec.json.decode(body, type=dict[str, str]).get("problem", "")
    except msgspec.MsgspecError:
        problem = ""
    raise _REFUSED.get(status, SourceError)(problem or "the node refuses", got=status)


def open_node_client(environment: Mapping[str, str], *, seconds: float = _SECONDS) -> NodeClient | None:
    """Return the way to the bank's own node; None if the bank has none (CREDITLOOP_NODE is not set).

    Args:
        seconds: how long an answer is waited for.

    Raises: InputError if the folder is no node's; StateError as `NodeClient`.
    """
    folder = environment.get(NODE)
    if not folder:
        return None
    return NodeClient(NodeFolder(Path(folder), environment=environment), seconds=seconds)
