"""Draw the record of a risk report by the template beside this module, and other records by others."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from importlib import import_module, resources
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from creditloop.kernel.errors import InputError, StateError

_TEMPLATE = "report.typ"
_FONTS = "manimgx_fonts_cjk"
_PIXELS_PER_INCH = 110
"""Fine enough to read a page on a screen."""


def draw_report(record: Mapping[str, object], *, created_on: date) -> bytes:
    """Draw the report as a PDF; the same record and day give the same bytes.

    Args:
        record: plain data as `service.reporting` puts it together: ratios in nano, money in fen.
        created_on: stands in the file as its date of creation.
    Raises: StateError if the extra `report` is not installed; InputError if the record lacks a part.
    """
    return typeset_pdf(_template(), record=record, created_on=created_on)


def draw_pages(record: Mapping[str, object]) -> list[bytes]:
    """Draw the report as one PNG a page, for looking at; raises what `draw_report` raises."""
    return typeset_pages(_template(), record=record)


def typeset_pdf(template: Traversable, *, record: Mapping[str, object], created_on: date) -> bytes:
    """Set a record by any template as a PDF; the same template, record and day give the same bytes.

    Args:
        template: a Typst file that reads `sys.inputs.record`, a text of JSON.
        created_on: stands in the file as its date of creation.
    Raises: StateError if the extra `report` is not installed; InputError if the record lacks a part.
    """
    moment = datetime(created_on.year, created_on.month, created_on.day, tzinfo=UTC)
    (whole,) = _typeset(template, record, format="pdf", timestamp=moment)
    return whole


def typeset_pages(template: Traversable, *, record: Mapping[str, object]) -> list[bytes]:
    """Set a record by any template as one PNG a page, for looking at; raises what `typeset_pdf` raises."""
    return _typeset(template, record, format="png", ppi=_PIXELS_PER_INCH)


def check_can_draw() -> None:
    """Refuse to begin what could not be drawn in the end.

    Raises: StateError if the extra `report` is not installed.
    """
    _type_setter(), _font_folder()


def _template() -> Traversable:
    return resources.files(__package__).joinpath(_TEMPLATE)


def _typeset(template: Traversable, record: Mapping[str, object], **how: object) -> list[bytes]:
    typst, fonts = _type_setter(), _font_folder()
    try:
        drawn = typst.compile(
            template.read_bytes(),
            font_paths=[fonts],
            ignore_system_fonts=True,
            sys_inputs={"record": json.dumps(record, ensure_ascii=False, sort_keys=True)},
            **how,
        )
    except typst.TypstError as error:
        raise InputError(
            "the record of the report does not fit its template",
            got=error.message,
            where={"file": template.name},
        ) from error
    return drawn if isinstance(drawn, list) else [drawn]


def _type_setter() -> Any:
    try:
        return import_module("typst")
    except ModuleNotFoundError as error:
        raise _extra_missing("typst") from error


def _font_folder() -> str:
    found = find_spec(_FONTS)
    if found is None or found.origin is None:
        raise _extra_missing(_FONTS)
    return str(Path(found.origin).parent)


def _extra_missing(package: str) -> StateError:
    return StateError(
        "reports cannot be drawn: the type setter or its font for Chinese is not installed",
        got=f"no package {package}",
        expected="the extra creditloop[report]",
        hint="pip install 'creditloop[report]'",
    )
