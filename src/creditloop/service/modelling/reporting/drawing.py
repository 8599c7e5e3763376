"""Draw the report of a run (建模报告) from its record: as one HTML page, and as a PDF in Chinese.

Neither loads anything from elsewhere. The PDF's fonts come with the extra `creditloop[report]`, its date of
creation is the day the plan gives: the same record gives the same bytes.
"""

from collections.abc import Mapping
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable

from jinja2 import Environment, PackageLoader, StrictUndefined

from creditloop.oversight.report import check_can_draw, typeset_pages, typeset_pdf
from creditloop.service.modelling.reporting import pictures

__all__ = ["CANDIDATE_EN", "CANDIDATE_ZH", "check_can_draw", "draw_html", "draw_pages", "draw_pdf"]

_PAGES = "report.typ"
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
    return typeset_pdf(_template(), record=record, created_on=created_on)


def draw_pages(record: Mapping[str, object]) -> list[bytes]:
    """Draw the PDF's pages as one PNG each, for looking at; raises what `draw_pdf` raises."""
    return typeset_pages(_template(), record=record)


def _template() -> Traversable:
    return resources.files(__package__).joinpath("templates", _PAGES)
