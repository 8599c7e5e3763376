"""Forms: records with exactly the keys of an element, into which JSON is decoded at once.

A form knows its keys and which of them must be there; its texts are not looked at. Decoding into forms is
twice as fast as into dictionaries, and a key never seen or missing, or a value of another type, stops it.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


def make_form(name: str, fields: Iterable[tuple[str, Any, bool]]) -> Any:
    """Make a form with fields in this order: key, type decoded there, and whether the key must be there."""
    declared: list[Any] = [
        (key, wanted) if required else (key, wanted | UnsetType, UNSET) for key, wanted, required in fields
    ]
    return msgspec.defstruct(f"{name}_form", declared, kw_only=True, forbid_unknown_fields=True, gc=False)


def list_of(wanted: Any) -> Any:
    """Return the type of a list of what is decoded so."""
    return list[wanted]
