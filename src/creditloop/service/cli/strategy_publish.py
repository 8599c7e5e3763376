"""`creditloop strategy prove`, `publish`, `live`, `retire`, `versions`: from a document to a version."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from creditloop.kernel.storage import connect
from creditloop.oversight import StrategyProof, StrategyVersion, find_released, find_versions
from creditloop.risk import Severity
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database, Simulated, day
from creditloop.service.cli.output import Section, show
from creditloop.service.clock import now
from creditloop.service.deciding_texts import folder_state
from creditloop.service.opening import DATABASE
from creditloop.service.places import find_places
from creditloop.service.strategies.checking import strategy_files
from creditloop.service.strategies.publishing import (
    PROOF_ROWS,
    PROOF_SEED,
    ProvenStrategy,
    first_differences,
    keep_proof,
    prove_file,
    publish_strategy,
    put_strategy,
)

FOUND_DIFFERENCES = 1
"""Exit status of a proof that does not hold, or of a strategy with errors."""

FilePath = Annotated[Path, typer.Argument(help="The strategy document.")]
Rows = Annotated[int, typer.Option(min=0, help="Random rows besides the boundary rows.")]
Seed = Annotated[int, typer.Option(help="Seed of the random rows: the same gives the same.")]
By = Annotated[str, typer.Option("--by", help="The login of who does it.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with the version.")]
VersionId = Annotated[UUID, typer.Argument(help="The version, as `creditloop strategy versions` tells it.")]


def add_strategy_commands(group: typer.Typer) -> None:
    """Add the commands of this file to `creditloop strategy`."""
    for name, command in (
        ("prove", prove),
        ("publish", publish),
        ("live", live),
        ("retire", retire),
        ("versions", versions),
    ):
        group.command(name)(command)


def prove(
    path: FilePath,
    rules_as_of: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="The day whose rules are used; else the day the cases name."),
    ] = None,
    rows: Rows = PROOF_ROWS,
    seed: Seed = PROOF_SEED,
    record: Annotated[
        bool, typer.Option("--record", help="Keep texts and proof in the bank's database, sealed.")
    ] = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Prove that a strategy means the same in Python, Polars and DuckDB, on boundary rows and random ones.

    Checked first; an error stops it. Exit status 0: no difference; 1: a difference or an error was found.

    Example: creditloop strategy prove policies/credit_card/admit/limit_review.yaml --rows 2000
    """
    places = find_places()
    (file,) = strategy_files([path], places=places)
    proven = prove_file(
        file,
        places=places,
        rules_as_of=day(rules_as_of) if rules_as_of is not None else None,
        today=now().date(),
        rows=rows,
        seed=seed,
    )
    kept = None
    if record:
        with bank_of(database).work() as work:
            kept = keep_proof(work, proven=proven)
    answer = proven.as_record() | ({"kept": kept.as_record()} if kept is not None else {})
    show(answer, sections=_proof_sections(proven, kept), as_json=as_json)
    if not proven.holds:
        raise typer.Exit(FOUND_DIFFERENCES)


