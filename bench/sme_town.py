"""The rating and approval of small firms on simulated towns: writes examples/sme_town and its page.

    python -m bench.sme_town [--check]

Builds the two towns of examples/sme_town/study.yaml, fits the cards and the fusion of its rating.yaml on one,
and rates the other by them, as `creditloop rate` rates a live firm. Writes the cards, the fusion and
docs/results/sme_town.md; `--check` writes nothing: it compares, and the exit status is 1 where anything
differs. Everything here is simulated.
"""

import argparse
import difflib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from bench.sme_town_features import town_rows
from bench.sme_town_judging import judge
from bench.sme_town_page import town_page
from bench.sme_town_rating import Fact, FittedRating, fit_rating, rating_texts
from bench.sme_town_splitting import splitting

from creditloop.data.portraits import PortraitDefinition
from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Document, Node, parse_document, read_document
from creditloop.risk import FitSettings, read_policy, settings_from_node
from creditloop.service.places import find_places
from creditloop.service.portraying import PortraitDocuments
from creditloop.service.rating import (
    RatingDocuments,
    RatingPlan,
    check_offered,
    read_rating_documents,
    read_rating_plan,
)
from creditloop.world import build_town, read_plan

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "examples" / "sme_town"
PAGE = REPOSITORY / "docs" / "results" / "sme_town.md"
NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class TownStudy:
    """What `examples/sme_town/study.yaml` asks of `examples/sme_town/rating.yaml`.

    Attributes:
        fit, judge: parties and seed of a town.
    """

    plan: RatingPlan
    portrait: PortraitDefinition
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
    """Read the study and the plan of the rating.

    Raises: PolicyError naming file, line and field.
    """
    names = ["study", "fit", "judge", "years", "as_of", "outcome_until", "folds", "fusion_ridge", "card"]
    root = read_document(FOLDER / "study.yaml", root=REPOSITORY).root
    parts = root.mapping(required=names, optional=[])
    folds = parts["folds"].mapping(required=["count", "seed"], optional=[])
    ridge = constant_from_node(parts["fusion_ridge"], kind=Kind.NANO)
    if not isinstance(ridge, int) or ridge <= 0:
        raise parts["fusion_ridge"].fail("not a positive number", got=parts["fusion_ridge"].value)
    plan = read_rating_plan(read_document(FOLDER / "rating.yaml", root=REPOSITORY))
    portrait = _portraits().portrait(plan.portrait)
    check_offered(plan, portrait=portrait)
    return TownStudy(
        plan=plan,
        portrait=portrait,
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


def rows_of(study: TownStudy, town: tuple[int, int], *, scratch: Path) -> pl.DataFrame:
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
        plan=study.plan,
        documents=_portraits(),
        as_of=study.as_of,
        outcome_until=study.outcome_until,
        scratch=scratch,
    )


def fit_on(study: TownStudy, rows: pl.DataFrame) -> FittedRating:
    """Fit the rating on a town's rows as the study asks."""
    parties, seed = study.fit
    facts: dict[str, Fact] = {
        "simulated": True,
        "data": f"creditloop world --parties {parties} --seed {seed} --years {study.years}",
        "sample": "firms and sole traders that paid until the as-of day, those that owe nobody included",
        "as_of": study.as_of.isoformat(),
        "bad": f"the planted first default after as_of, by {study.outcome_until}",
        "portrait": study.plan.portrait,
        "portrait_hash": study.portrait.hash,
        "not": "estimated from anybody's customers; no decision about a real firm may rest on it",
    }
    return fit_rating(
        rows,
        plan=study.plan,
        portrait=study.portrait,
        settings=study.card,
        folds=study.folds,
        seed=study.seed,
        ridge=study.ridge,
        facts=facts,
    )


def documents_of(study: TownStudy, texts: Mapping[str, str]) -> RatingDocuments:
    """Return the rating by these cards and this fusion, read as a bank reads them."""

    def find(path: str) -> Document:
        return parse_document(texts[path], path=path)

    return read_rating_documents(
        study.plan,
        portrait=study.portrait,
        find=find,
        find_policy=lambda path: read_policy(
            read_document(REPOSITORY / path, root=REPOSITORY), rules_as_of=study.as_of
        ),
    )


def written(scratch: Path) -> dict[Path, str]:
    """Fit, judge, and return every file this module writes."""
    study = read_town_study()
    rows = rows_of(study, study.fit, scratch=scratch)
    _say(f"fit: {rows.height} rows, {rows['bad'].sum()} bad")
    rating = fit_on(study, rows)
    texts = rating_texts(rating, plan=study.plan)
    unseen = rows_of(study, study.judge, scratch=scratch)
    _say(f"judge: {unseen.height} rows, {unseen['bad'].sum()} bad")
    figures = judge(unseen, documents=documents_of(study, texts))
    split = splitting(
        rows,
        unseen,
        plan=study.plan,
        portrait=study.portrait,
        settings=study.card,
        seed=study.seed,
        folds=study.folds,
        ridge=study.ridge,
    )
    files = {REPOSITORY / path: text for path, text in texts.items()}
    return files | {PAGE: town_page(figures, split, study_towns=(study.fit, study.judge), fitted=rows)}


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


def _portraits() -> PortraitDocuments:
    return PortraitDocuments(find_places({"CREDITLOOP_BANK": str(REPOSITORY)}))


def _town(node: Node) -> tuple[int, int]:
    parts = node.mapping(required=["parties", "seed"], optional=[])
    return parts["parties"].integer(least=1_000, most=10_000_000), parts["seed"].integer(least=0)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
