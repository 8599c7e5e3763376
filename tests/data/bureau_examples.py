"""Simulated bureau reports: an invented person and firm with every section, a person without any record."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from creditloop.data.bureau import FIRM_NOT_LOADED, NOT_LOADED

FOLDER = Path(__file__).parent / "bureau" / "examples"
Steps = tuple[str | int, ...]
_SKIPPED = NOT_LOADED.keys() | FIRM_NOT_LOADED.keys()

_OPTIONAL = """
PD01AI03 PD01AI04 PD01AD03 PD01AD04 PD01AJ01 PD01AJ02 PD01AJ03 PD01AR02 PD01AD05 PD01AD06 PD01AS01
PD01AD07 PD01AD08 PD01AD09 PD01AD10 PD01BR04 PD01BJ02 PD01BD03 PD01BD04 PD01CJ02 PD01CJ03 PD01CD02
PD01CS01 PD01CJ04 PD01CS02 PD01CJ06 PD01CJ07 PD01CJ08 PD01CJ09 PD01CJ10 PD01CJ11 PD01CJ12 PD01CJ13
PD01CJ14 PD01CJ15 PD01C PD01D PD01E PD01F PD01G PD01H PD01Z PD02Z PD03Z PE01Z PF01Z PF02Z PF03Z PF04Z
PF05Z PD02AI04 PB01 PB01A PB02 PB03 PB04 PD01 PD02 PD03 PE01 PF01 PF02 PF03 PF04 PF05 PG01 PH01 PC01
"""
OPTIONAL = frozenset(_OPTIONAL.split())
"""Keys the published structure gives as [0..1] or [0..*], written down from it and not from the code.

PC01 is published as [1..1]; a person the bureau has no score for may come without it.
"""


def example(name: str = "simulated_person") -> dict[str, Any]:
    """Read an example report as plain data."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def as_json(report: object) -> bytes:
    """Write a report as JSON."""
    return json.dumps(report, ensure_ascii=False).encode()


def as_xml(report: dict[str, Any]) -> bytes:
    """Write a report as XML."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + element("Document", report)).encode()


def element(name: str, value: object) -> str:
    """Write an element; a list gives one element an item."""
    if isinstance(value, list):
        return "".join(element(name, item) for item in value)
    inner = (
        "".join(element(*pair) for pair in value.items())
        if isinstance(value, dict)
        else escape(str(value or ""))
    )
    return f"<{name}>{inner}</{name}>"


def places(report: dict[str, Any]) -> Iterator[tuple[Steps, Any]]:
    """Give every place of a report that is read, and what stands there."""
    pending: list[tuple[Steps, Any]] = [((), report)]
    while pending:
        steps, value = pending.pop()
        if dotted(steps, indices=False) in _SKIPPED:
            continue
        if steps:
            yield steps, value
        inner = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        pending += [((*steps, key), one) for key, one in inner]


def dotted(steps: Steps, *, indices: bool = True) -> str:
    """Write steps as a path."""
    parts = [f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps if indices or not isinstance(s, int)]
    return "".join(parts).removeprefix(".")


def changed(report: dict[str, Any], steps: Steps, value: Any) -> dict[str, Any]:
    """Return a copy of a report with another value at a place."""
    other = copy.deepcopy(report)
    holder: Any = other
    for step in steps[:-1]:
        holder = holder[step]
    holder[steps[-1]] = value
    return other


def without(report: dict[str, Any], steps: Steps) -> dict[str, Any]:
    """Return a copy of a report without the key at a place."""
    other = copy.deepcopy(report)
    holder: Any = other
    for step in steps[:-1]:
        holder = holder[step]
    del holder[steps[-1]]
    return other
