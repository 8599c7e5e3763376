"""Which columns a source table has when some of a contract's columns are identifiers.

An identifier `phone` is not a column of the source table: `phone_token` stands there in its place, and the
value lies encrypted beside it (`data.sealed_value`).
"""

from dataclasses import replace

from creditloop.data.contracts import Column, Contract, Table, Words

TOKEN_CLASS = 3
"""Sensitivity class of a token: it names nobody, but leads from one source to another."""
CLASS_MIN = 4
"""Lowest sensitivity class of an identifier."""
_JOINING = frozenset({"rule", "model", "monitoring"})
"""Purposes that may join sources by a token, where the contract gives them anything."""


def identifiers_of(table: Table) -> tuple[Column, ...]:
    """Return the columns of a table whose values are encrypted."""
    return tuple(column for column in table.columns if column.identifier is not None)


def has_identifiers(contract: Contract) -> bool:
    """Whether importing under a contract needs keys."""
    return any(identifiers_of(table) for table in contract.tables)


def token_name(column: Column) -> str:
    """Return the name of the column that holds an identifier's token."""
    return f"{column.name}_token"


def stored_columns(contract: Contract, table: Table) -> tuple[Column, ...]:
    """Return the columns of the source table, in the contract's order, tokens in place of identifiers."""
    return tuple(
        column if column.identifier is None else _token_column(contract, column) for column in table.columns
    )


def _token_column(contract: Contract, column: Column) -> Column:
    joining = frozenset() if column.protected else _JOINING & set(contract.clear_up_to)
    return replace(
        column,
        name=token_name(column),
        source=None,
        identifier=None,
        sensitivity=TOKEN_CLASS,
        purposes=column.purposes | joining,
        meaning=Words(zh=f"{column.meaning.zh}（标记）", en=f"{column.meaning.en} (token)"),
    )
