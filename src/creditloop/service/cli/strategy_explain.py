"""`creditloop strategy explain`: the working of a case, a row by hand or a decision on record, in words."""

import json
import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from creditloop.kernel.errors import InputError
from creditloop.risk import Judgement, Policy, read_policy
from creditloop.service.admitting.replaying import open_decision
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, day, reader
from creditloop.service.cli.output import show
from creditloop.service.clock import now
from creditloop.service.opening import DATABASE
from creditloop.service.places import find_places
from creditloop.service.strategies.explaining import explain as explained
from creditloop.service.strategies.explaining import explanation_record, row_values


def add_strategy_commands(group: typer.Typer) -> None:
    """Add the command of this file to `creditloop strategy`."""
    group.command("explain")(explain)


def explain(
    path: Annotated[
        Path | None, typer.Argument(help="The strategy document; none with --decision.", metavar="[POLICY]")
    ] = None,
    row: Annotated[
        Path | None,
        typer.Option(
            "--row", metavar="FILE", help="A JSON object: a value for each input, fen and nano whole."
        ),
    ] = None,
    decision: Annotated[
        UUID | None, typer.Option("--decision", metavar="ID", help="A decision on record instead.")
    ] = None,
    rules_as_of: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="With --row: the day whose rules are used; else today."),
    ] = None,
    language: Annotated[str, typer.Option("--lang", help="zh or en.")] = "zh",
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Explain a case: the outcome, what decided it, every rule with what it read, the nearest miss, reasons.

    A decision on record is explained by its own archived texts; the look is logged.

    Example: creditloop strategy explain --decision 00000000-0000-8000-8000-000000000000 --lang en
    """
    if decision is not None and (path, row, rules_as_of) == (None, None, None):
        policy, judgement = _recorded(decision, reason=reason, database=database)
    elif path is not None and row is not None and decision is None:
        policy, judgement = _by_hand(path, row, rules_as_of)
    else:
        raise InputError(
            "name a strategy and a row, or a decision", hint="creditloop strategy explain --help"
        )
    lines = explained(judgement, policy=policy, language=language)
    if as_json:
        show(explanation_record(judgement, policy=policy) | {"text": lines}, sections=[], as_json=True)
    else:
        sys.stdout.write("\n".join(lines) + "\n")


def _recorded(decision: UUID, *, reason: str, database: str) -> tuple[Policy, Judgement]:
    with bank_of(database).work() as work:
        _, working = open_decision(work, decision_id=decision, reader=reader(), reason=reason)
    return working.rules.policy, working.judgement


def _by_hand(path: Path, row: Path, rules_as_of: str | None) -> tuple[Policy, Judgement]:
    places = find_places()
    on = day(rules_as_of) if rules_as_of is not None else now().date()
    policy = read_policy(places.document(path), rules_as_of=on, find=places.document)
    try:
        given = json.loads(row.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("the row cannot be read", got=str(error), where={"file": row.name}) from error
    if not isinstance(given, dict):
        raise InputError("a row is a JSON object", got=type(given).__name__, where={"file": row.name})
    return policy, policy.judge(row_values(given, policy=policy))
