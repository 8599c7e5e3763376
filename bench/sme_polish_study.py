"""The study of Polish companies as it is asked: which ratio stands in which dimension, how cards are fitted.

`examples/sme_polish/dimensions.yaml` names every published column once. A column that the document does not
name, names twice, or puts into a dimension there is not, is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Document, Node
from creditloop.risk import CardFeature, Direction
from creditloop.risk.binning import BinLimits
from creditloop.risk.boosting import BoostSettings, boost_settings_from_node
from creditloop.risk.measures.outcomes import Bools

NANO = 10**9
_STATED = (Direction.UP, Direction.DOWN, Direction.NONE)
_LARGEST = 2.0**62


class Words(NamedTuple):
    """What something is called, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A dimension of the rating, and the question its ratios answer."""

    name: str
    title: Words
    asks: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A published column: its dimension, how badness moves when it rises, and why it stands there.

    Attributes:
        number: of the column in the file, from 1; `column`: its name as published.
    """

    number: int
    column: str
    name: str
    dimension: str
    direction: Direction
    why: Words

    def feature(self, *, held: bool) -> CardFeature:
        """Return the feature of a card, held to the direction stated or free."""
        return CardFeature(
            name=self.name,
            kind=Kind.NANO,
            direction=self.direction if held else Direction.NONE,
            zh=self.why.zh,
            en=self.column,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmeStudy:
    """What `examples/sme_polish/dimensions.yaml` says.

    Attributes:
        absent: dimensions that no column carries, by name, with the reason.
        share_min_nano: of rows in a bin by which directions are looked at; `grade_share_nano`: in a grade.
    """

    title: Words
    target: str
    dimensions: tuple[Dimension, ...]
    absent: Mapping[str, tuple[Words, Words]]
    ratios: tuple[Ratio, ...]
    folds: int
    seed: int
    prebins_max: int
    bins_max: int
    share_min_nano: int
    grades_max: int
    grade_share_nano: int
    fusion_ridge: float
    card: BoostSettings

    def of_dimension(self, name: str) -> list[Ratio]:
        """Return the ratios of a dimension, in the order of the file."""
        return [ratio for ratio in self.ratios if ratio.dimension == name]

    def limits(self, rows: int) -> BinLimits:
        """Return what bins are cut by when directions are looked at, of so many rows."""
        least = -(-rows * self.share_min_nano // NANO)
        return BinLimits(prebins_max=self.prebins_max, bins_max=self.bins_max, rows_min=least)


def read_sme_study(document: Document) -> SmeStudy:
    """Read the document.

    Raises: PolicyError naming file, line and field.
    """
    parts = document.root.mapping(
        required=[
            *("study", "title", "target", "dimensions", "absent", "columns", "folds"),
            *("directions", "grades", "fusion_ridge", "card"),
        ],
        optional=[],
    )
    dimensions = tuple(_dimension(name, node) for name, node in parts["dimensions"].mapping().items())
    folds = parts["folds"].mapping(required=["count", "seed"], optional=[])
    looked = parts["directions"].mapping(required=["prebins_max", "bins_max", "share_min"], optional=[])
    grades = parts["grades"].mapping(required=["most", "share_min"], optional=[])
    return SmeStudy(
        title=_words(parts["title"]),
        target=parts["target"].text(),
        dimensions=dimensions,
        absent={name: _absent(node) for name, node in parts["absent"].mapping().items()},
        ratios=_ratios(parts["columns"], among=[one.name for one in dimensions]),
        folds=folds["count"].integer(least=2, most=10),
        seed=folds["seed"].integer(least=0),
        prebins_max=looked["prebins_max"].integer(least=2, most=64),
        bins_max=looked["bins_max"].integer(least=2, most=64),
        share_min_nano=_nano(looked["share_min"]),
        grades_max=grades["most"].integer(least=2, most=20),
        grade_share_nano=_nano(grades["share_min"]),
        fusion_ridge=_nano(parts["fusion_ridge"]) / NANO,
        card=boost_settings_from_node(parts["card"]),
    )


class CompanySample(NamedTuple):
    """The published rows: a column of whole numbers in nano a ratio, and who went bankrupt."""

    frame: pl.DataFrame
    bad: Bools


def read_companies(file: Path, study: SmeStudy) -> CompanySample:
    """Read the published file, ratios in nano under their names of the study.

    What is beyond 4.6 thousand million is taken for that: it is in the outermost bin either way.

    Raises: ValueError if the file's columns are not those of the study, in its order.
    """
    published = pl.read_parquet(file)
    stated = [*(ratio.column for ratio in study.ratios), study.target]
    if published.columns != stated:
        strange = sorted(set(published.columns) ^ set(stated))
        raise ValueError(f"{file.name} has other columns than the study, or another order: {strange[:4]}")
    frame = published.select(
        (pl.col(ratio.column) * NANO).round().clip(-_LARGEST, _LARGEST).cast(pl.Int64).alias(ratio.name)
        for ratio in study.ratios
    )
    return CompanySample(frame=frame, bad=np.asarray(published[study.target] == 1, dtype=np.bool_))


def _dimension(name: str, node: Node) -> Dimension:
    parts = node.mapping(required=["zh", "en", "asks"], optional=[])
    title = Words(zh=parts["zh"].text(), en=parts["en"].text())
    return Dimension(name=name, title=title, asks=_words(parts["asks"]))


def _absent(node: Node) -> tuple[Words, Words]:
    parts = node.mapping(required=["zh", "en", "why"], optional=[])
    return Words(zh=parts["zh"].text(), en=parts["en"].text()), _words(parts["why"])


def _ratios(node: Node, *, among: list[str]) -> tuple[Ratio, ...]:
    found = list[Ratio]()
    for place, entry in enumerate(node.items(), start=1):
        parts = entry.mapping(
            required=["number", "column", "name", "dimension", "direction", "why"], optional=[]
        )
        ratio = Ratio(
            number=parts["number"].integer(least=1),
            column=parts["column"].text(),
            name=parts["name"].text(),
            dimension=parts["dimension"].text(among=among),
            direction=Direction(parts["direction"].text(among=[one.value for one in _STATED])),
            why=_words(parts["why"]),
        )
        if ratio.number != place:
            raise entry.fail("columns stand in the order of the file", got=ratio.number, expected=place)
        if any(one.name == ratio.name or one.column == ratio.column for one in found):
            raise entry.fail("a column or its name stands twice", got=ratio.name)
        found.append(ratio)
    if empty := [name for name in among if all(ratio.dimension != name for ratio in found)]:
        raise node.fail("a dimension has no column", got=empty)
    return tuple(found)


def _words(node: Node) -> Words:
    parts = node.mapping(required=["zh", "en"], optional=[])
    return Words(zh=parts["zh"].text(), en=parts["en"].text())


def _nano(node: Node) -> int:
    value = constant_from_node(node, kind=Kind.NANO)
    if not isinstance(value, int) or not 0 < value <= NANO:
        raise node.fail("out of range", got=node.value, expected="above 0, 1 at most")
    return value
