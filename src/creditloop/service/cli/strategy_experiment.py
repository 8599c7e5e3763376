"""`creditloop strategy experiment`: what each arm of an experiment decided, and what came of it."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.errors import InputError
from creditloop.risk import read_experiment
from creditloop.service.admitting.experimenting import ArmFigures, experiment_figures
from creditloop.service.admitting.review_plan import read_review_plan
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database
from creditloop.service.cli.output import Section, percent, show
from creditloop.service.opening import DATABASE
from creditloop.service.overseeing.comparing import APPROVING


def add_strategy_commands(group: typer.Typer) -> None:
    """Add the command of this file to `creditloop strategy`."""
    group.command("experiment")(experiment)


def experiment(
    plan: Annotated[Path, typer.Argument(help="The plan that decides under the experiment.")],
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Show an experiment's arms and shadows: cases, outcomes, and how many of the approved turned bad.

    Bad rates stand on cases whose outcome is known, with Wilson's interval of 95 %.

    Example: creditloop strategy experiment examples/taiwan_cards/experiment_review.yaml
    --database creditloop_demo
    """
    bank = bank_of(database)
    described = read_review_plan(bank.places.document(plan))
    if described.experiment is None:
        raise InputError(
            "the plan names no experiment", got=described.name, where={"file": described.document.path}
        )
    read = read_experiment(bank.places.document(described.experiment))
    with bank.work() as work:
        figures = experiment_figures(work, plan=described, experiment=read, approving=APPROVING)
    record = {
        "experiment": read.name,
        "hash": read.document.hash,
        "from": read.since,
        "to": read.until,
        "outcome": {"zh": described.outcome.zh, "en": described.outcome.en},
        "arms": [each.as_record() for each in figures],
    }
    names = ("", "arm", "share", "cases", "outcomes", "failed", "known", "bad", "bad rate", "95 %")
    title = f"{read.title.zh} {read.title.en}, {read.since} to {read.until}; bad: {described.outcome.en}"
    rows = [_row(each) for each in figures]
    show(record, sections=[Section(title=title, columns=names, rows=rows)], as_json=as_json)


def _row(figures: ArmFigures) -> tuple[object, ...]:
    record = figures.as_record()
    rate, low, high = (_nano(record[f"bad_rate{part}_nano"]) for part in ("", "_low", "_high"))
    return (
        figures.role,
        figures.name,
        percent(figures.share_nano),
        figures.decided,
        ", ".join(f"{name} {count}" for name, count in figures.outcomes.items()),
        figures.failed,
        figures.known,
        figures.bad,
        percent(rate),
        f"{percent(low)} – {percent(high)}",
    )


def _nano(value: object) -> int | None:
    return value if isinstance(value, int) else None
