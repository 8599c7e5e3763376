"""One form of a cosigned checkpoint (检查点签名行): the log's signature, then witnesses' by their names.

The specifications let anyone add signature lines of unknown keys, and in any order. In a package that
would be room for what nobody signed, so a package has the known lines only, each once, in one order.
"""

from creditloop.evidence.network import Cosigned
from creditloop.evidence.network.node import Network
from creditloop.kernel.errors import EvidenceError


def tidy_checkpoint(checkpoint: str, *, network: Network, origin: str) -> str:
    """Return a signed checkpoint with the known signature lines only, in one order.

    Raises: EvidenceError if its log did not sign it, or a known key's signature is bad.
    """
    return _tidy(network.opened(origin, checkpoint))


def check_tidy(checkpoint: str, *, opened: Cosigned) -> None:
    """Check that a checkpoint has the signature lines that were verified and no others, in the one order.

    Args:
        checkpoint: the signed note.
        opened: what it was opened as.

    Raises: EvidenceError if not.
    """
    if checkpoint != _tidy(opened):
        raise EvidenceError("signature lines that nobody known made, or in another order", got=checkpoint)


def _tidy(opened: Cosigned) -> str:
    return opened.base + "".join(sorted(opened.lines.values(), key=_name))


def _name(lines: str) -> str:
    return lines.split(" ", 2)[1]
