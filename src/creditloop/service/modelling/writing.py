"""Write what a plan gave into one folder: the card, its exports, the reports and the model card."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from creditloop.kernel.errors import InputError, StateError
from creditloop.risk.exports import excel_workbook, pmml_document, python_code, sql_select
from creditloop.service.modelling.carding import CARD_FILE
from creditloop.service.modelling.plans.plan import ModelPlan
from creditloop.service.modelling.reporting.drawing import draw_html, draw_pdf
from creditloop.service.modelling.reporting.model_card import model_card_text
from creditloop.service.modelling.running import ModelRun

RECORD_FILE = "report.json"
FILES = (
    *(CARD_FILE, "card.sql", "card.py", "card.pmml", "card.xlsx"),
    *("model_card.md", "report.html", RECORD_FILE, "report.pdf"),
)
"""What a run writes into its folder."""


def model_files(run: ModelRun) -> dict[str, bytes]:
    """Return the files of a run by name; the same run gives the same bytes.

    Raises: StateError if the PDF cannot be drawn here; InputError if the card cannot be exported.
    """
    card, plan = run.chosen.card, run.plan
    texts = {
        CARD_FILE: run.chosen.document.text,
        "card.sql": sql_select(card, table=plan.export_table, keys=[plan.export_key]) + "\n",
        "card.py": python_code(card),
        "card.pmml": pmml_document(card),
        "model_card.md": model_card_text(run.record),
        "report.html": draw_html(run.record),
        RECORD_FILE: json.dumps(run.record, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
    }
    made = {
        **{name: text.encode() for name, text in texts.items()},
        "card.xlsx": excel_workbook(card),
        "report.pdf": draw_pdf(run.record, created_on=plan.fitted_on),
    }
    return {name: made[name] for name in FILES}


def check_folder(
    folder: Path, *, plan: ModelPlan, facts: Mapping[str, str | int] | None, replace: bool
) -> None:
    """Refuse a folder that is in the way before anything is fitted; a repeat of the same run is none.

    Args:
        facts: of the sample, once it is read; None asks for the plan alone.
    Raises: InputError if nothing can be written there; StateError if another plan's model stands there, one
        of other data, or one whose card was changed by hand, and is not to be replaced.
    """
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(
            "the folder cannot be written",
            got=f"{nearest} is {'read-only' if nearest.is_dir() else 'a file'}",
            where={"file": str(folder)},
        )
    if replace or not any((folder / name).exists() for name in FILES):
        return
    there = _record_in(folder)
    if there is None or there["model"]["plan_hash"] != plan.document.hash:
        raise _in_the_way(folder, "of another plan" if there is not None else "without its record")
    if facts is not None and there["sample"]["facts"] != dict(facts):
        raise _in_the_way(folder, "of other data")
    card = folder / CARD_FILE
    if card.exists() and hashlib.sha256(card.read_bytes()).hexdigest() != there["card"]["hash"]:
        raise _in_the_way(folder, "whose card was changed by hand")


def _record_in(folder: Path) -> dict[str, Any] | None:
    """Return the record that stands in a folder; None if there is none that can be read as one."""
    try:
        record = json.loads((folder / RECORD_FILE).read_text("utf-8"))
        parts = {"model": record["model"], "sample": record["sample"], "card": record["card"]}
        named = parts["model"]["plan_hash"], parts["sample"]["facts"], parts["card"]["hash"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return parts if all(named) else None


def _in_the_way(place: Path, what: str) -> StateError:
    return StateError(
        "another model stands in this folder",
        got=f"{place}: one {what}",
        hint="--replace writes over it, --out writes elsewhere",
    )


def write_model(files: Mapping[str, bytes], *, folder: Path, replace: bool) -> dict[str, str]:
    """Write the files, each in one step; return the SHA-256 of each.

    Raises: StateError if another model stands in the folder and is not to be replaced; InputError if the
        folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not replace:
            _check_unlike(files, folder)
        for name, content in files.items():
            beside = folder / f".{name}.new"
            beside.write_bytes(content)
            beside.replace(folder / name)
    except OSError as error:
        raise InputError(
            "the folder cannot be written", got=error.strerror, where={"file": str(folder)}
        ) from error
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}


def _check_unlike(files: Mapping[str, bytes], folder: Path) -> None:
    """Refuse a folder that holds another card, or files of one that was changed by hand."""
    for name, content in files.items():
        file = folder / name
        if file.exists() and file.read_bytes() != content:
            raise _in_the_way(file, "of other bytes")