def publish(
    path: FilePath,
    effective_from: Annotated[
        str, typer.Option("--from", metavar="YYYY-MM-DD", help="The day from which it is to hold.")
    ],
    by: By,
    reason: Why = "published",
    rows: Rows = PROOF_ROWS,
    seed: Seed = PROOF_SEED,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Publish a strategy from a day on: checked, its cases held, proven; a repeat finds the first.

    Somebody else puts it live: `creditloop strategy live`.

    Example: creditloop strategy publish policies/credit_card/admit/limit_review.yaml --from 2024-06-30
    --by strategist
    """
    places = find_places()
    (file,) = strategy_files([path], places=places)
    with bank_of(database).work() as work:
        version = publish_strategy(
            work,
            file=file,
            effective_from=day(effective_from),
            by=by,
            reason=reason,
            rows=rows,
            seed=seed,
            simulated=simulated,
        )
    show(version.as_record(), sections=_versions_sections([version]), as_json=as_json)


def live(
    version: VersionId,
    by: By,
    reason: Why,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Put a published version live; whoever published it cannot.

    Example: creditloop strategy live 00000000-0000-8000-8000-000000000000 --by approver --reason "read"
    """
    _put(version, "live", by=by, reason=reason, simulated=simulated, database=database, as_json=as_json)


def retire(
    version: VersionId,
    by: By,
    reason: Why,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Retire a version; it stays on record, and what it decided can be decided again.

    Example: creditloop strategy retire 00000000-0000-8000-8000-000000000000 --by approver
    --reason "a better one"
    """
    _put(version, "retired", by=by, reason=reason, simulated=simulated, database=database, as_json=as_json)


def versions(
    product: Annotated[str | None, typer.Option(help="Only those of this product.")] = None,
    stage: Annotated[str | None, typer.Option(help="Only those of this stage.")] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """List the strategies as published, with their state, proof and people, and how the folder's texts stand.

    A version that is live decides whether or not its document in the folder was edited since.

    Example: creditloop strategy versions --product credit_card
    """
    bank = bank_of(database)
    with connect(bank.url) as connection:
        found = find_versions(connection, product=product, stage=stage)
        released = {version.batch_id: version for version in find_released(connection)}
    folder = {
        version.batch_id: folder_state(bank.places, released[version.batch_id])
        for version in found
        if version.state == "live"
    }
    versions = [version.as_record() | {"folder": folder.get(version.batch_id)} for version in found]
    stands = [
        (f"{version.stage}/{version.policy}", str(version.effective_from), folder[version.batch_id])
        for version in found
        if version.batch_id in folder
    ]
    sections = _versions_sections(found)
    sections += _some("the document of what is live, in the folder", ("strategy", "from", ""), stands)
    show({"versions": versions}, sections=sections, as_json=as_json)


def _put(
    version: UUID, state: str, *, by: str, reason: str, simulated: bool, database: str, as_json: bool
) -> None:
    with bank_of(database).work() as work:
        changed = put_strategy(
            work, version_id=version, state=state, by=by, reason=reason, simulated=simulated
        )
    show(changed.as_record(), sections=_versions_sections([changed]), as_json=as_json)


def _proof_sections(proven: ProvenStrategy, kept: StrategyProof | None) -> list[Section]:
    checked, proof = proven.checked, proven.proof
    counts = [(severity.value, len(checked.of(severity))) for severity in Severity]
    facts: list[tuple[str, object]] = [
        *counts,
        ("cases that hold", f"{checked.cases_held} of {checked.cases}"),
    ]
    title = f"{checked.path}, rules as of {checked.rules_as_of}"
    if proof is None:
        errors = [(found.code, f"{found.zh}\n{found.en}") for found in checked.of(Severity.ERROR)]
        told = Section(title="not proven: errors were found", columns=["code", "error"], rows=errors)
        return [Section(title=title, columns=["", ""], rows=facts), told]
    facts += [
        ("program", proof.program_hash),
        ("targets", ", ".join(proof.targets)),
        ("boundary rows", proof.boundary_rows),
        ("random rows", proof.random_rows),
        ("seed", proof.seed),
        ("differences", proof.differences),
    ]
    facts += [("kept as", str(kept.batch_id))] if kept is not None else []
    one_sided = [
        (step, next(iter(seen)))
        for step, seen in proof.seen.items()
        if len(seen) == 1 and "value" not in seen
    ]
    return [
        Section(title=title, columns=["", ""], rows=facts),
        *_some(
            "conditions that only ever gave one answer: little is proven of them",
            ("condition", "always"),
            one_sided,
        ),
        *_some("differences", ("step", "row", "results"), first_differences(proof)),
    ]


def _some(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Section]:
    return [Section(title=title, columns=columns, rows=rows)] if rows else []


def _versions_sections(found: list[StrategyVersion]) -> list[Section]:
    """Two narrow tables rather than a wide one: an id that is broken over lines cannot be copied."""
    simulated = ", people made up" if any(version.simulated for version in found) else ""
    versions = [
        (
            str(version.batch_id),
            f"{version.stage}/{version.policy}",
            str(version.effective_from),
            version.state,
        )
        for version in found
    ]
    facts = [
        (
            version.policy,
            _person(version, "published"),
            _person(version, "live"),
            version.program_hash[:12],
            version.warnings,
            version.cases,
        )
        for version in found
    ]
    names = ("version", "strategy", "from", "state")
    told = ("strategy", "published by", "live by", "program", "warnings", "cases hold")
    title = f"{len(found)} strategies as published{simulated}"
    return [
        Section(title=title, columns=names, rows=versions),
        *_some("who and what", told, facts),
    ]


def _person(version: StrategyVersion, state: str) -> str:
    return next((change.person for change in version.changes if change.state == state), "–")
