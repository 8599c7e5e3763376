"""What packages are made with (制证配置): our node's door, the network's keys, our key, our documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from creditloop.evidence import Signer
from creditloop.evidence.package import TrustedNetwork
from creditloop.kernel.storage import Connection
from creditloop.service.attesting import CommittedLoan, StepStanding, find_committed, find_steps
from creditloop.service.node_door import NodeDoor


@dataclass(frozen=True, slots=True, kw_only=True)
class Packager:
    """See the module.

    Attributes:
        door: of our node.
        trusted: the network's keys, as the readers have them.
        signer: one of our submitters' keys, or our judge's.
        find: what the bank keeps of a loan on the network; raises UnknownId if nothing.
        steps: how far each of the loan's steps is.
    """

    door: NodeDoor
    trusted: TrustedNetwork
    signer: Signer
    find: Callable[[Connection, str], CommittedLoan] = find_committed
    steps: Callable[[Connection, str], Sequence[StepStanding]] = find_steps
