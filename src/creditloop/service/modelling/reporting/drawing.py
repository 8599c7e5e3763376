"""Draw the report of a run (建模报告) from its record: as one HTML page, and as a PDF in Chinese.

Neither loads anything from elsewhere. The PDF's fonts come with the extra `creditloop[report]`, its date of
creation is the day the plan gives: the same record gives the same bytes.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from importlib import import_module, resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from creditloop.kernel.errors import InputError, StateError
from creditloop.service.modelling.reporting import pictures

_PAGES = "report.typ"
_FONTS = "manimgx_fonts_cjk"
_PIXELS_PER_INCH = 110
CANDIDATE_ZH = {"scorecard": "评分卡", "boosted_card": "提升卡", "fused": "分源融合", "challenger": "挑战者"}
CANDIDATE_EN = {
    "scorecard": "scorecard",
    "boosted_card": "boosted card",
    "fused": "fused by source",
    "challenger": "challenger",
}


def draw_html(record: Mapping[str, object]) -> str:
    """Draw the report as one page that needs nothing else."""
    environment = Environment(
        loader=PackageLoader("creditloop.service.modelling.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = pictures.shown_percent
    environment.filters["decimal"] = pictures.shown_decimal
    template = environment.get_template("report.html")
    names = {kind: f"{zh} {CANDIDATE_EN[kind]}" for kind, zh in CANDIDATE_ZH.items()}
    return template.render(r=record, names=names, pictures=pictures) + "\n"


def draw_pdf(record: Mapping[str, object], *, created_on: date) -> bytes:
    """Draw the report as a PDF.

    Raises: StateError if the extra `report` is not installed.
    """
    moment = datetime(created_on.year, created_on.month, created_on.day, tzinfo=UTC)
    (whole,) = _drawn(record, format="pdf", timestamp=moment)
    return whole


def draw_pages(record: Mapping[str, object]) -> list[bytes]:
    """Draw the PDF's pages as one PNG each, for looking at; raises what `draw_pdf` raises."""
    return _drawn(record, format="png", ppi=_PIXELS_PER_INCH)


def check_can_draw() -> None:
    """Refuse to begin what could not be drawn in the end.

    Raises: StateError if the extra `report` is not installed.
    """
    _type_setter(), _font_folder()


def _drawn(record: Mapping[str, object], **how: object) -> list[bytes]:
    typst, fonts = _type_setter(), _font_folder()
    try:
        drawn = typst.compile(
            resources.files(__package__).joinpath("templates", _PAGES).read_bytes(),
            font_paths=[fonts],
            ignore_system_fonts=True,
            sys_inputs={"record": json.dumps(record, ensure_ascii=False, sort_keys=True)},
            **how,
        )
    except typst.TypstError as error:
        raise InputError(
            "the record of the report does not fit its template", got=error.message, where={"file": _PAGES}
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
