"""Following the logs as a light node (轻节点): checkpoints of every party, one file of what is held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from creditloop.evidence.network import Consistency, Cosigned, ForkShown, LightLog, TlogProof
from creditloop.evidence.network.node import Timing
from creditloop.evidence.package import LogPolicy
from creditloop.kernel.errors import CreditloopError, InputError, SourceError
from creditloop.kernel.files import replace_file
from creditloop.service.evidence_node.client import NodeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How far a log was followed.

    Attributes:
        size: entries of the checkpoint held; 0 before the first.
        seen: when each witness saw it, POSIX seconds, by witness.
        refused: what a party showed and was not taken, by party.
        fork: the two notes by which the log proves its own fork; None if it does not.
    """

    origin: str
    size: int
    seen: Mapping[str, int]
    refused: Mapping[str, str]
    fork: tuple[str, str] | None


class Follower:
    """A light node's file, and the line to the parties' nodes.

    Args:
        file: what is held; made by the first `follow`.

    Raises: InputError if the file is no light node's.
    """

    def __init__(self, client: NodeClient, *, file: Path) -> None:
        self.client = client
        self.file = file
        self._notes: dict[str, str] = {}
        if file.exists():
            try:
                self._notes = msgspec.json.decode(file.read_bytes(), type=dict[str, str])
            except (OSError, msgspec.MsgspecError) as error:
                raise InputError("not what a light node holds", got=str(file), hint=str(error)) from None

    def follow(self, *, now: datetime) -> Sequence[Followed]:
        """Ask every party for every log's last final checkpoint and take what continues what is held."""
        found = [self._follow(origin, now=now) for origin in self.client.trusted.network.names]
        replace_file(self.file, msgspec.json.format(msgspec.json.encode(self._notes)) + b"\n")
        return found

    def check_record(self, proof: TlogProof, leaf: bytes, *, now: datetime) -> Cosigned:
        """Check that a record is on the log that is followed.

        Raises: EvidenceError saying what does not hold; SourceError if no party gives a proof that is needed.
        """
        origin = proof.checkpoint.partition("\n")[0]
        log = self._log(origin, now=now)
        return log.check_record(proof, leaf, consistency=self._consistency(origin, origin))

    def _log(self, origin: str, *, now: datetime) -> LightLog:
        return LightLog(
            policy=LogPolicy(self.client.trusted, origin),
            note=self._notes.get(origin, ""),
            not_after=int((now + Timing().skew).timestamp()),
        )

    def _follow(self, origin: str, *, now: datetime) -> Followed:
        log, fork = self._log(origin, now=now), None
        refused: dict[str, str] = {}
        for party in self.client.trusted.network.names:
            try:
                shown = self.client.checkpoint(party, origin)
                if shown:
                    log = log.taken(shown, consistency=self._consistency(party, origin))
            except ForkShown as error:
                fork = (error.first, error.second)
            except CreditloopError as error:
                refused[party] = error.message
        held = log.held()
        if held is not None:
            self._notes[origin] = log.note
        return Followed(
            origin=origin,
            size=held.checkpoint.size if held else 0,
            seen=held.times if held else {},
            refused=refused,
            fork=fork,
        )

    def _consistency(self, party: str, origin: str) -> Consistency:
        """Ask a party for a proof, then the others: one that is behind has not the larger tree."""
        others = [name for name in self.client.trusted.network.names if name != party]

        def ask(before: int, after: int) -> Sequence[bytes]:
            problems = list[str]()
            for name in (party, *others):
                try:
                    return self.client.consistency(name, origin, before=before, after=after)
                except CreditloopError as error:
                    problems.append(f"{name}: {error.message}")
            raise SourceError("no party gives the proof that is needed", got=problems)

        return ask
