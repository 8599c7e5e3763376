"""A scorecard in use (评分卡): score one case with its working, or a frame, by one program.

The score is the base and the points of one bin a feature, whole numbers, higher is safer; the pd is that of
the score's band. A null takes the points of the feature's missing bin if the card has one, and refers
otherwise; a feature that is absent, not of its kind, or could not be computed always refers. What a feature
cost is told as the points lost to its best bin: that is the reason given, the most costly first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import polars as pl

from creditloop.formula import Input, Program, PythonFunction, State, polars_columns
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.risk.card.parts import DroppedFeature, FittedFeature, ScoreBand
from creditloop.risk.card.programs import PD, SCORE, bin_step, bins_program, points_step
from creditloop.risk.card.settings import FitSettings
from creditloop.risk.card.working import CardPart, Lookup
from creditloop.risk.rules import ReasonCode
from creditloop.risk.verdicts import Cause, refer_reasons

SCORE_STATE = "score_state"
_REFERS_LABEL = "转人工 refers"
_SCORE_AT, _SCORE_STATE_AT, _PD_AT = -4, -3, -2
"""Where the last steps, score and pd, stand among the results of a card's program."""


class BinCount(NamedTuple):
    """Rows of the fit sample (expected) and of another (actual) in one bin."""

    label: str
    expected: int
    actual: int


