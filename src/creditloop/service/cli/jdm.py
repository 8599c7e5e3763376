"""`creditloop strategy import-jdm` and `export-jdm`: decision graphs of other people's tools, in and out."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.errors import InputError
from creditloop.risk import read_policy
from creditloop.risk.jdm import export_policy, import_graph
from creditloop.service.cli.options import AsJson, RulesAsOf, day
from creditloop.service.places import find_places


def add_strategy_commands(group: typer.Typer) -> None:
    """Add the commands of this file to those of `creditloop strategy`."""
    group.command("import-jdm")(import_jdm)
    group.command("export-jdm")(export_jdm)


def import_jdm(
    graph: Annotated[Path, typer.Argument(help="The decision graph, a JDM file of JSON.")],
    rules_as_of: RulesAsOf,
    samples: Annotated[
        Path | None,
        typer.Option(help="A JSON list of cases as they come in: they tell the kinds of the inputs."),
    ] = None,
    decisions: Annotated[
        Path | None, typer.Option(help="The folder of the graphs that sub-decisions name by their key.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The strategy's name; else the file's.")] = None,
    product: Annotated[str, typer.Option(help="The product it belongs to.")] = "imported",
    stage: Annotated[str, typer.Option(help="The stage it belongs to.")] = "admit",
    as_json: AsJson = False,
) -> None:
    """Take a decision graph over as a strategy document, printed on standard output.

    What cannot be taken over exactly is refused with node, field and reason; nothing is approximated.

    Example: creditloop strategy import-jdm loan.json --samples cases.json --rules-as-of 2025-01-01
    """
    cases = _read_json(samples) if samples is not None else []
    if not isinstance(cases, list) or not all(isinstance(case, Mapping) for case in cases):
        raise InputError("the sample cases are not a JSON list of objects", where={"file": str(samples)})
    folder = sorted(decisions.rglob("*.json")) if decisions is not None else []
    imported = import_graph(
        _read_graph(graph),
        name=name or graph.stem,
        product=product,
        stage=stage,
        rules_as_of=day(rules_as_of),
        samples=cases,
        decisions={str(file.relative_to(decisions)): _read_graph(file) for file in folder if decisions},
    )
    paths = {entry.name: list(entry.path) for entry in imported.inputs}
    told = {"document": imported.text, "version": imported.policy.version, "paths": paths}
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n" if as_json else imported.text)


def export_jdm(
    file: Annotated[Path, typer.Argument(help="The strategy document.")],
    rules_as_of: RulesAsOf,
    as_json: AsJson = False,
) -> None:
    """Write a strategy as a decision graph on standard output; warnings go to standard error.

    The graph carries the document: imported again it gives the same program. The warnings name what another
    tool would decide differently, since JDM goes on where we refer.

    Example: creditloop strategy export-jdm policies/credit_card/admit/application.yaml
        --rules-as-of 2024-06-30 > application.json
    """
    places = find_places()
    policy = read_policy(places.document(file), rules_as_of=day(rules_as_of), find=places.document)
    export = export_policy(policy)
    if as_json:
        told = {"graph": export.graph, "warnings": list(export.warnings)}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    for warning in export.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    sys.stdout.write(json.dumps(export.graph, ensure_ascii=False, indent=2) + "\n")


def _read_graph(file: Path) -> Mapping[str, object]:
    graph = _read_json(file)
    if not isinstance(graph, Mapping):
        raise InputError("a decision graph is a JSON object", where={"file": str(file)})
    return graph


def _read_json(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("the file cannot be read", got=error.strerror, where={"file": str(file)}) from error
    except (ValueError, RecursionError) as error:
        raise InputError("the file is not JSON", got=str(error), where={"file": str(file)}) from error
