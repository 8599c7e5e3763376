"""Write what a plan gave into one folder: the card, its exports, the reports and the model card."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from creditloop.kernel.errors import InputError, StateError
from creditloop.risk.exports import excel_workbook, pmml_document, python_code, sql_select
from creditloop.service.modelling.carding import CARD_FILE
from creditloop.service.modelling.reporting.drawing import draw_html, draw_pdf
from creditloop.service.modelling.reporting.model_card import model_card_text
from creditloop.service.modelling.running import ModelRun


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
        "report.json": json.dumps(run.record, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
    }
    return {
        **{name: text.encode() for name, text in texts.items()},
        "card.xlsx": excel_workbook(card),
        "report.pdf": draw_pdf(run.record, created_on=plan.fitted_on),
    }


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
            raise StateError(
                "another model stands in this folder",
                got=str(file),
                hint="--replace writes over it, --out writes elsewhere",
            )
