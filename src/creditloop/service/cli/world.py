"""`creditloop world`: a town to practise in, written as the files a bank would receive."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import Section, progress_bar, show
from creditloop.service.places import find_places
from creditloop.world import Town, build_town, read_plan

_WORKERS = 2


def add_commands(app: typer.Typer) -> None:
    """Add the command of this file to the program."""
    app.command("world")(build_world)


def build_world(
    parties: Annotated[int, typer.Option(help="Persons, sole traders and firms: 1,000 to 10,000,000.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same files, byte for byte.")],
    out: Annotated[Path, typer.Option(help="A folder that does not exist yet.")],
    years: Annotated[int, typer.Option(help="Years of events, 1 to 5.")] = 2,
    workers: Annotated[int, typer.Option(help="Processes; the files do not depend on how many.")] = _WORKERS,
    as_json: AsJson = False,
) -> None:
    """Build a town (模拟小镇): sources under the bank's contracts, with planted truth beside them.

    Everything in it is simulated. Import its files as any other; the folder truth/ is for measuring only.

    Example: creditloop world --parties 3000 --seed 7 --out town
    """
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
