"""A report as JSON, taken apart into dictionaries, lists and texts; a key twice is refused."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from creditloop.data.bureau.reading.fault import Fault

SIZE_MAX = 16 * 1024 * 1024
"""Largest report read, in bytes; 20 accounts of 60 months take about 150,000."""
_DECODER = msgspec.json.Decoder(dict[str, Any])


def element_from_json(data: bytes) -> dict[str, Any]:
    """Read the outermost object of a report.

    Raises: Fault if the bytes are too many, are not one JSON object in UTF-8, or a key stands twice.
    """
    check_size(data)
    try:
        element: dict[str, Any] = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Fault("the report is not JSON", got=str(error), expected="one JSON object in UTF-8") from error
    again = msgspec.json.encode(element)
    if again != data and (b"\\" in data or again.count(b'"') != data.count(b'"')):
        _refuse_repeats(data)
    return element


def form_from_json(data: bytes, decoder: "msgspec.json.Decoder[Any]") -> Any:
    """Decode a report at once into its form; None if it does not fit it, or a key may stand twice.

    See `_refuse_repeats` for why equal numbers of quotation marks prove that nothing was dropped.
    """
    if len(data) > SIZE_MAX or not _every_mark_bounds_a_text(data):
        return None
    try:
        form = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return form if msgspec.json.encode(form).count(b'"') == data.count(b'"') else None


def _every_mark_bounds_a_text(data: bytes) -> bool:
    """Say whether every quotation mark begins or ends a text, before decoding and after it is written again.

    Other escapes (a letter written as its number) change no marks.
    """
    return b"\\" not in data or not (b'\\"' in data or b"\\\\" in data or b"\\u0022" in data)


def check_size(data: bytes) -> None:
    """Refuse a report that is larger than any is."""
    if len(data) > SIZE_MAX:
        what = "the report is too large"
        raise Fault(what, got=f"{len(data)} bytes", expected=f"at most {SIZE_MAX}")


def _refuse_repeats(data: bytes) -> None:
    """Refuse a key that stands twice in one object, of which a decoder would drop one.

    Decoding drops the strings of what it overwrites. Where nothing is escaped, every quotation mark begins or
    ends a string, so equal numbers of them before and after prove that nothing was dropped; the caller comes
    here only when that proof is not at hand.
    """
    repeated: dict[int, tuple[dict[str, Any], str]] = {}

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        element: dict[str, Any] = {}
        for key, value in pairs:
            if key in element:
                repeated[id(element)] = element, key
            element[key] = value
        return element

    try:
        whole = json.loads(data, object_pairs_hook=noted, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise Fault("the report is not JSON", got=str(error), expected="one JSON object in UTF-8") from error
    if repeated:  # some may be gone with what was overwritten; whatever overwrote them is not
        kept = ((*steps, repeated[id(one)][1]) for steps, one in _elements(whole, ()) if id(one) in repeated)
        raise Fault("stands twice", got="the key twice", expected="each key once").at(*next(kept, ()))


def _elements(raw: Any, steps: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Give every object with the steps that lead to it."""
    pending = [(steps, raw)]
    while pending:
        steps, one = pending.pop()
        if isinstance(one, dict):
            yield steps, one
            pending += [((*steps, key), value) for key, value in one.items()]
        elif isinstance(one, list):
            pending += [((*steps, index), value) for index, value in enumerate(one)]
