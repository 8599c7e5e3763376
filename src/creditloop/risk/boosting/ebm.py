"""An explainable boosting machine as a card (EBM 转评分卡): its tables of scores become tables of points.

A machine of interpret-core adds up tables of one feature and of two (Nori et al., InterpretML, 2019). It is
read by its public attributes alone, so the library is not needed here. It must have been fitted on the values
a card reads: whole numbers in the unit of their kind (fen, nano), texts, true and false, null for missing.

Its cuts are float64 and part what float64 sees: x lies above a cut if float64(x) >= cut. The cut of a card is
the least whole number for which that holds. Below 2^53 this is the cut rounded up; above, where several whole
numbers are one float64, it is the first that is rounded to the cut or more. Nothing is moved: the card puts
every whole number where the machine put it. The tables' cuts for features alone and for pairs differ, so both
are cut at all of them; each cell of scores is then rounded to units once.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk.binning import Bin, BinLimits, CardFeature
from creditloop.risk.binning.bins import NUMBERS
from creditloop.risk.boosting.directions import directed, held_steps
from creditloop.risk.boosting.encoding import Encoding
from creditloop.risk.boosting.tables import AdditiveTables, Pair
from creditloop.risk.boosting.units import UnitTables, card_parts
from creditloop.risk.card.parts import DECIMALS_MAX, CardMethod, FittedCard
from creditloop.risk.card.scaling import Scale, rounded_scores
from creditloop.risk.card.settings import LearnerSettings
from creditloop.risk.fitting.bands import score_bands
from creditloop.risk.fitting.sample import check_sample
from creditloop.risk.measures.outcomes import Bools, Floats, Ints, checked_bad, checked_both_classes

_INT64 = range(-(2**63), 2**63)
_MISSING, _UNKNOWN = 0, -1
"""Where a table of the machine keeps the missing, and what it never saw: first and last."""
_LAST_BITS = 1e-9
"""Log-odds by which a machine's sums may go against a direction by arithmetic alone."""


class ExplainableBoosting(Protocol):
    """What is read of a fitted ExplainableBoostingClassifier."""

    @property
    def feature_names_in_(self) -> Sequence[str]:
        """The features, by name."""
        ...

    @property
    def feature_types_in_(self) -> Sequence[str]:
        """What each feature is: continuous, nominal, ordinal."""
        ...

    @property
    def bins_(self) -> Sequence[Sequence[object]]:
        """By feature, by table of one and of two features: cuts (k,) float, or the number of each word."""
        ...

    @property
    def term_features_(self) -> Sequence[Sequence[int]]:
        """The features of each table."""
        ...

    @property
    def term_scores_(self) -> Sequence[npt.ArrayLike]:
        """Log-odds of each table's cells; on every axis the missing first and the unknown last."""
        ...

    @property
    def intercept_(self) -> npt.ArrayLike:
        """Log-odds before any table."""
        ...

    @property
    def link_(self) -> str:
        """How log-odds become a probability."""
        ...


def compile_ebm(
    *,
    machine: ExplainableBoosting,
    frame: pl.DataFrame,
    bad: npt.ArrayLike,
    features: Sequence[CardFeature],
    settings: LearnerSettings,
    decimals: int,
    bands: BinLimits,
) -> FittedCard:
    """Turn a fitted explainable boosting machine into a card.

    A unit of a card is 10^-decimals points, and each table is wrong by half of one at most. A word that the
    machine never saw takes the points of the missing, as in every card.

    Args:
        machine: of two classes, the second of which is bad, with the logit as its link.
        frame, bad: the rows that bins, pairs and bands are counted on; (n,) of 0/1 or booleans. A band's pd
            is the bad rate of these rows: rows the machine was fitted on flatter it.
        features: what the machine reads, in its order. Special codes get bins of their own, with the scores
            of the interval the machine puts them into.
        settings: the scale; `learner` says how the machine was fitted.
        bands: of the score.
    Raises: InputError for a machine of another kind, names, kinds or tables that do not fit, a machine that
        goes against a direction stated or whose answer is lower for bads than for goods, one class only, a
        frame that cannot be fitted on.
    """
    outcomes = checked_both_classes(checked_bad(bad))
    if not 0 <= decimals <= DECIMALS_MAX:
        raise InputError("decimals of a card are out of range", got=decimals, expected=f"0..{DECIMALS_MAX}")
    check_sample(frame, features, rows=len(outcomes))
    intercept = _checked_intercept(machine, features)
    axes = [_axis(machine, number, feature) for number, feature in enumerate(features)]
    encoding = Encoding(features=tuple(features), bins=tuple(axis.bins for axis in axes))
    codes = encoding.codes(frame)
    tables = _as_stated(_tables(machine, axes), encoding, codes)
    _check_sense(tables.log_odds(codes), outcomes)
    scale = Scale.of(settings, decimals=decimals)
    units = UnitTables.rounded(encoding, tables, None, scale=scale, intercept=intercept)
    used, pairs, dropped = card_parts(units, codes, outcomes)
    if not used:
        raise InputError("no feature is left: no table of the machine moves the score")
    return FittedCard(
        base=units.base,
        rows=len(outcomes),
        bad=int(outcomes.sum()),
        features=used,
        dropped=dropped,
        bands=score_bands(rounded_scores(units.total(frame), decimals), outcomes, limits=bands),
        settings=settings,
        pairs=pairs,
        decimals=decimals,
        method=CardMethod.EBM,
    )


