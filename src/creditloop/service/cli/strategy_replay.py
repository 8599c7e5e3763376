"""`creditloop strategy replay`: make past decisions of every stage again; compare them with what is kept."""

import time
from typing import Annotated
from uuid import UUID

import typer

from creditloop.kernel.errors import InputError
from creditloop.service.admitting.replaying import replay_one
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database
from creditloop.service.cli.output import Section, show
from creditloop.service.opening import DATABASE
from creditloop.service.strategies.replaying import NOT_REPLAYED, StageReplay, replay_stages

FOUND_DIFFERENCES = 1
"""Exit status where a decision comes out otherwise."""
_SHOWN = 20
"""Most differing decisions that are printed; the JSON names them all."""


def add_strategy_commands(group: typer.Typer) -> None:
    """Add the command of this file to `creditloop strategy`."""
    group.command("replay")(replay)


def replay(
    everything: Annotated[bool, typer.Option("--all", help="Every decision of every stage.")] = False,
    stage: Annotated[str | None, typer.Option(help="With --all: only this stage.")] = None,
    decision: Annotated[
        UUID | None, typer.Option("--decision", metavar="ID", help="One decision of the admit stage.")
    ] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Make past decisions again from the values kept with them and the archived texts, bit by bit the same.

    What does not keep all it was decided from is named, not left out in silence. Exit status 0: all the same;
    1: a decision comes out otherwise.

    Example: creditloop strategy replay --all --stage admit
    """
    if (decision is None) != everything or (stage is not None and not everything):
        raise InputError("say --all, or name a decision", hint="creditloop strategy replay --help")
    began = time.perf_counter()
    with bank_of(database).work() as work:
        if decision is None:
            told = replay_stages(work, stage=stage)
        else:
            one = replay_one(work, decision_id=decision)
            told = (
                StageReplay(stage="admit", table="admit.decision", runs=1, rows=1, differing=one.differing),
            )
    seconds = time.perf_counter() - began
    missing = dict(NOT_REPLAYED) if stage is None and decision is None else {}
    record = {
        "rows": sum(each.rows for each in told),
        "differing": sum(len(each.differing) for each in told),
        "stages": [each.as_record() for each in told],
        "not_replayed": missing,
    }
    show(record, sections=_sections(told, missing, seconds), as_json=as_json)
    if record["differing"]:
        raise typer.Exit(FOUND_DIFFERENCES)


def _sections(told: tuple[StageReplay, ...], missing: dict[str, str], seconds: float) -> list[Section]:
    rows = [(each.stage, each.table, each.runs, each.rows, len(each.differing)) for each in told]
    differing = [
        (each.table, one.decision_id, one.party_id, name, kept, made)
        for each in told
        for one in each.differing[:_SHOWN]
        for name, (kept, made) in one.columns.items()
    ]
    total = sum(each.rows for each in told)
    title = f"{total:,} decisions made again in {seconds:.1f} s"
    sections = [
        Section(title=title, columns=["stage", "kept in", "runs", "decisions", "differing"], rows=rows)
    ]
    if differing:
        names = ("kept in", "decision", "party", "column", "kept", "made again")
        sections.append(Section(title="differing", columns=names, rows=differing))
    if missing:
        sections.append(Section(title="not made again", columns=["what", "why"], rows=list(missing.items())))
    return sections
