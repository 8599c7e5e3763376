"""Features that know what they should not (信息泄漏探测): named unprompted, each with its evidence.

    1. every column is coded, whatever it holds                               (coding)
    2. what it tells alone is measured on rows it was not learnt from         (telling)
    3. it is asked how its values came to be: missing, digits, groups, id     (recording)
    4. it is asked whether it knows anything but the outcome                  (dependence)
    5. and whether it is another column written again, knowing the outcome    (rewriting)
    6. what is named is set aside, and the rest is asked again until nobody is named: a strong leak
       neither hides a weaker one nor makes an honest feature look odd
    7. of the file as a whole: whether the order of its rows tells, and whether it has rows twice (repeats)

The limits below hold for every table alike; none is taken from a particular one. A strong feature is not
named for being strong: it has to be stronger than a customer's description can be, or bound to nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.intervals import AucInterval, auc_interval
from creditloop.risk.measures.outcomes import Bools, Ints, checked_bad, checked_both_classes
from creditloop.risk.probes.coding import CodedColumn, code_frame, matrix_of
from creditloop.risk.probes.leaks import texts
from creditloop.risk.probes.leaks.dependence import Within, are_bound_up, depend, others_of, rank_within
from creditloop.risk.probes.leaks.recording import (
    Decided,
    Trace,
    decided_groups,
    is_id,
    missing_trace,
    pattern_traces,
)
from creditloop.risk.probes.leaks.repeats import Repeats, find_repeats
from creditloop.risk.probes.leaks.rewriting import Rewriting, find_rewritings, written_again
from creditloop.risk.probes.leaks.texts import LeakEvidence
from creditloop.risk.probes.learning import folds_of, predict_unseen
from creditloop.risk.probes.telling import Telling, rates_unseen, tell

_DECIDES = 0.8
"""A Gini surely above this, of one feature alone, is beyond what describes a customer (AUC 0.9)."""
_SPEAKS = 0.15
"""A Gini, or a gap of shares, surely above this is worth asking where it comes from."""
_REST_TIMES, _REST_GINI = 1.5, 0.5
"""A feature of surely this Gini that tells so many times what all others together tell is out of place."""
_ID_SPEAKS = 0.1
_GROUP_SHARE = 0.1
"""Share of an outcome that a decided group must hold."""
_GROUP_SURE = 0.75
"""Lower end of the interval of the bad rate of a group that is decided to be bad."""
_UNEXPECTED = 0.5
"""A group is decided by its feature alone where the others expect at most half of it."""
_NEVER = 0.1
"""A group is decided to be good where it surely has at most a tenth of the bads that others expect."""
_PATTERN = 0.5
"""A gap, among nearly equal values, from which the outcome decides how half of the values are written."""
_ROWS_EXPECTED_MAX = 200_000
_FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A suspicious feature.

    Attributes:
        auc_alone: cross-validated; auc_others: of all features that are not named, auc_with: with this one
            added to them; None where there is no other feature.
    """

    feature: str
    evidence: tuple[LeakEvidence, ...]
    auc_alone: float
    auc_others: float | None
    auc_with: float | None

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "feature": self.feature,
            "evidence": [each.as_record() for each in self.evidence],
            "auc_alone": self.auc_alone,
            "auc_others": self.auc_others,
            "auc_with": self.auc_with,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A feature with a trace that differs by outcome, too little to name it: worth a look at its source."""

    feature: str
    evidence: LeakEvidence

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"feature": self.feature, "evidence": self.evidence.as_record()}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakReport:
    """What the probe found.

    Attributes:
        leaks: in the order of the columns; `noted` are not leaks.
        row_order: AUC of the rows' own order in the file, either way round; `order_tells` whether it is more
            than a sorted file of honest customers should show. A fact of the file, not of a feature: folds
            must then be shuffled, and a number given out in that order is no feature.
        repeats: rows that stand more than once; that too is a fact of the file.
        columns_bound: whether columns, those that are named aside, are bound up with each other within the
            outcomes; where they are not, knowing only the outcome is no evidence, and a moderate leak cannot
            be told from a feature.
    """

    leaks: tuple[Leak, ...]
    noted: tuple[Noted, ...]
    rows: int
    bad: int
    features: int
    row_order: AucInterval
    order_tells: bool
    repeats: Repeats
    columns_bound: bool
    seed: int

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "leaks": [leak.as_record() for leak in self.leaks],
            "noted": [each.as_record() for each in self.noted],
            "rows": self.rows,
            "bad": self.bad,
            "features": self.features,
            "row_order": self.row_order._asdict(),
            "order_tells": self.order_tells,
            "repeats": self.repeats.as_record(),
            "columns_bound": self.columns_bound,
            "seed": self.seed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The table as the questions read it."""

    columns: tuple[CodedColumn, ...]
    bad: Bools
    fold: Ints
    tellings: tuple[Telling, ...]
    within: Within
    patterns: tuple[Trace | None, ...]
    rewritings: tuple[Rewriting, ...]
    late: Bools | None
    seed: int


