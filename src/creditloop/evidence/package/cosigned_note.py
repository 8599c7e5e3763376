"""One form of a cosigned checkpoint (检查点签名行): the log's signature, then witnesses' by their names.

The specifications let anyone add signature lines of unknown keys, and in any order. In a package that
would be room for what nobody signed, so a package has the known lines only, each once, in one order.
"""

from creditloop.evidence.network import TlogProof
from creditloop.evidence.network.node import Network
from creditloop.kernel.errors import EvidenceError


def _known_names(network: Network, origin: str) -> list[str]:
    return [origin, *sorted(network.witness_names(origin))]


def _line_name(line: str) -> str:
    return line.split(" ")[1] if line.count(" ") == 2 else ""


def tidy_proof(proof: TlogProof, *, network: Network, origin: str) -> TlogProof:
    """Return a proof whose checkpoint has the known signature lines only, in one order, and no extra data."""
    text, mark, signatures = proof.checkpoint.rpartition("\n\n")
    by_name: dict[str, str] = {}
    for line in signatures.split("\n"):
        by_name.setdefault(_line_name(line), line)
    lines = [by_name[name] for name in _known_names(network, origin) if name in by_name]
    checkpoint = f"{text}{mark}" + "".join(f"{line}\n" for line in lines)
    return TlogProof(index=proof.index, path=proof.path, checkpoint=checkpoint)


def check_tidy(checkpoint: str, *, network: Network, origin: str, signatures: int) -> None:
    """Check that a checkpoint has as many signature lines as were verified, and in the one order.

    Args:
        checkpoint: the signed note.
        network: the parties.
        origin: whose log it is.
        signatures: how many verified, the log's own included.

    Raises: EvidenceError if not.
    """
    names = [_line_name(line) for line in checkpoint.rpartition("\n\n")[2].removesuffix("\n").split("\n")]
    ordered = [name for name in _known_names(network, origin) if name in names]
    if names != ordered or len(names) != signatures:
        raise EvidenceError("signature lines that nobody known made, or in another order", got=names)
