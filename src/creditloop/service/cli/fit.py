"""`creditloop fit`: fit a review's scorecard as the text that decides, or a model's plan with its report."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.errors import StateError
from creditloop.kernel.money import divide_half_away
from creditloop.risk import FittedFeature
from creditloop.service.admitting.fitting import SAMPLE, Fitted, fit
from creditloop.service.admitting.review_plan import read_review_plan
from creditloop.service.cli.fit_model import fit_model
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database
from creditloop.service.cli.output import Section, percent, show
from creditloop.service.opening import DATABASE
from creditloop.service.places import find_places


def add_commands(app: typer.Typer) -> None:
    """Add the command of this file to the program."""
    app.command("fit")(fit_plan)


def fit_plan(
    plan: Annotated[Path, typer.Argument(help="The plan document, of a review or of a model.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file of a review's card, else as its plan says; the folder of a model's files."
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write over what stands there.")] = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Fit a plan: a review's scorecard (评分卡), or a model's candidates with report and card (建模).

    A review's card is fitted on the half that is not decided. A model's plan begins with `model:`; its folder
    gets the card, its exports, the report and the model card. A repeat gives the same bytes.

    Example: creditloop fit examples/models/taiwan_default/model.yaml --out fitted
    """
    if (of_model := _of_model(plan)) is not None:
        fit_model(of_model, out=out, replace=replace, database=database, as_json=as_json)
        return
    described = read_review_plan(find_places().document(plan))
    bank = bank_of(database)
    file = bank.places.documents / described.card_file if out is None else out
    with bank.work() as work:
        made = fit(work, plan=described)
        _write(file, made.document.text, replace=replace)
    bank.deliver()
    record = {
        "card": made.card.name,
        "hash": made.card.hash,
        "file": str(file),
        **described.dates.as_record(),
        "sample": SAMPLE,
        "rows": made.card.rows,
        "bad": made.card.bad,
        "base": made.card.base,
        "features": [_feature_record(entry) for entry in made.card.features],
        "dropped": [
            {"name": left.name, "iv_nano": left.iv_nano, "reason": left.reason.value}
            for left in made.card.dropped
        ],
    }
    show(record, sections=_sections(made, file), as_json=as_json)


def _of_model(plan: Path) -> Path | None:
    """Return a model's plan as a file; None of a review's, which cannot have the key `model`.

    A table's plan needs no bank; a plan that is not here may stand in the bank's folder.
    """
    file = plan if plan.exists() else find_places().documents / plan
    try:
        text = file.read_text("utf-8", errors="replace")
    except OSError:
        return None  # the reader of a review's plan tells what is wrong with it
    return file if any(line.startswith("model:") for line in text.splitlines()) else None


def _write(file: Path, text: str, *, replace: bool) -> None:
    """Put the card into its file in one step; a card that was edited by hand is not written over unasked."""
    if file.exists() and file.read_text("utf-8") != text and not replace:
        raise StateError(
            "another card stands in this file",
            got=str(file),
            hint="--replace writes over it, --out writes elsewhere",
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text, "utf-8")
    beside.replace(file)


def _feature_record(entry: FittedFeature) -> dict[str, object]:
    return {
        "name": entry.feature.name,
        "iv_nano": entry.iv_nano,
        "coefficient_nano": entry.coefficient_nano,
        "bins": len(entry.bins),
        "points_least": min(each.points for each in entry.bins),
        "points_most": max(each.points for each in entry.bins),
    }


def _sections(made: Fitted, file: Path) -> list[Section]:
    card = made.card
    rate = percent(divide_half_away(card.bad * 1_000_000_000, card.rows))
    facts = [
        ("file", str(file)),
        ("hash", card.hash),
        ("customers fitted on", card.rows),
        ("of them bad", f"{card.bad} ({rate})"),
        ("base", card.base),
        ("score", f"{card.score_least} to {card.score_most}"),
        ("sample", SAMPLE),
    ]
    rows = [
        (entry.feature.name, entry.feature.zh, entry.iv_nano // 1_000, len(entry.bins), _points(entry))
        for entry in card.features
    ]
    left = [(entry.name, entry.iv_nano // 1_000, entry.reason.value) for entry in card.dropped]
    return [
        Section(title=f"{card.name} {card.title_zh}", columns=["", ""], rows=facts),
        Section(title="features", columns=["name", "", "iv, millionths", "bins", "points"], rows=rows),
        Section(title="left out", columns=["name", "iv, millionths", "reason"], rows=left),
    ]


def _points(entry: FittedFeature) -> str:
    points = [each.points for each in entry.bins]
    return f"{min(points)} to {max(points)}"