def find_leaks(
    *, frame: pl.DataFrame, bad: npt.ArrayLike, seed: int, months: Sequence[object] | None = None
) -> LeakReport:
    """Name features that know the outcome as nobody could at the time of deciding (信息泄漏).

    Args:
        frame: the features, columns of numbers, booleans, dates or texts; the outcome is not among them.
        bad: (n,) of 0/1 or booleans, both occurring.
        seed: >= 0; the same rows and seed give the same report.
        months: (n,) what can be ordered, a month or day of each row: the later half is out of time.
    Raises: InputError for no column, rows that do not fit, one class, a column of lists.
    """
    table = _table(frame, bad, seed, months)
    named: dict[int, list[LeakEvidence]] = {}
    while True:
        left = [place for place in range(frame.width) if place not in named]
        bound = are_bound_up(table.within, left)
        found = {place: evidence for place in left if (evidence := _asked(table, place, left, bound))}
        named |= found
        if not found:
            break
    order = _either_way(auc_interval(score=np.arange(frame.height), bad=table.bad))
    return LeakReport(
        leaks=tuple(_leak(table, place, named[place], left) for place in sorted(named)),
        noted=tuple(
            Noted(feature=table.columns[place].name, evidence=texts.pattern(pattern))
            for place in left
            if (pattern := table.patterns[place]) is not None
        ),
        rows=frame.height,
        bad=int(table.bad.sum()),
        features=frame.width,
        row_order=order,
        order_tells=2 * order.low - 1 >= _SPEAKS,
        repeats=find_repeats(frame=frame, columns=table.columns, bad=table.bad, seed=seed),
        columns_bound=bound,
        seed=seed,
    )


def _table(frame: pl.DataFrame, bad: npt.ArrayLike, seed: int, months: Sequence[object] | None) -> _Table:
    outcomes = checked_both_classes(checked_bad(bad))
    if not frame.width or frame.height != len(outcomes) or seed < 0:
        raise InputError(
            "leaks are sought in columns with as many rows as outcomes, with a seed",
            got=f"{frame.width} columns, {frame.height} rows, {len(outcomes)} outcomes, seed {seed}",
        )
    columns = code_frame(frame=frame, rarer=int(min(outcomes.sum(), (~outcomes).sum())))
    fold = folds_of(groups=outcomes.astype(np.int64), folds=_FOLDS, seed=seed)
    within = rank_within(columns=columns, bad=outcomes, seed=seed)
    return _Table(
        columns=columns,
        bad=outcomes,
        fold=fold,
        tellings=tuple(tell(column=column, bad=outcomes, fold=fold) for column in columns),
        within=within,
        patterns=tuple(_pattern(column, outcomes) for column in columns),
        rewritings=find_rewritings(within),
        late=_late(months, frame.height),
        seed=seed,
    )


def _late(months: Sequence[object] | None, rows: int) -> Bools | None:
    """Return which rows are in the later half of the months."""
    if months is None:
        return None
    ordered = pl.Series(months, strict=False)
    if len(ordered) != rows or ordered.null_count():
        raise InputError("months must stand beside every row", got=len(ordered), expected=rows)
    places = ordered.rank("dense").to_numpy()
    late = places > np.median(places)
    return np.asarray(late) if late.any() else None


def _asked(table: _Table, place: int, left: list[int], bound: bool) -> list[LeakEvidence]:
    """Ask one feature every question, beside the features that are left."""
    column, telling = table.columns[place], table.tellings[place]
    others = others_of(table.within, place, left)
    found = list[LeakEvidence]()
    if telling.gini_low >= _DECIDES:
        found.append(texts.alone(telling))
    if is_id(column=column) and telling.gini_low >= _ID_SPEAKS:
        found.append(texts.id_tells(telling))
    found += _more_than_rest(table, place, others)
    found += _only_outcome(table, place, others) if bound else []
    again = written_again(table.rewritings, left)
    found += [texts.rewritten(again[place])] if place in again else []
    found += _missing(table, place, others)
    found += _decided(table, place, others)
    found += _time_gap(table, place)
    pattern = table.patterns[place]
    if pattern is not None and (found or abs(pattern.gap) >= _PATTERN):
        found.append(texts.pattern(pattern))
    return found


def _pattern(column: CodedColumn, bad: Bools) -> Trace | None:
    """Return the pattern of digits that surely differs by outcome, the widest; None if none does."""
    sure = [trace for trace in pattern_traces(column=column, bad=bad) if trace.surely >= _SPEAKS]
    return max(sure, key=lambda trace: abs(trace.gap), default=None)


