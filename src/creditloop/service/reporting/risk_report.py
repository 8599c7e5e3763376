"""Put a run's risk report together (风险报告): one record of what is on record, and its PDF.

`report_record` only gathers: every figure was computed by the step it belongs to, and a part that was not run
is None. `write_report` draws the record and keeps it beside the PDF, so that whatever stands on paper can be
looked up as the number it is, with batch and version.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from creditloop.kernel.dates import date_from_text
from creditloop.oversight import NOTE_EN, NOTE_ZH
from creditloop.oversight.report import draw_report
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import read_plan
from creditloop.service.overseeing.oversight_plan import OversightPlan
from creditloop.service.reporting import model_parts, stage_parts
from creditloop.service.work import Work

FOLDER = Path("var/report")
"""Where reports are written, below the bank's folder, if nothing else is said."""


def report_record(
    work: Work,
    *,
    plan: OversightPlan,
    evidence: Mapping[str, object],
    curve: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Gather the report's record; a part that was not run, or that the plan does not have, is None.

    Args:
        evidence: root, size and origin of the checkpoint the report stands on, see `checkpoint_of`.
        curve: what `warning_curve` returns, where it was computed already; None computes it.
    Raises: what the parts raise that are computed from records: roll rates and the warnings' curve.
    """
    places = work.places
    book = None if plan.book is None else read_plan(places.document(plan.book), root=places.documents)
    connection, product = work.connection, plan.product
    return {
        "title": {"zh": plan.title_zh, "en": plan.title_en},
        "product": product,
        "currency": work.contract(plan.review.contract).currency,
        "plan": plan.document.hash,
        **plan.known.as_record(),
        "note": {"zh": NOTE_ZH, "en": NOTE_EN},
        "portfolio": None if book is None else stage_parts.portfolio_part(connection, book=book),
        "decisions": stage_parts.decisions_part(connection, plan=plan),
        "comparison": stage_parts.comparison_part(work, plan=plan),
        "fairness": model_parts.fairness_part(work, plan=plan),
        "model": model_parts.model_part(work, plan=plan),
        "alarms": model_parts.alarms_part(work, plan=plan),
        "warnings": stage_parts.warnings_part(work, plan=plan, curve=curve),
        "rolls": [] if book is None else stage_parts.rolls_part(work, book=book),
        "recoveries": stage_parts.recoveries_part(connection, product=product),
        "overrides": stage_parts.overrides_part(connection, plan=plan),
        "proposals": stage_parts.proposals_part(connection, product=product),
        "evidence": dict(evidence),
    }


def checkpoint_of(bank: Bank) -> dict[str, object]:
    """Return origin, size and root of the bank's last checkpoint as written; nothing is verified here."""
    origin, size, root = bank.evidence.checkpoint_path.read_text("utf-8").splitlines()[:3]
    return {"origin": origin, "size": int(size), "root": root}


def write_report(bank: Bank, *, record: Mapping[str, object], file: Path) -> Path:
    """Draw a record as a PDF and keep the record beside it, same name, `.json`; return the PDF's path.

    Args:
        file: the PDF, relative to the bank's folder; its folder is made if need be.
    Raises: StateError if the extra `report` is not installed: then nothing is written.
    """
    drawn = draw_report(record, created_on=date_from_text(str(record["business_date"])))
    written = bank.places.documents / file
    written.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    written.with_suffix(".json").write_text(text, encoding="utf-8")
    written.write_bytes(drawn)
    return written


def report_file(plan: OversightPlan) -> Path:
    """Return where a plan's report is written if nothing else is said."""
    return FOLDER / f"{plan.product}-{plan.outcomes_known_on}.pdf"
