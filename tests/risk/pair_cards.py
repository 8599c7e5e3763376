"""A card of tables that no woe made: pairs, special codes, decimals; drawn by a seed."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
from tests.risk.card_texts import SETTINGS

from creditloop.formula import Kind
from creditloop.kernel.documents import parse_document
from creditloop.risk import (
    Bin,
    Card,
    CardFeature,
    Direction,
    FittedCard,
    FittedFeature,
    ScoreBand,
    card_text,
    read_card,
)
from creditloop.risk.card.pairs import PairTable
from creditloop.risk.card.parts import CardMethod
from creditloop.risk.card.settings import LearnerSettings

KINDS = (Kind.INTEGER, Kind.MONEY, Kind.NANO, Kind.TEXT, Kind.BOOLEAN)
WORDS = ("clerk", "it's", 'say "b"', "a'b\"c", "<&>", "教师", "=1+1", "")
NUMBERS = (Kind.INTEGER, Kind.MONEY, Kind.NANO)
_STEP = {Kind.INTEGER: 1, Kind.MONEY: 12_345, Kind.NANO: 123_456_789}
SAMPLE = (1_000, 200)


def drawn_card(*, seed: int, features: int, pairs: int, decimals: int, bins: int = 6) -> Card:
    """Draw a card and read it back from its text."""
    text = card_text(
        drawn_tables(seed=seed, features=features, pairs=pairs, decimals=decimals, bins=bins),
        card="drawn",
        product="none",
        title={"zh": "随机卡", "en": "Drawn card"},
        facts={"data": "drawn by a seed"},
    )
    return read_card(parse_document(text, path="drawn.yaml"))


def drawn_tables(*, seed: int, features: int, pairs: int, decimals: int, bins: int = 6) -> FittedCard:
    """Draw the tables of a card."""
    rng = np.random.default_rng(seed)
    fitted = tuple(_feature(number, rng, bins, 40 * 10**decimals) for number in range(features))
    named = list(combinations(fitted, 2))
    chosen = rng.permutation(len(named))[:pairs]
    return FittedCard(
        base=500 * 10**decimals + 7 * (decimals > 0),
        rows=SAMPLE[0],
        bad=SAMPLE[1],
        features=fitted,
        dropped=(),
        bands=(
            ScoreBand(low=None, high=480, rows=300, bad=100, pd_nano=333_333_333),
            ScoreBand(low=480, high=530, rows=300, bad=60, pd_nano=200_000_000),
            ScoreBand(low=530, high=None, rows=400, bad=40, pd_nano=100_000_000),
        ),
        settings=LearnerSettings(
            score_at=600,
            odds_at=20,
            points_to_double_odds=20,
            learner={"rounds": 300, "learning_rate_nano": 50_000_000},
            source=SETTINGS.source,
        ),
        pairs=tuple(_pair(*named[number], rng, 20 * 10**decimals) for number in chosen),
        decimals=decimals,
        method=CardMethod.BOOSTED,
    )


def _feature(number: int, rng: np.random.Generator, bins: int, most: int) -> FittedFeature:
    kind = KINDS[number % len(KINDS)]
    special = (96 * _STEP[kind], 98 * _STEP[kind]) if kind in NUMBERS and number % 4 != 1 else ()
    feature = CardFeature(
        name=f"f{number}",
        kind=kind,
        direction=Direction.NONE,
        zh=f"特征{number}",
        en=f"feature <{number}>",
        special=special,
    )
    parts = [*_parts(kind, rng, bins)]
    if special:  # of some features the second code has no bin
        parts.append(Bin(special=special[: 2 if number == 0 else 1], rows=0, bad=0, woe_nano=0))
    if number % 4 != 3:
        parts.append(Bin(missing=True, rows=0, bad=0, woe_nano=0))
    rows, bad = SAMPLE
    parts = [
        replace(part, rows=rows if at == 0 else 0, bad=bad if at == 0 else 0,
                woe_nano=int(rng.integers(-(10**9), 10**9)), points=int(rng.integers(-most, most)))
        for at, part in enumerate(parts)
    ]  # fmt: skip
    return FittedFeature(feature=feature, bins=tuple(parts), iv_nano=100_000_000)


def _parts(kind: Kind, rng: np.random.Generator, bins: int) -> list[Bin]:
    """Draw the bins of ordinary values."""
    nothing = {"rows": 0, "bad": 0, "woe_nano": 0}
    if kind is Kind.BOOLEAN:
        return [Bin(values=(True,), **nothing), Bin(values=(False,), **nothing)]
    if kind is Kind.TEXT:
        words = [word for word in rng.permutation(WORDS).tolist() if word]
        return [Bin(values=tuple(words[at::3]), **nothing) for at in range(3)]
    ends = sorted(set((rng.integers(-20, 120, bins - 1) * _STEP[kind]).tolist()))
    return [
        Bin(low=low, high=high, **nothing) for low, high in zip([None, *ends], [*ends, None], strict=True)
    ]


def _pair(one: FittedFeature, other: FittedFeature, rng: np.random.Generator, most: int) -> PairTable:
    rows, columns = (_axis(entry, rng) for entry in (one, other))
    shape = (len(rows), len(columns))
    seen = np.zeros(shape, dtype=np.int64)
    seen[0, 0], bad = SAMPLE[0], np.zeros(shape, dtype=np.int64)
    bad[0, 0] = SAMPLE[1]
    return PairTable(
        features=(one.feature.name, other.feature.name),
        rows=rows,
        columns=columns,
        points=rng.integers(-most, most, shape).tolist(),
        seen=seen.tolist(),
        bad=bad.tolist(),
    )


def _axis(entry: FittedFeature, rng: np.random.Generator) -> tuple[Bin, ...]:
    """Draw an axis with cuts of its own; words as the feature parts them."""
    other = [part for part in entry.bins if part.missing or part.special]
    return (*_parts(entry.feature.kind, rng, 4), *other) if entry.feature.kind in NUMBERS else entry.bins


def drawn_rows(card: Card, *, count: int, seed: int) -> pl.DataFrame:
    """Draw rows: cuts and their neighbours, special codes, nulls, words not seen, the ends of int64."""
    rng = np.random.default_rng(seed)
    return pl.DataFrame([_column(card, number, count, rng) for number in range(len(card.features))])


def _column(card: Card, number: int, count: int, rng: np.random.Generator) -> pl.Series:
    feature, places = card.features[number].feature, card.tables.places[number]
    if feature.kind is Kind.BOOLEAN:
        values: list[object] = [True, False, None]
    elif feature.kind is Kind.TEXT:
        values = [*WORDS, "never seen", "Clerk", "clerk ", None]
    else:
        cuts = [cut for cut in places.cuts[1:-1] for cut in (cut - 1, cut, cut + 1)]
        edges = [-(2**63), 2**63 - 1, 0, *feature.special]
        values = [*cuts, *edges, *rng.integers(-30, 140, 40) * _STEP[feature.kind], None, None]
        values = [None if value is None else int(value) for value in values]  # type: ignore[call-overload]
    dtype = {Kind.BOOLEAN: pl.Boolean, Kind.TEXT: pl.String}.get(feature.kind, pl.Int64)
    return pl.Series(feature.name, values, dtype=dtype)[rng.integers(0, len(values), count).tolist()]
