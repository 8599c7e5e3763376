"""The rating and approval of small firms on simulated towns: writes examples/sme_town and its page.

    python -m bench.sme_town [--check]

Builds the two towns of examples/sme_town/study.yaml, fits the cards and their fusion on one, judges them and
policies/sme_loan on the other. Writes the cards, the fusion and docs/results/sme_town.md; `--check` writes
nothing: it compares, and the exit status is 1 where anything differs. Everything here is simulated.
"""

import argparse
import difflib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from bench.sme_town_features import AbilityFeatures, town_rows
from bench.sme_town_judging import judge
from bench.sme_town_page import town_page
from bench.sme_town_rating import Fact, SmeRating, fit_rating, fusion_text, rating_card_text

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Node, read_document
from creditloop.risk import FitSettings, settings_from_node
from creditloop.service.places import find_places
from creditloop.world import build_town, read_plan

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "examples" / "sme_town"
PAGE = REPOSITORY / "docs" / "results" / "sme_town.md"
NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class TownStudy:
    """What `examples/sme_town/study.yaml` asks.

    Attributes:
        fit, judge: parties and seed of a town.
    """

    fit: tuple[int, int]
    judge: tuple[int, int]
    years: int
    as_of: date
    outcome_until: date
    folds: int
    seed: int
    ridge: float
    card: FitSettings


def read_town_study() -> TownStudy:
    """Read the study.

    Raises: PolicyError naming file, line and field.
    """
    names = ["study", "fit", "judge", "years", "as_of", "outcome_until", "folds", "fusion_ridge", "card"]
    root = read_document(FOLDER / "study.yaml", root=REPOSITORY).root
    parts = root.mapping(required=names, optional=[])
    folds = parts["folds"].mapping(required=["count", "seed"], optional=[])
    ridge = constant_from_node(parts["fusion_ridge"], kind=Kind.NANO)
    if not isinstance(ridge, int) or ridge <= 0:
        raise parts["fusion_ridge"].fail("not a positive number", got=parts["fusion_ridge"].value)
    return TownStudy(
        fit=_town(parts["fit"]),
        judge=_town(parts["judge"]),
        years=parts["years"].integer(least=1, most=5),
        as_of=parts["as_of"].day(),
        outcome_until=parts["outcome_until"].day(),
        folds=folds["count"].integer(least=2, most=10),
        seed=folds["seed"].integer(least=0),
        ridge=ridge / NANO,
        card=settings_from_node(parts["card"]),
    )


def rows_of(
    study: TownStudy, town: tuple[int, int], *, scratch: Path
) -> tuple[pl.DataFrame, AbilityFeatures]:
    """Build a town and return its firms and sole traders, see `sme_town_features.town_rows`."""
    parties, seed = town
    built = scratch / f"town_{parties}_{seed}"
    build_town(
        folder=built,
        contracts=REPOSITORY / "contracts",
        plan=read_plan(),
        parties=parties,
        seed=seed,
        years=study.years,
        workers=1,
    )
    return town_rows(
        built,
        places=find_places({"CREDITLOOP_BANK": str(REPOSITORY)}),
        as_of=study.as_of,
        outcome_until=study.outcome_until,
        scratch=scratch,
    )


def fit_on(study: TownStudy, rows: pl.DataFrame, ability: AbilityFeatures) -> SmeRating:
    """Fit the rating on a town's rows as the study asks."""
    return fit_rating(
        rows, ability=ability, settings=study.card, folds=study.folds, seed=study.seed, ridge=study.ridge
    )


def documents_of(rating: SmeRating, study: TownStudy, ability: AbilityFeatures) -> dict[str, str]:
    """Return the texts of the cards and of the fusion, by file name."""
    parties, seed = study.fit
    facts: dict[str, Fact] = {
        "simulated": True,
        "data": f"creditloop world --parties {parties} --seed {seed} --years {study.years}",
        "sample": "firms and sole traders that paid until the as-of day, those that owe nobody included",
        "as_of": study.as_of.isoformat(),
        "bad": f"the planted first default after as_of, by {study.outcome_until}",
        "features": f"{ability.definition.document.path}, hash {ability.definition.hash}",
        "not": "estimated from anybody's customers; no decision about a real firm may rest on it",
    }
    files = {f"{name}.yaml": rating_card_text(name, rating, facts=facts) for name in rating.cards}
    return files | {"fusion.yaml": fusion_text(rating)}


def written(scratch: Path) -> dict[Path, str]:
    """Fit, judge, and return every file this module writes."""
    study = read_town_study()
    rows, ability = rows_of(study, study.fit, scratch=scratch)
    _say(f"fit: {rows.height} rows, {rows['bad'].sum()} bad")
    rating = fit_on(study, rows, ability)
    unseen, _ = rows_of(study, study.judge, scratch=scratch)
    _say(f"judge: {unseen.height} rows, {unseen['bad'].sum()} bad")
    figures = judge(unseen, rating=rating, ability=ability, root=REPOSITORY, on=study.as_of)
    files = {FOLDER / name: text for name, text in documents_of(rating, study, ability).items()}
    return files | {PAGE: town_page(figures, study_towns=(study.fit, study.judge), fitted=rows)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked; return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.sme_town", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        files = written(Path(scratch))
    if not given.check:
        for place, text in files.items():
            place.write_text(text, encoding="utf-8")
        print(f"{len(files)} files are written")
        return 0
    told = [line for place, text in files.items() for line in _differences(place, text)]
    print("\n".join(told) if told else f"{len(files)} files as they should be")
    return 1 if told else 0


def _differences(place: Path, text: str) -> list[str]:
    there = place.read_text("utf-8") if place.is_file() else ""
    name = place.relative_to(REPOSITORY).as_posix()
    return [*difflib.unified_diff(there.splitlines(), text.splitlines(), name, f"{name}, now", n=0)]


def _town(node: Node) -> tuple[int, int]:
    parts = node.mapping(required=["parties", "seed"], optional=[])
    return parts["parties"].integer(least=1_000, most=10_000_000), parts["seed"].integer(least=0)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