def whole_cut(cut: float) -> int:
    """Return the least whole number that float64 puts at a cut or above.

    >>> whole_cut(0.5), whole_cut(-2.5), whole_cut(3.0), whole_cut(2.0**53 + 2)
    (1, -2, 3, 9007199254740994)
    """
    halfway = (Fraction(math.nextafter(cut, -math.inf)) + Fraction(cut)) / 2
    least = math.ceil(halfway)
    return least if float(least) >= cut else least + 1


@dataclass(frozen=True, slots=True)
class _Cuts:
    """A number as a table of the machine parts it."""

    ends: tuple[int, ...]

    @property
    def size(self) -> int:
        return len(self.ends) + 3

    def edges(self) -> tuple[int, ...]:
        return self.ends

    def find(self, value: int | str | bool) -> int:
        assert isinstance(value, int), "cuts part numbers"
        return 1 + bisect_right(self.ends, value)


@dataclass(frozen=True, slots=True)
class _Levels:
    """Words, or few whole numbers, as a table of the machine lists them."""

    numbers: Mapping[str, int]

    @property
    def size(self) -> int:
        return max(self.numbers.values(), default=0) + 2

    def edges(self) -> tuple[int, ...]:
        """Every whole number that is listed stands by itself."""
        return tuple(end for text in self.numbers for end in (int(text), int(text) + 1))

    def find(self, value: int | str | bool) -> int:
        texts = (str(value), str(int(value))) if isinstance(value, bool) else (str(value),)
        return next((self.numbers[text] for text in texts if text in self.numbers), _UNKNOWN)


_Parting = _Cuts | _Levels


@dataclass(frozen=True, slots=True)
class _Axis:
    """Bins of a feature, fine enough for all its tables, and the machine's number of each.

    Attributes:
        places: by table of one feature and of two, (bins,) int.
        sizes: cells of the machine on this axis, for each of them.
    """

    bins: tuple[Bin, ...]
    places: tuple[Ints, ...]
    sizes: tuple[int, ...]

    def of(self, features: int) -> int:
        """Return which of the partings a table of so many features has: the last there is, if too few."""
        return min(features, len(self.places)) - 1


def _axis(machine: ExplainableBoosting, number: int, feature: CardFeature) -> _Axis:
    """Return the bins of a feature with the machine's numbers of them."""
    partings = [_parting(entry, feature) for entry in machine.bins_[number]]
    if feature.kind in NUMBERS:
        return _number_axis(feature, partings)
    if feature.kind is Kind.BOOLEAN:
        words: list[str | bool] = [False, True]
    else:
        words = sorted({word for parting in partings for word in _listed(parting)})
    ways = dict[tuple[int, ...], list[str | bool]]()
    for word in words:
        ways.setdefault(tuple(parting.find(word) for parting in partings), []).append(word)
    bins = [Bin(values=tuple(found), rows=0, bad=0, woe_nano=0) for found in ways.values()]
    return _made(bins, list(ways), partings)


def _number_axis(feature: CardFeature, partings: Sequence[_Parting]) -> _Axis:
    edges = {end for parting in partings for end in parting.edges() if end in _INT64 and end != _INT64[0]}
    ends = [None, *sorted(edges), None]
    bins = [Bin(low=low, high=high, rows=0, bad=0, woe_nano=0) for low, high in pairwise(ends)]
    bins += [Bin(special=(code,), rows=0, bad=0, woe_nano=0) for code in feature.special]
    firsts = [_INT64[0], *sorted(edges), *feature.special]
    return _made(bins, [tuple(parting.find(value) for parting in partings) for value in firsts], partings)


def _made(bins: list[Bin], places: Sequence[tuple[int, ...]], partings: Sequence[_Parting]) -> _Axis:
    missing = Bin(missing=True, rows=0, bad=0, woe_nano=0)
    by_bin = np.array([*places, (_MISSING,) * len(partings)], dtype=np.int64)
    return _Axis((*bins, missing), tuple(by_bin.T), tuple(parting.size for parting in partings))


def _parting(entry: object, feature: CardFeature) -> _Parting:
    """Return how a table of the machine parts a feature, refusing what its kind cannot be parted by."""
    if isinstance(entry, Mapping):
        return _levels(entry, feature)
    cuts = np.asarray(entry, dtype=np.float64)
    if (
        feature.kind is Kind.TEXT
        or cuts.ndim != 1
        or not np.isfinite(cuts).all()
        or (np.diff(cuts) <= 0).any()
    ):
        raise InputError(
            f"the machine's cuts do not fit {feature.name}",
            got=feature.kind.value,
            expected="ascending numbers",
        )
    return _Cuts(tuple(whole_cut(cut) for cut in cuts.tolist()))


