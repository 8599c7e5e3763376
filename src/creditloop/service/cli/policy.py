"""`creditloop policy …`: check a policy and its worked cases, and show the numbers in force."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.risk import CaseFailure, Policy, read_cases, read_policy, run_cases
from creditloop.service.cli.options import AsJson, RulesAsOf, day
from creditloop.service.cli.output import Section, exit_status, show
from creditloop.service.places import find_places


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Policies: the bank's rules as documents (政策文件).")
    group.command("check")(check)
    group.command("show")(show_policy)
    app.add_typer(group, name="policy")


def check(
    file: Annotated[Path, typer.Argument(help="The policy document.")],
    as_json: AsJson = False,
) -> None:
    """Check a policy and run the worked cases beside it (`cases/` in its folder, same name).

    Exit status 0: every case comes out as written; 2: one does not, or the document is not well formed.

    Example: creditloop policy check policies/credit_card/monitor/five_tier.yaml
    """
    places = find_places()
    rules_as_of, cases = read_cases(places.document(file.parent / "cases" / file.name))
    policy = read_policy(places.document(file), rules_as_of=rules_as_of)
    failures = run_cases(policy, cases)
    rows = [
        (failure.case.where["line"], failure.case.name, name, got, wanted)
        for failure in failures
        for name, (got, wanted) in failure.differing.items()
    ]
    title = (
        f"{policy.name}, rules as of {rules_as_of}: {len(cases) - len(failures)} of {len(cases)} cases hold"
    )
    record = {
        "policy": policy.name,
        "hash": policy.hash,
        "rules_as_of": rules_as_of.isoformat(),
        "cases": len(cases),
        "failures": [_failure_record(failure) for failure in failures],
    }
    section = Section(title=title, columns=["line", "case", "value", "got", "expected"], rows=rows)
    show(record, sections=[section], as_json=as_json)
    if failures:
        raise typer.Exit(exit_status(InputError))


def show_policy(
    file: Annotated[Path, typer.Argument(help="The policy document.")],
    rules_as_of: RulesAsOf,
    as_json: AsJson = False,
) -> None:
    """Show the numbers of a policy in force on a day, each with its date and source, and its rules.

    Example: creditloop policy show policies/credit_card/monitor/five_tier.yaml --rules-as-of 2024-06-30
    """
    document: Document = find_places().document(file)
    policy = read_policy(document, rules_as_of=day(rules_as_of))
    numbers = [
        (entry.parameter.name, entry.parameter.value, entry.unit, str(entry.since), entry.source.title)
        for entry in policy.parameters
    ]
    rules = _rules(policy)
    number_names = ("parameter", "value", "unit", "since", "source")
    rule_names = ("table", "rule", "when", "code", "zh", "en")
    record = {
        "policy": policy.name,
        "hash": policy.hash,
        "rules_as_of": policy.rules_as_of.isoformat(),
        "parameters": [dict(zip(number_names, row, strict=True)) for row in numbers],
        "rules": [dict(zip(rule_names, row, strict=True)) for row in rules],
    }
    sections = [
        Section(title=f"{policy.name}, rules as of {policy.rules_as_of}", columns=number_names, rows=numbers),
        Section(title="rules", columns=rule_names, rows=rules),
    ]
    show(record, sections=sections, as_json=as_json)


def _rules(policy: Policy) -> list[tuple[str, str, str, str, str, str]]:
    rows = []
    for table in policy.tables:
        for row in (*table.rows, *([table.otherwise] if table.otherwise else [])):
            reason = row.rule.reason
            rows.append((table.id, row.rule.id, row.rule.when, reason.code, reason.zh, reason.en))
    return rows


def _failure_record(failure: CaseFailure) -> dict[str, object]:
    differing = {name: {"got": got, "expected": wanted} for name, (got, wanted) in failure.differing.items()}
    return {"case": failure.case.name, "where": dict(failure.case.where), "differing": differing}
