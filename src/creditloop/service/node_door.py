"""The door to our own node of the evidence network (存证网络的本行节点): what the bank asks of it.

`service.attesting` submits the bank's steps and asks how they stand, `service.packaging` collects what the
network holds of a loan. `service.evidence_node` has the node, and its client, which is such a door over
HTTP; in tests a node of the same process stands behind it. Everything is a network's answer: it may fail.
"""

from collections.abc import Sequence
from typing import Protocol

from creditloop.evidence.network.node import Answer, Standing
from creditloop.evidence.package import LoanOnLog, SignedLoanEnd


class NodeDoor(Protocol):
    """What the bank asks of its own node of the evidence network."""

    @property
    def name(self) -> str:
        """Our party's name: our log's origin."""

    def submit(self, batch: bytes) -> Answer:
        """Submit a batch for our log, as the canonical text of a `SignedBatch`; again: nothing changes.

        Raises: SourceError if the node is not there; whether it took the batch is not known then.
        """

    def standing(self, batch: str) -> Standing:
        """Return how a batch of our log stands.

        Raises: SourceError if the node is not there.
        """

    def loan_on_log(self, origin: str, *, loan: str) -> LoanOnLog:
        """Return all of a loan on a log, with proofs under that log's last final checkpoint.

        Args:
            loan: its pseudonym.
        Raises: UnknownId if there is no such log; SourceError if the node is not there.
        """

    def loan_ends(self, *, loan: str, challenge: str) -> Sequence[SignedLoanEnd]:
        """Return what each node that answered states of where a loan ends on all logs.

        Args:
            loan: its pseudonym.
            challenge: hex that the nodes sign with it, `evidence.package.NO_CHALLENGE` for none.
        Raises: SourceError if our own node is not there.
        """
