"""Whether a contract lets a read happen, and what that read needs: worked out once for each request.

What is kept is kept for the very contract it was worked out for, so another version never meets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from creditloop.data.contracts import GIVEN_COLUMNS, PARTY_ID, Column, Contract, Party, Table
from creditloop.data.identifiers import fetched_names, identifiers_of, readable_table
from creditloop.data.purposes import PURPOSES

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
    return _admission(contract, table, readable, asked.columns, clear_up_to=contract.clear_up_to[purpose])


def _admission(
    contract: Contract, table: Table, readable: Table, columns: Sequence[str], *, clear_up_to: int
) -> Admission:
    return Admission(
        table=table,
        readable=readable,
        fetched=tuple(fetched_names(readable, columns=columns, clear_up_to=clear_up_to)),
        hidden=tuple(name for name in columns if _class(contract, readable, name) > clear_up_to),
        identified=any(column.name in columns for column in identifiers_of(table)),
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


def _class(contract: Contract, table: Table, name: str) -> int:
    column = _described(contract, table, name)
    return 0 if column is None else column.sensitivity
