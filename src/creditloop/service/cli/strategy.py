"""`creditloop strategy …`: check strategies and their worked cases, show the rules in force, compare two."""

import json
import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.errors import InputError
from creditloop.risk import (
    Flips,
    Policy,
    Severity,
    StrategyFinding,
    diff_strategies,
    find_boundary_flips,
    find_flips,
    read_policy,
    strategy_schema,
)
from creditloop.service.cli.options import AsJson, RulesAsOf, day
from creditloop.service.cli.output import Section, show
from creditloop.service.clock import now
from creditloop.service.places import Places, find_places
from creditloop.service.strategies.cases import read_past_cases
from creditloop.service.strategies.checking import CheckedStrategy, check_file, strategy_files

STRATEGY_FILES = (
    *("strategy", "strategy_publish", "strategy_replay", "strategy_explain", "strategy_experiment"),
    *("backtest", "jdm"),
)
"""The files whose commands stand under `creditloop strategy`."""
FOUND_ERRORS = 1
"""Exit status of a check that found an error: the strategy must not be published."""
BOUNDARY_ROWS = 20_000
BOUNDARY_SEED = 20240630
_MARK = {Severity.ERROR: "错误 error", Severity.WARNING: "警告 warning", Severity.NOTE: "提示 note"}


def add_commands(app: typer.Typer) -> None:
    """Add the commands under `creditloop strategy`, those of other files among them."""
    group = typer.Typer(help="Strategies: the bank's rules as documents (策略).")
    for file in STRATEGY_FILES:
        import_module(f"creditloop.service.cli.{file}").add_strategy_commands(group)
    app.add_typer(group, name="strategy")


def add_strategy_commands(group: typer.Typer) -> None:
    """Add the commands of this file."""
    group.command("check")(check)
    group.command("diff")(diff)
    group.command("schema")(schema)
    group.command("show")(show_strategy)