def _more_than_rest(table: _Table, place: int, others: list[int]) -> list[LeakEvidence]:
    telling = table.tellings[place]
    single = max((table.tellings[at].gini for at in others), default=0.0)
    if not others or telling.gini_low < max(_REST_GINI, _REST_TIMES * single):
        return []
    rest = _power(table, others)
    tells = telling.gini_low >= _REST_TIMES * (2 * rest - 1)
    return [texts.more_than_rest(telling, rest)] if tells else []


def _only_outcome(table: _Table, place: int, others: list[int]) -> list[LeakEvidence]:
    telling = table.tellings[place]
    if telling.gini_low < _SPEAKS:
        return []
    dependence = depend(
        within=table.within, risky=telling.risky, gini=telling.gini, others=others, seed=table.seed
    )
    if dependence is None or dependence.bound is not False:
        return []
    return [texts.only_outcome(telling, dependence)]


def _missing(table: _Table, place: int, others: list[int]) -> list[LeakEvidence]:
    trace = missing_trace(column=table.columns[place], bad=table.bad)
    if trace.surely < _SPEAKS:
        return []
    strongest = max((_gap_of_values(table, at) for at in others), default=0.0)
    return [texts.missing(trace, strongest)] if trace.surely > strongest else []


def _gap_of_values(table: _Table, place: int) -> float:
    """Return how far a feature's best cut parts bads from goods among rows that have a value."""
    known, risky = ~table.columns[place].missing, table.tellings[place].risky
    if not (known & table.bad).any() or not (known & ~table.bad).any():
        return 0.0
    return abs(float(risky[known & table.bad].mean()) - float(risky[known & ~table.bad].mean()))


def _decided(table: _Table, place: int, others: list[int]) -> list[LeakEvidence]:
    telling = table.tellings[place]
    groups = [
        group
        for rates in (telling.rates, telling.recorded)
        for group in decided_groups(rates=rates, bad=table.bad)
        if group.share >= _GROUP_SHARE and (group.kind == "good" or group.low >= _GROUP_SURE)
    ]
    if not groups or not others:
        return []
    rows = np.arange(len(table.bad))
    if len(rows) > _ROWS_EXPECTED_MAX:
        rows = np.sort(np.random.default_rng(table.seed).permutation(len(rows))[:_ROWS_EXPECTED_MAX])
    asked = tuple(table.columns[at] for at in others)
    expected = predict_unseen(
        matrix=matrix_of(asked, rows), target=table.bad[rows], fold=table.fold[rows], seed=table.seed
    )
    found = dict[str, LeakEvidence]()
    for group in sorted(groups, key=lambda group: group.share):
        mean = float(expected[group.places[rows]].mean())
        if _is_unexpected(group, mean):
            found[group.kind] = texts.decided(group, mean)
    return list(found.values())


def _is_unexpected(group: Decided, expected: float) -> bool:
    if group.kind == "bad":
        return expected <= _UNEXPECTED * group.rate
    return group.high <= _NEVER * expected


def _time_gap(table: _Table, place: int) -> list[LeakEvidence]:
    """Compare what a feature tells in the earlier months with what these teach of the later ones."""
    late = table.late
    if late is None or any(len(np.unique(table.bad[part])) < 2 for part in (late, ~late)):
        return []
    codes, bad = table.columns[place].codes, table.bad
    inside = auc_interval(
        score=-rates_unseen(codes=codes[~late], bad=bad[~late], fold=table.fold[~late]), bad=bad[~late]
    )
    learnt = rates_unseen(codes=codes, bad=bad, fold=late.astype(np.int64))
    outside = auc_interval(score=-learnt[late], bad=bad[late])
    error = float(np.hypot(inside.error, outside.error))
    lost = 2 * (inside.estimate - outside.estimate - 3 * error)
    gone = 2 * outside.estimate - 1 <= (2 * inside.estimate - 1) / 2
    return [texts.time_gap(inside.estimate, outside.estimate, error)] if lost >= _SPEAKS and gone else []


def _power(table: _Table, places: list[int]) -> float:
    """Return the AUC of some features together, on rows not learnt from."""
    rows = table.within.rows
    matrix = matrix_of(tuple(table.columns[at] for at in places), rows)
    expected = predict_unseen(matrix=matrix, target=table.bad[rows], fold=table.fold[rows], seed=table.seed)
    return auc_interval(score=-expected, bad=table.bad[rows]).estimate


def _leak(table: _Table, place: int, evidence: list[LeakEvidence], left: list[int]) -> Leak:
    return Leak(
        feature=table.columns[place].name,
        evidence=tuple(evidence),
        auc_alone=table.tellings[place].auc,
        auc_others=_power(table, left) if left else None,
        auc_with=_power(table, [*left, place]) if left else None,
    )


def _either_way(found: AucInterval) -> AucInterval:
    """Turn an AUC the way it tells."""
    if found.estimate >= 0.5:
        return found
    return AucInterval(1 - found.estimate, found.error, 1 - found.high, 1 - found.low)
