"""Whether a contract lets a read happen, and what that read needs: worked out once for each request.

What is kept is kept for the very contract it was worked out for, so another version never meets it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from creditloop.data.contracts import GIVEN_COLUMNS, PARTY_ID, Column, Contract, Party, Table
from creditloop.data.identifiers import fetched_names, identifiers_of, readable_table
from creditloop.data.purposes import PURPOSES
from creditloop.kernel.errors import InputError

_KEPT = 1_024
"""Requests kept: columns asked for of a table for a purpose."""


class DeniedError(Exception):
    """Why a read is denied; becomes an InputError once it is logged."""

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        """Say why, about which column, and what would be allowed."""
        super().__init__(message)
        self.message, self.field, self.hint = message, field, hint


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """Which columns of which table are asked for, for which purpose.

    Two are equal only if they ask of one and the same contract: a copy with other columns or purposes may
    carry the same document.
    """

    contract: Contract
    table: str
    columns: tuple[str, ...]
    purpose: str
    by_party: bool

    def __eq__(self, other: object) -> bool:
        """Whether the other asks the same of the very same contract."""
        return isinstance(other, Asked) and self.contract is other.contract and self._rest == other._rest

    def __hash__(self) -> int:
        """Hash what is asked; the contract by what it is, as it is compared."""
        return hash((id(self.contract), self._rest))

    @property
    def _rest(self) -> tuple[str, tuple[str, ...], str, bool]:
        return self.table, self.columns, self.purpose, self.by_party


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a read that the contract allows goes by.

    Attributes:
        table: as the contract describes it; `readable`: the same with the tokens of identifiers.
        fetched: the stored columns to read, see `identifiers.fetched_names`.
        hidden: columns asked for that the purpose sees masked.
        identified: whether an identifier is among those asked for.
    """

    table: Table
    readable: Table
    fetched: tuple[str, ...]
    hidden: tuple[str, ...]
    identified: bool

    @property
    def as_stored(self) -> bool:
        """Whether the read gives the stored values as they are, nothing masked and nothing decrypted."""
        return not self.hidden and not self.identified


@lru_cache(maxsize=_KEPT)
def admission(asked: Asked) -> Admission:
    """Return what the read goes by, once for what is asked.

    Raises: DeniedError if the contract does not allow it; that is worked out anew each time.
    """
    contract, purpose = asked.contract, asked.purpose
    if purpose not in PURPOSES:
        raise DeniedError(f"no such purpose: {purpose!r}", hint=f"one of {', '.join(PURPOSES)}")
    if purpose not in contract.clear_up_to:
        raise DeniedError(f"the contract {contract.name!r} gives nothing to the purpose {purpose!r}")
    table = contract.table(asked.table)
    if table is None:
        raise DeniedError(f"the contract {contract.name!r} has no table {asked.table!r}")
    if not asked.columns or len(set(asked.columns)) != len(asked.columns):
        raise DeniedError("a read names its columns, each once")
    readable = readable_table(contract, table)
    for column in (*asked.columns, PARTY_ID) if asked.by_party else asked.columns:
        _check_column(contract, readable, column, purpose)
    clear_up_to = contract.clear_up_to[purpose]
    return Admission(
        table=table,
        readable=readable,
        fetched=tuple(fetched_names(readable, columns=asked.columns, clear_up_to=clear_up_to)),
        hidden=hidden_columns(contract, readable, columns=asked.columns, purpose=purpose),
        identified=any(column.name in asked.columns for column in identifiers_of(table)),
    )


def hidden_columns(
    contract: Contract, table: Table, *, columns: Iterable[str], purpose: str
) -> tuple[str, ...]:
    """Return those of a table's columns, the party's id among them, that a purpose would see masked.

    A purpose the contract gives nothing to is not asked about masks: it is denied.
    """
    ceiling = contract.clear_up_to.get(purpose)
    if ceiling is None:
        return ()
    classes = {column.name: column.sensitivity for column in table.columns}
    classes[PARTY_ID] = contract.party.sensitivity
    return tuple(name for name in columns if classes.get(name, 0) > ceiling)


def check_in_clear(contract: Contract, table: Table, *, columns: Iterable[str], purpose: str) -> None:
    """Refuse a purpose that would see the party or one of these columns masked: no feature is made of that.

    What it may not read at all is left to the door, which denies it and logs that it was asked.
    Raises: InputError naming the column.
    """
    hidden = hidden_columns(contract, table, columns=(PARTY_ID, *columns), purpose=purpose)
    if hidden:
        raise InputError(
            "the purpose would see this column masked, so no feature can be made of it",
            got=purpose,
            where={"contract": contract.name, "table": table.name, "field": hidden[0]},
        )


def _check_column(contract: Contract, table: Table, name: str, purpose: str) -> None:
    if name in GIVEN_COLUMNS and name != PARTY_ID:
        return
    column = _described(contract, table, name)
    if column is None:
        raise DeniedError(f"the table {table.name!r} has no column {name!r}", field=name)
    if isinstance(column, Column) and column.protected and PURPOSES[purpose].decides:
        raise DeniedError(
            f"{name!r} is a protected attribute: it may not be read for the purpose {purpose!r}", field=name
        )
    if purpose not in column.purposes:
        raise DeniedError(
            f"the contract does not let the purpose {purpose!r} read {name!r}",
            field=name,
            hint=f"it may be read for {', '.join(sorted(column.purposes))}",
        )


def _described(contract: Contract, table: Table, name: str) -> Column | Party | None:
    if name == PARTY_ID:
        return contract.party
    return next((column for column in table.columns if column.name == name), None)
