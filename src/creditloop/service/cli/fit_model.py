"""What `creditloop fit` does with a model's plan: run it, write its folder, say what came out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from creditloop.kernel.documents import read_document
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.output import Section, percent, progress_bar, show
from creditloop.service.modelling import (
    ModelPlan,
    Sample,
    TableData,
    check_can_draw,
    check_folder,
    contract_sample,
    model_files,
    read_model_plan,
    run_model_plan,
    table_sample,
    write_model,
)

_COLUMNS = ("auc", "auc_sd", "ks", "ks_sd", "brier", "calibration")


def fit_model(file: Path, *, out: Path | None, replace: bool, database: str, as_json: bool) -> None:
    """Fit a model's plan and write its folder; what is in the way there is told before anything is fitted.

    Args:
        file: the plan's own file, which its table is named relative to.
        out: the folder; the plan's name in the present folder otherwise.
    """
    check_can_draw()
    plan = read_model_plan(read_document(file, root=file.parent))
    folder = Path(plan.name) if out is None else out
    check_folder(folder, plan=plan, facts=None, replace=replace)
    with progress_bar(plan.name) as progress:
        sample = _sample(plan, file=file, database=database)
        check_folder(folder, plan=plan, facts=sample.facts, replace=replace)
        run = run_model_plan(plan, sample, progress=progress)
        files = model_files(run)
    hashes = write_model(files, folder=folder, replace=replace)
    record = {"folder": str(folder), "files": hashes, **run.record}
    show(record, sections=_sections(run.record, folder, hashes), as_json=as_json)


def _sample(plan: ModelPlan, *, file: Path, database: str) -> Sample:
    """Read the rows: a table needs no bank, a contract's features are read from one and logged."""
    if isinstance(plan.data, TableData):
        return table_sample(plan, plan.data, folder=file.parent)
    bank = bank_of(database)
    with bank.work() as work:
        sample = contract_sample(work, plan=plan, data=plan.data)
    bank.deliver()
    return sample


def _sections(record: Mapping[str, Any], folder: Path, hashes: Mapping[str, str]) -> list[Section]:
    counted, chosen = record["sample"], record["choice"]["chosen"]
    facts = [
        ("rows fitted on", counted["rows"]),
        ("of them bad", f"{counted['bad']:,} ({percent(counted['bad_rate_nano'])})"),
        ("rows out of time", counted["rows_late"]),
        ("rows rejected", counted["rows_rejected"]),
        ("features", f"{record['findings']['features_left']} of {counted['features_offered']} offered"),
        ("chosen", chosen),
        ("card", record["card"]["hash"]),
        ("cost of the white box, AUC", _decimal(record["costs"]["white_box_nano"])),
        ("cost of splitting, AUC", _decimal(record["costs"]["splitting_nano"])),
    ]
    candidates = [
        (
            one["kind"],
            one["white_box"],
            *(_decimal(one[f"{name}_nano"]) for name in _COLUMNS),
            _decimal((one["out_of_time"] or {}).get("auc_nano")),
        )
        for one in record["candidates"]
    ]
    columns = ["candidate", "white box", *(name.replace("_", " ") for name in _COLUMNS), "auc out of time"]
    said = record["model"]
    return [
        Section(title=f"{said['name']} {said['title_zh']}", columns=["", ""], rows=facts),
        Section(title="candidates, mean and sd over folds", columns=columns, rows=candidates),
        Section(
            title="read first",
            columns=["", ""],
            rows=[(one["zh"], one["en"]) for one in record["warnings"]],
        ),
        Section(title=str(folder), columns=["file", "SHA-256"], rows=list(hashes.items())),
    ]


def _decimal(nano: int | None) -> str:
    return "–" if nano is None else f"{nano / 1_000_000_000:.4f}"