def check(
    paths: Annotated[list[Path], typer.Argument(help="Strategy documents, or folders of them.")],
    rules_as_of: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="The day whose rules are used; else the day the cases name."),
    ] = None,
    notes: Annotated[
        bool, typer.Option("--notes", help="Show notes as well as errors and warnings.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check strategies without running them on data, and run the worked cases beside them (`cases/`).

    Told are rules that can never decide, cases nobody answers, overlaps, where nulls stop a table, conditions
    that never change, what nobody reads. Exit status 0: no error; 1: an error was found; 2: no such file.

    Example: creditloop strategy check policies/credit_card/admit/limit_review.yaml
    """
    places = find_places()
    files = strategy_files(paths, places=places)
    on = day(rules_as_of) if rules_as_of is not None else None
    checked = [check_file(file, places=places, rules_as_of=on, today=now().date()) for file in files]
    counts = {f"{severity.value}s": sum(len(each.of(severity)) for each in checked) for severity in Severity}
    record = {**counts, "strategies": [each.as_record() for each in checked]}
    shown = frozenset(Severity) if notes else frozenset({Severity.ERROR, Severity.WARNING})
    show(record, sections=[_section(each, shown) for each in checked], as_json=as_json)
    if counts["errors"]:
        raise typer.Exit(FOUND_ERRORS)


def schema(as_json: AsJson = False) -> None:  # it is JSON either way
    """Print the JSON Schema of strategy documents, for editors; schema/strategy.schema.json is this text.

    Example: creditloop strategy schema > schema/strategy.schema.json
    """
    sys.stdout.write(schema_text())


def schema_text() -> str:
    """Return the JSON Schema as the text that is committed."""
    return json.dumps(strategy_schema(), ensure_ascii=False, indent=1) + "\n"


def diff(
    old: Annotated[Path, typer.Argument(help="The strategy as it was.")],
    new: Annotated[Path, typer.Argument(help="The strategy as it is to be.")],
    rules_as_of: RulesAsOf,
    rows: Annotated[
        Path | None, typer.Option(help="Past cases to judge by both: a Parquet or CSV file.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="The output that is compared; else the one explained.")
    ] = None,
    most: Annotated[int, typer.Option(min=0, help="Cases shown with both workings.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two strategies, rule by rule, and which cases flip.

    Without past cases, boundary cases of both strategies are judged: one example of each kind of flip, the
    counts say nothing of how often it occurs.

    Example: creditloop strategy diff policies/credit_card/admit/limit_review.yaml
    policies/credit_card/admit/baselines/low_utilisation.yaml --rules-as-of 2024-06-30
    """
    places = find_places()
    before, after = (_read(path, places, day(rules_as_of)) for path in (old, new))
    found = diff_strategies(before, after)
    output = outcome or explained_output(after)
    if rows is not None:
        frame = read_past_cases(rows, inputs=(*before.inputs, *after.inputs))
        flips = find_flips(before, after, frame, outcome=output, most=most)
    else:
        flips = find_boundary_flips(before, after, outcome=output, rows_max=BOUNDARY_ROWS, seed=BOUNDARY_SEED)
    record = {
        "old": {"path": before.document.path, "hash": before.hash, "version": before.version},
        "new": {"path": after.document.path, "hash": after.hash, "version": after.version},
        "rules_as_of": rules_as_of,
        "same_program": found.same_program,
        "changes": [change.as_record() for change in found.changes],
        "flips": {"cases": "past" if rows is not None else "boundary", **flips.as_record(most=most)},
    }
    changes = [(c.part, c.id, c.what, _brief(c.before), _brief(c.after)) for c in found.changes]
    title = "the same program" if found.same_program else f"{len(changes)} changes"
    sections = [
        Section(
            title=f"{before.document.path} → {after.document.path}, rules as of {rules_as_of}: {title}",
            columns=["part", "id", "what", "before", "after"],
            rows=changes,
        ),
        *_flip_sections(flips, past=rows is not None, most=most),
    ]
    show(record, sections=sections, as_json=as_json)


def show_strategy(
    file: Annotated[Path, typer.Argument(help="The strategy document.")],
    rules_as_of: RulesAsOf,
    as_json: AsJson = False,
) -> None:
    """Show the numbers of a strategy in force on a day, each with its date and source, and its rules.

    Example: creditloop strategy show policies/credit_card/monitor/five_tier.yaml --rules-as-of 2024-06-30
    """
    policy = _read(file, find_places(), day(rules_as_of))
    numbers = [
        (entry.parameter.name, entry.parameter.value, entry.unit, str(entry.since), entry.source.title)
        for entry in policy.parameters
    ]
    rules = [
        (table.id, row.rule.id, row.rule.when, row.rule.reason.code, row.rule.reason.zh, row.rule.reason.en)
        for table in policy.tables
        for row in (*table.rows, *([table.otherwise] if table.otherwise else []))
    ]
    number_names = ("parameter", "value", "unit", "since", "source")
    rule_names = ("table", "rule", "when", "code", "zh", "en")
    record = {
        "policy": policy.name,
        "hash": policy.hash,
        "version": policy.version,
        "rules_as_of": policy.rules_as_of.isoformat(),
        "parameters": [dict(zip(number_names, row, strict=True)) for row in numbers],
        "rules": [dict(zip(rule_names, row, strict=True)) for row in rules],
    }
    sections = [
        Section(title=f"{policy.name}, rules as of {policy.rules_as_of}", columns=number_names, rows=numbers),
        Section(title="rules", columns=rule_names, rows=rules),
    ]
    show(record, sections=sections, as_json=as_json)


def explained_output(policy: Policy) -> str:
    """Return the output a comparison is about: the one its letter explains, `outcome`, or the last.

    Raises: InputError if the strategy gives nothing.
    """
    if policy.ranking is not None:
        return policy.ranking.output
    if not policy.outputs:
        raise InputError("the strategy gives no output to compare", got=policy.name)
    return "outcome" if "outcome" in policy.outputs else list(policy.outputs)[-1]


def _read(path: Path, places: Places, on: date) -> Policy:
    return read_policy(places.document(path), rules_as_of=on, find=places.document)


def _section(checked: CheckedStrategy, shown: frozenset[Severity]) -> Section:
    counts = ", ".join(f"{len(checked.of(severity))} {severity.value}s" for severity in Severity)
    cases = f"{checked.cases_held} of {checked.cases} cases hold"
    rows = [
        (_MARK[found.severity], found.where.get("line"), found.code, _said(found))
        for found in checked.findings
        if found.severity in shown
    ]
    return Section(
        title=f"{cases}, {counts}: {checked.path}, rules as of {checked.rules_as_of}",
        columns=["", "line", "code", "finding"],
        rows=rows,
    )


def _said(found: StrategyFinding) -> str:
    lines = [found.zh, found.en]
    if found.code == "not_well_formed" and found.table is not None:
        lines.append("规则 rule " + ".".join(name for name in (found.table, found.rule) if name is not None))
    if found.witness is not None:
        lines.append("e.g. " + ", ".join(f"{name} = {_cell(value)}" for name, value in found.witness.items()))
    return "\n".join(lines)


def _flip_sections(flips: Flips, *, past: bool, most: int) -> list[Section]:
    cases = "past cases" if past else "boundary cases (not how often they occur)"
    rows = [(k.old, k.new, k.old_rule, k.new_rule, count) for k, count in flips.kinds.items()]
    sections = [
        Section(
            title=f"{flips.outcome}: {flips.flipped:,} of {flips.rows:,} {cases} flip",
            columns=["from", "to", "decided by", "now by", "cases"],
            rows=rows,
        )
    ]
    for flip in flips.first[:most]:
        read = [(name, _cell(value)) for name, value in flip.row.items()]
        kind = flip.kind
        title = f"a case: {kind.old} ({_by(kind.old_rule)}) → {kind.new} ({_by(kind.new_rule)})"
        sections.append(Section(title=title, columns=["input", "value"], rows=read))
    return sections


def _by(rule: str | None) -> str:
    return rule or "no rule"


def _cell(value: object) -> str:
    return "null" if value is None else str(value)


def _brief(value: object) -> str:
    return (
        "–"
        if value is None
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
    )
