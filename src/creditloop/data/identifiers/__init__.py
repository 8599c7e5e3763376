"""Sensitive identifiers (敏感标识): encrypted one by one, bound to their row, joined by tokens.

A contract's column says which sort of identifier it is (`sorts`); the source table then holds a token in its
place (`columns`), made by HMAC of the normalised value, so that equal identifiers of one sort join in all
sources. The value itself lies encrypted in `data.sealed_value` (`sealing`), bound to table, column
and row, under a numbered data key; data keys lie wrapped under a root key that the caller hands in
(`key_ring`, `key_store`). The import calls `with_sealed`, the door `with_identifiers` (`reading`).
Keys are rotated, values encrypted anew or erased without a change to any source row; every such act is on
record (`acts`).
"""

from creditloop.data.identifiers.acts import ActKind, Doing, KeyAct, key_acts
from creditloop.data.identifiers.columns import (
    CLASS_MIN,
    has_identifiers,
    identifiers_of,
    stored_columns,
    token_name,
)
from creditloop.data.identifiers.key_ring import KeyRing, Use
from creditloop.data.identifiers.key_store import (
    KeyState,
    key_states,
    make_keys,
    open_key_ring,
    rewrap_keys,
    root_id_in_use,
    rotate_key,
)
from creditloop.data.identifiers.reading import fetched_names, readable_table, with_identifiers
from creditloop.data.identifiers.sealing import Place, with_sealed
from creditloop.data.identifiers.sorts import SORTS, Sort
from creditloop.data.identifiers.stored_values import erase_values, opened_column, recrypt_values
from creditloop.kernel.cipher import CIPHERS, VALUES_MAX, Algorithm

__all__ = [
    "CIPHERS",
    "CLASS_MIN",
    "SORTS",
    "VALUES_MAX",
    "ActKind",
    "Algorithm",
    "Doing",
    "KeyAct",
    "KeyRing",
    "KeyState",
    "Place",
    "Sort",
    "Use",
    "erase_values",
    "fetched_names",
    "has_identifiers",
    "identifiers_of",
    "key_acts",
    "key_states",
    "make_keys",
    "open_key_ring",
    "opened_column",
    "readable_table",
    "recrypt_values",
    "rewrap_keys",
    "root_id_in_use",
    "rotate_key",
    "stored_columns",
    "token_name",
    "with_identifiers",
    "with_sealed",
]
