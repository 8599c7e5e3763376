"""A party's own rules about the others' records (业务前置条件), by name: what `--rules` takes."""

from dataclasses import dataclass
from pathlib import Path

from creditloop.evidence.network import Record
from creditloop.evidence.network.node import Preconditions
from creditloop.kernel.errors import InputError
from creditloop.lend.preconditions import LendPreconditions
from creditloop.service.attesting import KNOWN, KnownFile


@dataclass(frozen=True, slots=True)
class FormOnly:
    """No rules beyond form, signatures and each loan's sequence, which every node checks.

    For a party that is no lender and knows nothing of the loans: a payment company, a bureau's gateway.
    """

    def objection(self, record: Record) -> str | None:
        """Return None: there is nothing to object to."""
        del record
        return None


RULES = ("form", "lend")
"""Names of the rules there are: form alone; a lender's own, about the joint loans it was told of."""


def rules_named(name: str, *, folder: Path) -> Preconditions:
    """Return rules by their name.

    Args:
        folder: the node's; what the party was told of joint loans stands in it (`creditloop evidence know`).

    Raises: InputError if there are none of this name.
    """
    if name == "form":
        return FormOnly()
    if name == "lend":
        return LendPreconditions(KnownFile(folder / KNOWN))
    raise InputError("no such rules", got=name, expected=list(RULES))
