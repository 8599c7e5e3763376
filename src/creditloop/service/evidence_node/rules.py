"""A party's own rules about the others' records (业务前置条件), by name: what `--rules` takes."""

from dataclasses import dataclass

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


RULES = ("form",)
"""Names of the rules there are."""


def rules_named(name: str) -> Preconditions:
    """Return rules by their name.

    Raises: InputError if there are none of this name.
    """
    if name != "form":
        raise InputError("no such rules", got=name, expected=list(RULES))
    return FormOnly()
