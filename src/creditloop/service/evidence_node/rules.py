"""A party's own rules about the others' records (业务前置条件), by name: what `--rules` takes.

A lender's are loaded when they are asked for: a party that is none needs nothing of lending in its process.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from creditloop.evidence.network import Record
from creditloop.evidence.network.node import Preconditions
from creditloop.kernel.errors import InputError


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
        lend = import_module("creditloop.lend.preconditions")
        told = import_module("creditloop.service.attesting")
        preconditions: Preconditions = lend.LendPreconditions(told.KnownFile(folder / told.KNOWN))
        return preconditions
    raise InputError("no such rules", got=name, expected=list(RULES))
