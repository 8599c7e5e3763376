"""Search values of several numbers (坐标搜索): the whole grid where it is small, else one at a time.

Coordinate search starts at the values in force and at seeded random places of the grid; from each it tries
every value of one number with the others fixed, keeps the best, and goes on until a whole round changes
nothing. It can miss the best place; it never reports one that was not tried.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise, product
from math import prod
from random import Random

from creditloop.kernel.errors import InputError
from creditloop.risk.backtest.plan import Move
from creditloop.risk.backtest.sweep import over_column
from creditloop.risk.backtest.trials import Trial, rank
from creditloop.risk.backtest.trying import Bench

WHOLE, COORDINATE = "whole grid", "coordinate search"
GRID_MAX = 512
"""Largest grid that is tried whole."""
VALUES_MAX = 65
"""Most values of a column tried in a search: evenly over its distinct ones."""
ROUNDS_MAX = 50


def search(bench: Bench, *, progress: Callable[[int], None] | None) -> tuple[str, tuple[Trial, ...]]:
    """Try values of the numbers that may move; return how, and every trial made."""
    grids = {move.parameter: _grid(bench, move) for move in bench.wanted.moves}
    _check_order(bench, grids)

    def tried(values: Mapping[str, int]) -> Trial:
        trial = bench.trial(values)
        if progress is not None:
            progress(len(bench.tried))
        return trial

    tried(bench.current)
    whole = prod(len(grid) for grid in grids.values()) <= GRID_MAX
    if whole:
        for values in product(*grids.values()):
            told = dict(zip(grids, values, strict=True))
            if in_order(told, groups=bench.wanted.ordered):
                tried(told)
    else:
        for start in _starts(bench, grids):
            _descend(bench, grids, start, tried)
    return (WHOLE if whole else COORDINATE), tuple(bench.tried.values())


def in_order(values: Mapping[str, int], *, groups: Iterable[Sequence[str]]) -> bool:
    """Whether the numbers of each group stand in ascending order."""
    return all(values[low] < values[high] for group in groups for low, high in pairwise(group))


def _grid(bench: Bench, move: Move) -> tuple[int, ...]:
    """Return what is tried of a number: the value in force among it."""
    current = bench.current[move.parameter]
    if (written := move.written(current)) is not None:
        return written
    values = over_column(bench, str(move.over)).drop_nulls().unique().sort().to_list()
    last, count = len(values) - 1, min(len(values), VALUES_MAX)
    spread = {values[last * place // max(count - 1, 1)] for place in range(count)}
    return tuple(sorted({*spread, current}))


def _starts(bench: Bench, grids: Mapping[str, tuple[int, ...]]) -> Iterable[dict[str, int]]:
    """Give the places a search starts from: the current values, then random ones that keep the order."""
    yield dict(bench.current)
    random = Random(bench.wanted.seed)
    for _ in range(bench.wanted.restarts):
        values = {name: random.choice(grid) for name, grid in grids.items()}
        for group in bench.wanted.ordered:
            drawn = sorted(values[name] for name in group)
            values |= dict(zip(group, drawn, strict=True))
        if in_order(values, groups=bench.wanted.ordered):
            yield values


def _descend(
    bench: Bench,
    grids: Mapping[str, tuple[int, ...]],
    start: dict[str, int],
    tried: Callable[[Mapping[str, int]], Trial],
) -> None:
    """Improve one number at a time until a round changes nothing."""

    def order(trial: Trial) -> tuple[object, ...]:
        return rank(trial, plan=bench.wanted, current=bench.current, all_rows=bench.cases.height)

    best = tried(start)
    for _ in range(ROUNDS_MAX):
        before = best
        for name, grid in grids.items():
            options = [{**best.values, name: value} for value in grid]
            kept = [values for values in options if in_order(values, groups=bench.wanted.ordered)]
            best = min([best, *map(tried, kept)], key=order)
        if best == before:
            return


def _check_order(bench: Bench, grids: Mapping[str, tuple[int, ...]]) -> None:
    if not in_order(bench.current, groups=bench.wanted.ordered):
        raise InputError(
            "the numbers in force are not in the order the plan asks for",
            got=dict(bench.current),
            expected=[" < ".join(group) for group in bench.wanted.ordered],
            where={"file": bench.plan.document.path},
        )
    if all(len(grid) == 1 for grid in grids.values()):
        raise InputError("there is nothing to try besides the values in force", got=dict(grids))