@dataclass(frozen=True, slots=True)
class CardScore:
    """What a card says of one case.

    Attributes:
        score, pd_nano: None if the case refers.
        state: 0 scored; otherwise the case refers, and this is the worst state met (see `formula.State`).
        parts: of every feature, in the order of the card.
        reasons: what cost points, the most first (of equals in the order of the card), code `CARD_<FEATURE>`;
            if the case refers, why.
    """

    score: int | None
    pd_nano: int | None
    state: int
    parts: tuple[CardPart, ...]
    reasons: tuple[ReasonCode, ...]

    @property
    def refers(self) -> bool:
        """Whether there is no score, and a person must look (转人工)."""
        return self.state != State.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A scorecard as read from its document; made by `read_card`.

    Attributes:
        facts: what it was fitted on and for: data, dates, outcome definition, what the sample is not.
        score_at, odds_at, points_to_double_odds: the scale it was fitted to.
        rows, bad: of the fit sample.
        dropped: features that were offered and are not in it, with the reason.
        bands: of the score, ascending, each with its pd.
        program: what it means; `function` executes it online, `lookups` find what the features did.
    """

    document: Document
    name: str
    product: str
    title_zh: str
    title_en: str
    facts: Mapping[str, object]
    base: int
    score_at: int
    odds_at: int
    points_to_double_odds: int
    rows: int
    bad: int
    settings: FitSettings
    features: tuple[FittedFeature, ...]
    dropped: tuple[DroppedFeature, ...]
    bands: tuple[ScoreBand, ...]
    program: Program
    function: PythonFunction
    lookups: tuple[Lookup, ...]

    @property
    def hash(self) -> str:
        """SHA-256 of the document's text, in hex: the card's version."""
        return self.document.hash

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What it reads."""
        return self.program.inputs

    @property
    def score_least(self) -> int:
        """The lowest score there is."""
        return self.base + sum(min(part.points for part in entry.bins) for entry in self.features)

    @property
    def score_most(self) -> int:
        """The highest score there is."""
        return self.base + sum(max(part.points for part in entry.bins) for entry in self.features)

    def score(self, row: Mapping[str, object]) -> CardScore:
        """Score one case, with its working; the same answer as `score_frame` gives of the row.

        Args:
            row: plain values by feature; other keys are ignored, but `<feature>__state` (see `formula.State`)
                tells how the feature came out: from 4, overflow, its null is not a missing value but refers.
        """
        flat = cast(
            "tuple[int, ...]", self.function.flat(row)
        )  # all states, and values where the state is OK
        failed = [lookup.failed_state(row) for lookup in self.lookups]
        state = max(flat[_SCORE_STATE_AT], *failed)
        if state == State.OK:
            parts = tuple([lookup.part(row[lookup.name]) for lookup in self.lookups])
            return CardScore(flat[_SCORE_AT], flat[_PD_AT], state, parts, self._costs(parts))
        states = [max(one, own) for one, own in zip(failed, flat[1::2], strict=False)]
        parts = tuple(
            lookup.part(row[lookup.name]) if own == State.OK else lookup.no_part(row)
            for lookup, own in zip(self.lookups, states, strict=True)
        )
        why = dict.fromkeys(self._refer_reasons(row, failed, states))
        return CardScore(None, None, state, parts, tuple(why))

    def score_frame(self, frame: pl.DataFrame, *, working: bool = False) -> pl.DataFrame:
        """Score every row of a frame; see `polars_columns` for what its columns may hold.

        Args:
            working: keep the points of every feature, `points_<feature>`, as well.
        Returns: the frame with `score` and `pd_nano` (Int64, null where the case refers) and `score_state`
            (UInt8, 0 is scored). A column `<feature>__state` is heeded as by `score`.
        Raises: InputError if the frame has columns of these names.
        """
        if SCORE_STATE in frame.columns:
            raise InputError("the frame has a column of the card's answer", got=SCORE_STATE)
        computed = polars_columns(self.program, frame)
        names = [entry.feature.name for entry in self.features]
        state = pl.max_horizontal(pl.col(f"{SCORE}__state"), *_told_columns(names, frame))
        kept = [points_step(name) for name in names] if working else []
        return computed.select(
            *frame.columns,
            *kept,
            pl.when(state == State.OK.value).then(pl.col(SCORE)).alias(SCORE),
            pl.when(state == State.OK.value).then(pl.col(PD)).alias(PD),
            state.alias(SCORE_STATE),
        )

    def bin_counts(self, frame: pl.DataFrame) -> dict[str, tuple[BinCount, ...]]:
        """Count a frame's rows by bin beside the fit sample's, for csi; under `score`, by band, for psi.

        Rows that refer stand in a line of their own, which the fit sample has no rows in.

        Raises: InputError if the frame has none of the features.
        """
        read = self._read(frame)
        placed = polars_columns(bins_program(self.features), read)
        found = dict[str, tuple[BinCount, ...]]()
        for entry in self.features:
            own = bin_step(entry.feature.name)
            state = pl.max_horizontal(f"{own}__state", *_told_columns([entry.feature.name], read))
            numbers = placed.select(pl.when(state == State.OK.value).then(pl.col(own))).to_series()
            labels = [(part.label(entry.feature.kind), part.rows) for part in entry.bins]
            found[entry.feature.name] = _counts(numbers, labels)
        scores = self.score_frame(read)[SCORE]
        cuts = [band.high for band in self.bands[:-1]]
        bands = scores.to_frame().select(
            pl.when(pl.col(SCORE).is_not_null()).then(
                pl.sum_horizontal(pl.lit(0), *(pl.col(SCORE) >= cut for cut in cuts))
            )
        )
        return {**found, SCORE: _counts(bands.to_series(), [(band.label, band.rows) for band in self.bands])}

    def _read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return what the card reads of a frame, which may hold its scores already."""
        names = {entry.feature.name for entry in self.features}
        if not names & set(frame.columns):
            raise InputError(
                "the frame has none of the card's features", got=frame.columns, expected=sorted(names)
            )
        return frame.select(name for name in frame.columns if name.removesuffix("__state") in names)

    def _costs(self, parts: Sequence[CardPart]) -> tuple[ReasonCode, ...]:
        """Return the reasons of what cost points, the most first; of equals in the order of the card."""
        lost = [(-(part.points_lost or 0), place) for place, part in enumerate(parts) if part.points_lost]
        return tuple([self.lookups[place].cost for _, place in sorted(lost)])

    def _refer_reasons(
        self, row: Mapping[str, object], failed: Sequence[int], states: Sequence[int]
    ) -> Iterator[ReasonCode]:
        """Give why each feature that has no points has none."""
        for lookup, one, state in zip(self.lookups, failed, states, strict=True):
            name = lookup.name
            if state == State.OK:
                continue
            if state == State.NULL_REFER and row.get(name) is not None:
                code = f"UNSEEN_{name.upper()}"
                yield ReasonCode(
                    code=code, zh=f"{name} 的取值未见过", en=f"a value of {name} not seen before"
                )
                continue
            missing = (name,) if row.get(name) is None and one == State.OK else ()
            broken = (name,) if row.get(name) is not None and one == State.OK else ()
            yield from refer_reasons(Cause(name, state, (name,)), missing=missing, broken=broken)


def _told_columns(names: Sequence[str], frame: pl.DataFrame) -> list[pl.Expr]:
    """Return the states that a frame's columns tell; see `Lookup.failed_state`."""
    told = list[pl.Expr]()
    for name in (f"{name}__state" for name in names):
        if name not in frame.columns:
            continue
        column = pl.col(name) if frame.schema[name].is_integer() else pl.lit(State.BROKEN_INPUT.value)
        state = column.is_between(State.OVERFLOW.value, State.BROKEN_INPUT.value)
        quiet = column.is_between(State.OK.value, State.NULL_REFER.value)
        failed = pl.when(state).then(column).otherwise(pl.lit(State.BROKEN_INPUT.value))
        told.append(pl.when(quiet).then(pl.lit(State.OK.value)).otherwise(failed).cast(pl.UInt8))
    return told


def _counts(numbers: pl.Series, labels: Sequence[tuple[str, int]]) -> tuple[BinCount, ...]:
    """Count rows by the number of their bin; null refers."""
    seen = dict(numbers.value_counts().iter_rows())
    counts = [BinCount(label, rows, seen.get(number, 0)) for number, (label, rows) in enumerate(labels)]
    return (*counts, BinCount(_REFERS_LABEL, 0, numbers.null_count()))
