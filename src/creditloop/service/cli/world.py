"""`creditloop world`: a town to practise in, written as the files a bank would receive, and loaded."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.errors import InputError
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database, reader
from creditloop.service.cli.output import Section, progress_bar, show
from creditloop.service.loading.town_parts import Loaded, load_part, town_parts
from creditloop.service.opening import DATABASE
from creditloop.service.places import find_places
from creditloop.world import Town, build_town, read_plan, read_town

_WORKERS = 2


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(rich_markup_mode=None)
    group.callback(invoke_without_command=True)(build_world)
    group.command("load")(load)
    app.add_typer(group, name="world")


def build_world(
    context: typer.Context,
    parties: Annotated[
        int | None, typer.Option(help="Persons, sole traders and firms: 1,000 to 10,000,000.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same files, byte for byte.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A folder that does not exist yet.")] = None,
    years: Annotated[int, typer.Option(help="Years of events, 1 to 5.")] = 2,
    workers: Annotated[int, typer.Option(help="Processes; the files do not depend on how many.")] = _WORKERS,
    as_json: AsJson = False,
) -> None:
    """Build a town (模拟小镇): sources under the bank's contracts, with planted truth beside them.

    Everything in it is simulated. `world load` imports it; the folder truth/ is for measuring only.

    Example: creditloop world --parties 3000 --seed 7 --out town
    """
    asked = {"--parties": parties, "--seed": seed, "--out": out}
    if context.invoked_subcommand is not None:
        if given := [name for name, value in asked.items() if value is not None]:
            raise InputError(
                "these are for building a town, not for loading one",
                got=", ".join(given),
                where={"command": f"world {context.invoked_subcommand}"},
            )
        return
    if parties is None or seed is None or out is None:
        raise InputError(
            "to build a town this must be said",
            got=", ".join(f"no {name}" for name, value in asked.items() if value is None),
            hint="see creditloop world --help",
        )
    with progress_bar("world") as progress:
        town = build_town(
            folder=out,
            contracts=find_places().documents / "contracts",
            plan=read_plan(),
            parties=parties,
            seed=seed,
            years=years,
            workers=workers,
            progress=progress,
        )
    show({**town.as_record(), "folder": str(town.folder)}, sections=_sections(town), as_json=as_json)


def load(
    folder: Annotated[Path, typer.Argument(help="A town's folder, as `creditloop world` built it.")],
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Load a town: every source under the contract of its name, its texts as events, its consents.

    A folder that is no town, or a file that is not as built, is refused before anything is loaded. Broken
    off, the same command goes on; what was loaded before is told again.

    Example: creditloop world load town
    """
    with progress_bar("checking the files") as progress:
        town = read_town(folder=folder, progress=progress)
    bank = bank_of(database)
    loaded = []
    for name in town_parts(town):
        with progress_bar(name) as progress:
            loaded.append(load_part(bank, town, name, by=reader(), progress=progress))
    record = {
        "folder": str(folder),
        "simulated": all(each.simulated for each in loaded),
        "parties": town.parties,
        "seed": town.seed,
        "rows": sum(each.rows for each in loaded),
        "seconds": round(sum(each.seconds for each in loaded), 2),
        "parts": [_loaded_record(each) for each in loaded],
    }
    show(record, sections=[_loaded_section(town, loaded)], as_json=as_json)


def _loaded_record(each: Loaded) -> dict[str, object]:
    return {
        "name": each.name,
        "rows": each.rows,
        "rejected": each.rejected,
        "findings": dict(each.findings),
        "simulated": each.simulated,
        "repeated": each.repeated,
        "seconds": round(each.seconds, 2),
    }


def _loaded_section(town: Town, loaded: list[Loaded]) -> Section:
    """Return the parts of a town as loaded, and their sum."""
    rows: list[tuple[object, ...]] = [
        (each.name, each.rows, each.rejected, _counts(each.findings), each.repeated, f"{each.seconds:.1f}")
        for each in loaded
    ]
    findings: Counter[str] = sum((Counter(each.findings) for each in loaded), Counter())
    seconds = sum(each.seconds for each in loaded)
    total = sum(each.rows for each in loaded), sum(each.rejected for each in loaded)
    rows.append(("all", *total, f"{findings.total():,}", None, f"{seconds:.1f}"))
    return Section(
        title=f"simulated: {town.parties:,} parties, {town.first_day} to {town.last_day}, loaded",
        columns=["source", "rows", "rejected", "findings", "before", "seconds"],
        rows=rows,
    )


def _counts(findings: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {count:,}" for code, count in findings.items()) or "–"


def _sections(town: Town) -> list[Section]:
    """Return the sources of a town with their rows, and what is planted."""
    title = f"simulated: {town.parties:,} parties, {town.first_day} to {town.last_day}, seed {town.seed}"
    files = [(each.file, each.rows) for each in town.files if each.rows]
    sources = [row for row in files if "/" not in row[0]]
    planted = [row for row in files if row[0].count("/") == 1]
    return [
        Section(title=title, columns=["source", "rows"], rows=sources),
        Section(title="planted truth", columns=["file", "rows"], rows=planted),
    ]
