"""A light node (轻节点): it follows logs by their checkpoints alone and holds one note of each.

It takes a later checkpoint only with a quorum's cosignatures and a proof that its log only grew, so it cannot
be led to another history, and whoever shows it two of them has signed the proof of a fork. Records and proofs
are checked against what it holds when somebody shows them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.hashing import check_consistency
from creditloop.evidence.network.cosignature import Cosigned
from creditloop.evidence.network.policy import NotePolicy
from creditloop.evidence.network.tlog_proof import TlogProof
from creditloop.evidence.network.tlog_proof import check as check_tlog_proof
from creditloop.kernel.errors import EvidenceError

Consistency = Callable[[int, int], Sequence[bytes]]
"""Fetches the proof that a log's tree of a smaller size is the beginning of that of a larger one."""


class ForkShown(EvidenceError):  # noqa: N818 -- it says what happened
    """Two checkpoints of one size and different roots, each signed by the log and cosigned by a quorum.

    Attributes:
        first: the note held.
        second: the note shown.
    """

    def __init__(self, origin: str, first: str, second: str) -> None:
        super().__init__("a log has shown two histories", got=origin, where={"log": origin})
        self.first = first
        self.second = second


@dataclass(frozen=True, slots=True, kw_only=True)
class LightLog:
    """A log as a light node holds it.

    Attributes:
        policy: whose log, and who must have cosigned.
        note: the last checkpoint taken, with its signatures; empty before the first.
        not_after: POSIX seconds; cosignatures dated later are refused.
    """

    policy: NotePolicy
    note: str = ""
    not_after: int | None = None

    def held(self) -> Cosigned | None:
        """Return what is held, checked again; None before the first checkpoint."""
        return self.policy.check(self.note) if self.note else None

    def taken(self, shown: str, *, consistency: Consistency) -> "LightLog":
        """Return the log with a checkpoint that was shown, if it is later than the one held.

        Raises: EvidenceError if a quorum did not cosign it or it does not continue what is held; ForkShown,
            with both notes, if the two prove a fork.
        """
        new, held = self.policy.check(shown, not_after=self.not_after).checkpoint, self.held()
        if held is not None:
            self._check_continues(held.checkpoint, new, shown, consistency)
            if new.size <= held.checkpoint.size:
                return self
        return LightLog(policy=self.policy, note=shown, not_after=self.not_after)

    def _check_continues(
        self, held: Checkpoint, new: Checkpoint, shown: str, consistency: Consistency
    ) -> None:
        """Check that the smaller of two trees is the beginning of the larger one."""
        if held.size == new.size and held.root != new.root:
            raise ForkShown(held.origin, self.note, shown)
        before, after = sorted((held, new), key=lambda checkpoint: checkpoint.size)
        if 0 < before.size < after.size:
            check_consistency(
                size_before=before.size,
                size=after.size,
                root_before=before.root,
                root=after.root,
                proof=consistency(before.size, after.size),
            )

    def check_record(self, proof: TlogProof, leaf: bytes, *, consistency: Consistency) -> Cosigned:
        """Check that a record is on the very log that is followed, not only on one that a quorum cosigned.

        Raises: EvidenceError saying what does not hold; ForkShown as `taken`.
        """
        shown = check_tlog_proof(proof, leaf, self.policy, not_after=self.not_after)
        held = self.held()
        if held is None:
            raise EvidenceError("nothing of this log is held yet", got=shown.checkpoint.origin)
        self._check_continues(held.checkpoint, shown.checkpoint, proof.checkpoint, consistency)
        return shown