def _levels(entry: Mapping[str, int], feature: CardFeature) -> _Levels:
    numbers = {str(word): int(number) for word, number in entry.items()}
    if feature.kind in NUMBERS and (odd := [word for word in numbers if not _is_whole(word)]):
        raise InputError(
            f"the machine lists what is no whole number of {feature.name}",
            got=odd[:3],
            hint="fit it on whole numbers in the unit of their kind",
        )
    return _Levels(numbers)


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and str(int(text)) == text


def _listed(parting: _Parting) -> Sequence[str]:
    assert isinstance(parting, _Levels), "words are listed"
    return list(parting.numbers)


def _tables(machine: ExplainableBoosting, axes: Sequence[_Axis]) -> AdditiveTables:
    """Return the machine's tables over the axes' bins."""
    mains, pairs = dict[int, Floats](), dict[Pair, Floats]()
    for chosen, scores in zip(machine.term_features_, machine.term_scores_, strict=True):
        numbers = [int(number) for number in chosen]
        grid = _checked_scores(scores, [axes[number] for number in numbers], numbers)
        if len(numbers) == 1:
            mains[numbers[0]] = mains.get(numbers[0], 0.0) + grid
            continue
        one, other = sorted(numbers)
        turned = grid if (one, other) == (numbers[0], numbers[1]) else grid.T
        pairs[one, other] = pairs.get((one, other), 0.0) + turned
    return AdditiveTables(0.0, dict(sorted(mains.items())), dict(sorted(pairs.items())))


def _as_stated(tables: AdditiveTables, encoding: Encoding, codes: Ints) -> AdditiveTables:
    """Return tables that go by the directions stated, if the machine does."""
    steps = [
        held_steps(feature, bins, tables=tables, number=number)
        for number, (feature, bins) in enumerate(zip(encoding.features, encoding.bins, strict=True))
    ]
    found, bent = directed(tables, steps, codes)
    for number, most in bent.items():
        if steps[number].any() and most > _LAST_BITS:
            feature = encoding.features[number]
            raise InputError(
                f"the machine goes against the direction of {feature.name}",
                got=f"by {most:.6f} of log-odds",
                expected=f"badness goes {feature.direction.value} with the value",
                hint="fit it with a monotone constraint, or state no direction",
            )
    return found


def _checked_scores(scores: npt.ArrayLike, axes: Sequence[_Axis], numbers: Sequence[int]) -> Floats:
    """Return the scores of a table by the bins of its axes."""
    found = np.asarray(scores, dtype=np.float64)
    if len(numbers) not in {1, 2} or len(set(numbers)) != len(numbers):
        raise InputError("a card has tables of one feature or two", got=numbers)
    wanted = tuple(axis.sizes[axis.of(len(numbers))] for axis in axes)
    if found.shape != wanted or not np.isfinite(found).all():
        raise InputError(
            "the machine's scores do not fill its bins, or are not finite",
            got=found.shape,
            expected=wanted,
            hint="a machine of two classes, with cuts and scores as they were fitted",
        )
    picked: Floats = found[np.ix_(*(axis.places[axis.of(len(numbers))] for axis in axes))]
    return picked


def _checked_intercept(machine: ExplainableBoosting, features: Sequence[CardFeature]) -> float:
    """Return what every row is given, if the machine reads the features and says log-odds of bad."""
    names, told = [entry.name for entry in features], list(machine.feature_names_in_)
    if names != told:
        raise InputError("the machine reads other features, or in another order", got=names, expected=told)
    if not len(machine.bins_) == len(machine.feature_types_in_) == len(names):
        raise InputError(
            "the machine's bins are not of its features", got=len(machine.bins_), expected=len(names)
        )
    for name, kind, levels in zip(names, machine.feature_types_in_, machine.bins_, strict=True):
        listed = {isinstance(entry, Mapping) for entry in levels}
        if listed != {kind != "continuous"}:
            raise InputError(f"the machine's bins of {name} are not of its type", got=kind)
    intercept = np.atleast_1d(np.asarray(machine.intercept_, dtype=np.float64))
    if machine.link_ != "logit" or intercept.shape != (1,) or not np.isfinite(intercept).all():
        raise InputError(
            "the machine does not say log-odds of two classes",
            got={"link": machine.link_, "intercepts": intercept.tolist()},
        )
    return float(intercept[0])


def _check_sense(log_odds: Floats, bad: Bools) -> None:
    """Refuse a machine that was taught which are good."""
    if log_odds[bad].mean() < log_odds[~bad].mean():
        raise InputError(
            "the machine's log-odds are lower for bads than for goods", hint="its second class must be bad"
        )
