"""Window features of one party: a generated function that goes through its events once (在线计算).

Only what is asked for is computed. The function is plain Python on lists of cells, as the queries of `cells`
make them, and what it adds, compares and divides are integers: its answers are those of `bulk`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from creditloop.data.windows.cells import cell_numbers
from creditloop.data.windows.definitions import (
    Aggregate,
    Band,
    Dimension,
    EventTable,
    Quantity,
    Unit,
    WindowFeature,
)
from creditloop.data.windows.grids import Grid, grid_of_each, grids_for
from creditloop.data.windows.integers import (
    deviation_nano,
    entropy_nano,
    latest,
    longest,
    measure_of,
    ratio_nano,
    since,
)
from creditloop.data.windows.limits import LATEST_AGES, LATEST_STEP, LATEST_ZERO, check_asked, check_size
from creditloop.kernel.money import divide_half_away

Event = Sequence[object]
"""Values of `EventTable.columns`, in that order."""
_CALLS: Mapping[str, object] = {
    "check_size": check_size,
    "deviation_nano": deviation_nano,
    "divide_half_away": divide_half_away,
    "entropy_nano": entropy_nano,
    "latest": latest,
    "longest": longest,
    "measure_of": measure_of,
    "ratio_nano": ratio_nano,
    "since": since,
}
_TEXTS: Mapping[Aggregate, str] = {
    Aggregate.COUNT: "{n}",
    Aggregate.DISTINCT: "{n}",
    Aggregate.SUM: "{sum_of} if {n_of} or not {n} else None",  # where every event has it: `_told_of_sums`
    Aggregate.MEAN: "divide_half_away({sum_of}, {n_of}) if {n_of} else None",
    Aggregate.MAX: "{max_of} if {max_of} != LEAST else None",
    Aggregate.MIN: "{min_of} if {min_of} != MOST else None",
    Aggregate.LATEST: "measure_of({latest_of}) if {latest_of} != LEAST else None",
    Aggregate.DAYS_SINCE_LAST: "{last} if {last} != MOST else None",
    Aggregate.DAYS_SINCE_FIRST: "{first} if {first} != LEAST else None",
    Aggregate.ENTROPY: "entropy_nano({parts})",
    Aggregate.MONTHS_ACTIVE: "sum(n > 0 for n in {monthly_n})",
    Aggregate.LONGEST_RUN: "longest(n > 0 for n in {monthly_n})",
    Aggregate.LONGEST_SILENCE: "longest(n == 0 for n in {monthly_n})",
    Aggregate.LATEST_RUN: "latest(n > 0 for n in {monthly_n})",
    Aggregate.MONTHS_SINCE_LAST: "since(n > 0 for n in {monthly_n})",
    Aggregate.DEVIATION: "deviation_nano({monthly_sum_of})",
}
"""What a quantity is of the cells' numbers: upto its window, or month by month; `_of` is its measure."""
_AGE = {Unit.DAY: "age", Unit.MONTH: "months"}
_BEGIN = {
    "n": "0",
    "sum": "0",
    "max": "LEAST",
    "min": "MOST",
    "latest": "LEAST",
    "last": "MOST",
    "first": "LEAST",
}
_ENDS = {"LEAST": -(2**63), "MOST": 2**63 - 1}
_JOINED = {"n": "+", "sum": "+", "max": "max", "min": "min", "latest": "max", "last": "min", "first": "max"}


@dataclass(frozen=True, slots=True)
class WindowFunction:
    """The features of one party as a function of its events.

    Attributes:
        source: the Python it runs.
        evaluate: (events, as_of) to the values of the features, in order. Events of later days, known
            later, or corrected by the day, are passed over.
    """

    source: str
    evaluate: Callable[[Sequence[Event], date], tuple[int | None, ...]]


def window_function(*, table: EventTable, features: Sequence[WindowFeature]) -> WindowFunction:
    """Generate the function of these features.

    Returns: see `WindowFunction`; evaluating raises InputError for a measure too large to be added up.
    Raises: InputError if no feature is asked for.
    """
    check_asked(features)
    source, names = _Source(table, features).written()
    space = {**names, **_CALLS, **_ENDS}
    exec(compile(source, "<window features>", "exec"), space)  # our own source; texts are in `names` only
    return WindowFunction(source, space["evaluate"])  # type: ignore[arg-type]  # defined by the source


class _Source:
    """Writes the function, line by line."""

    def __init__(self, table: EventTable, features: Sequence[WindowFeature]) -> None:
        self._table, self._features = table, features
        quantities = list(dict.fromkeys(one for feature in features for one in feature.quantities))
        self._quantities = quantities
        self._grids = grids_for(quantities, table)
        self._grid_of = grid_of_each(quantities, self._grids)
        self._names: dict[str, object] = {}
        self._cell_of: dict[tuple[int, str], dict[str | None, int]] = {}
        self._lines: list[str] = []
        self._running: dict[tuple[int, str, tuple[tuple[str, str], ...]], list[str]] = {}
        self._indent = ""

    def written(self) -> tuple[str, dict[str, object]]:
        """Return the source and the tables it reads."""
        columns = ", ".join(f"c{n}" for n in range(len(self._table.columns)))
        self._write("def evaluate(events, as_of):")
        self._write("    today, this_month = as_of.toordinal(), 12 * as_of.year + as_of.month")
        for index, grid in enumerate(self._grids):
            self._begin(index, grid)
        self._write(f"    for {columns}, in events:")
        day, known = self._column(self._table.day), self._column(self._table.known_at)
        self._write(f"        age = today - {day}.toordinal()")
        self._write(f"        if age < 0 or {known} > as_of: continue")
        if self._table.superseded:
            superseded = self._column(self._table.superseded)
            self._write(f"        if {superseded} is not None and {superseded} <= as_of: continue")
        if any(grid.unit is Unit.MONTH for grid in self._grids):
            self._write(f"        months = this_month - 12 * {day}.year - {day}.month")
        for measure in {name: None for grid in self._grids for name in grid.measures}:
            column = self._column(self._table.measure(measure).column)
            self._write(f"        if {column} is not None: check_size({column}, {measure!r})")
        for index, grid in enumerate(self._grids):
            self._seen(index, grid)
        for index, grid in enumerate(self._grids):
            if grid.distinct is not None:
                counted = _cells_of(index, "n")
                self._write(f"    for (cell, _), bucket in s{index}.items(): {counted}[cell + bucket] += 1")
            for measure in _counted(grid):
                self._count(index, measure)
        self._roll_up()
        return "\n".join(self._lines) + "\n", self._names

    def _write(self, line: str) -> None:
        self._lines.append(self._indent + line)

    def _column(self, name: str) -> str:
        return f"c{self._table.columns.index(name)}"

    # the events

    def _begin(self, index: int, grid: Grid) -> None:
        cells = 1
        for size in grid.shape(self._table):
            cells *= size
        for name, _ in cell_numbers(grid):
            if not name.startswith("n_"):
                self._write(f"    {_cells_of(index, name)} = [{_BEGIN[name.split('_')[0]]}] * {cells}")
        for measure in _counted(grid):
            self._write(f"    {_untold(index, measure)} = []")
        if grid.distinct is not None:
            self._write(f"    s{index} = {{}}")
        buckets = [next(n for n, end in enumerate(grid.ends) if age < end) for age in range(grid.ends[-1])]
        self._names[f"BUCKET{index}"] = buckets
        step = len(grid.ends)
        for name in reversed(grid.dimensions):
            dimension = self._table.dimension(name)
            places: dict[str | None, int] = {value: n * step for n, value in enumerate(dimension.values)}
            places[None] = self._names[f"OTHER{index}_{name}"] = len(dimension.values) * step
            self._cell_of[index, name] = places
            self._names[f"CODE{index}_{name}"] = {
                code: places[value] for code, value in dimension.codes.items()
            }
            step *= len(places)

    def _seen(self, index: int, grid: Grid) -> None:
        """Write what an event adds to the cells of a grid."""
        age = _AGE[grid.unit]
        cut = [self._place(index, self._table.dimension(name)) for name in grid.dimensions]
        self._write(f"        if {age} < {grid.ends[-1]}:")
        bucket = f"BUCKET{index}[{age}]"
        if grid.distinct is not None:
            column = self._column(self._table.identifier(grid.distinct).column)
            self._write(f"            if {column} is not None:")
            self._write(f"                key, bucket = ({' + '.join(cut) or '0'}, {column}), {bucket}")
            seen, never = f"s{index}", len(grid.ends)
            self._write(f"                if {seen}.get(key, {never}) > bucket: {seen}[key] = bucket")
            return
        self._write(f"            cell = {' + '.join([bucket, *cut])}")
        numbers = [number.partition("_") for number, _ in cell_numbers(grid)]
        for kind in (kind for kind, _, measure in numbers if not measure):
            self._write(f"            {self._added(kind, '', _cells_of(index, kind))}")
        for measure in dict.fromkeys(measure for _, _, measure in numbers if measure):
            column = self._column(self._table.measure(measure).column)
            self._write(f"            if {column} is not None:")
            for kind in (kind for kind, _, own in numbers if own == measure and kind != "n"):
                cells = _cells_of(index, f"{kind}_{measure}")
                self._write(f"                {self._added(kind, column, cells)}")
            if measure in _counted(grid):
                self._write(f"            else: {_untold(index, measure)}.append(cell)")

    def _count(self, index: int, measure: str) -> None:
        """Write how many events of each cell have a measure: mostly all of them."""
        there, untold = _cells_of(index, f"n_{measure}"), _untold(index, measure)
        self._write(f"    {there} = {_cells_of(index, 'n')}")
        self._write(f"    if {untold}:")
        self._write(f"        {there} = {there}[:]")
        self._write(f"        for cell in {untold}: {there}[cell] -= 1")

    def _place(self, index: int, dimension: Dimension) -> str:
        """Return the text of where an event is along a dimension of a grid."""
        column, cells = self._column(dimension.column), self._cell_of[index, dimension.name]
        if not dimension.bands:
            return f"CODE{index}_{dimension.name}.get({column}, OTHER{index}_{dimension.name})"
        tests = "".join(
            f"{cells[value]} if {_inside(column, band)} else " for value, band in dimension.bands.items()
        )
        return f"({cells[None]} if {column} is None else {tests}{cells[None]})"

    def _added(self, kind: str, column: str, cells: str) -> str:
        """Return what adds an event to a number of its cell; of a measure there is a value."""
        if kind == "n":
            return f"{cells}[cell] += 1"
        if kind == "sum":
            return f"{cells}[cell] += {column}"
        if kind == "latest":
            newest = f"({LATEST_AGES} - age) * {LATEST_STEP} + {LATEST_ZERO} + {column}"
            return f"{cells}[cell] = max({cells}[cell], {newest})"
        sign, value = ("<" if kind in {"last", "min"} else ">"), column or "age"
        return f"if {value} {sign} {cells}[cell]: {cells}[cell] = {value}"

    # the answer

    def _roll_up(self) -> None:
        told = {quantity: f"q{n}" for n, quantity in enumerate(self._quantities)}
        sums = dict[tuple[int, str], dict[Quantity, str]]()
        for quantity, name in told.items():
            if quantity.aggregate is Aggregate.SUM:
                sums.setdefault((self._grid_of[quantity], str(quantity.of)), {})[quantity] = name
            else:
                self._told(quantity, name)
        for (index, measure), own in sums.items():
            self._told_of_sums(index, measure, own)
        answers = []
        for feature in self._features:
            one, *other = (told[quantity] for quantity in feature.quantities)
            if other:
                by = other[0]
                one = f"ratio_nano({one}, {by}) if {one} is not None and {by} is not None else None"
            answers.append(one)
        self._write(f"    return ({', '.join(answers)},)")

    def _told(self, quantity: Quantity, name: str) -> None:
        """Write what computes a quantity."""
        text = _TEXTS[quantity.aggregate].format_map(_Parts(self, quantity))
        self._write(f"    {name} = {text}")

    def _told_of_sums(self, index: int, measure: str, sums: Mapping[Quantity, str]) -> None:
        """Write what computes sums; where every event has the measure, as mostly, none is counted."""
        told = {name: self.value_of("sum_of", quantity) for quantity, name in sums.items()}
        for quantity in sums:
            self.value_of("n", quantity)
        self._write(f"    if not {_untold(index, measure)}:")
        for name, text in told.items():
            self._write(f"        {name} = {text}")
        self._write("    else:")
        self._indent = "    "
        for quantity, name in sums.items():
            self._told(quantity, name)
        self._indent = ""

    def value_of(self, part: str, quantity: Quantity) -> str:
        """Write what a part of `_TEXTS` stands for; return its text."""
        index, where = self._grid_of[quantity], quantity.where
        bucket = self._grids[index].ends.index(quantity.window.size)
        number = part.removeprefix("monthly_").replace("_of", f"_{quantity.of}")
        if part.startswith("monthly_"):
            months = (self._cells(index, number, where, month) for month in range(bucket + 1))
            return f"({', '.join(months)},)"
        if part == "parts":
            listed = self._table.dimension(str(quantity.of)).values
            cuts = ((*where, (str(quantity.of), value)) for value in listed)
            parts = [self._run(index, "n", cut)[bucket] for cut in cuts]
            return f"({', '.join(parts)}, {self._run(index, 'n', where)[bucket]} - {' - '.join(parts)})"
        return self._run(index, number, where)[bucket]

    def _run(self, index: int, number: str, where: tuple[tuple[str, str], ...]) -> list[str]:
        """Write a number of the cells that match, running along the buckets; return the names by bucket."""
        key = (index, number, where)
        if key not in self._running:
            name = f"r{len(self._running)}"
            found: list[str] = []
            for bucket in range(len(self._grids[index].ends)):
                before = found[-1:]
                self._write(f"    {name}_{bucket} = {self._cells(index, number, where, bucket, *before)}")
                found.append(f"{name}_{bucket}")
            self._running[key] = found
        return self._running[key]

    def _cells(
        self, index: int, number: str, where: tuple[tuple[str, str], ...], bucket: int, *before: str
    ) -> str:
        """Return the text that joins the cells of a bucket, and what came before."""
        wanted = dict(where)
        known = {name: self._cell_of[index, name] for name in self._grids[index].dimensions}
        places = ([own[wanted[name]]] if name in wanted else own.values() for name, own in known.items())
        parts = [*before, *(f"{_cells_of(index, number)}[{bucket + sum(cut)}]" for cut in product(*places))]
        joined = _JOINED[number.split("_", maxsplit=1)[0]]
        if len(parts) == 1:
            return parts[0]
        return " + ".join(parts) if joined == "+" else f"{joined}({', '.join(parts)})"


def _inside(column: str, band: Band) -> str:
    least = [f"{column} >= {band.least}"] if band.least is not None else []
    most = [f"{column} <= {band.most}"] if band.most is not None else []
    return " and ".join(least + most)


def _cells_of(index: int, number: str) -> str:
    """Return the name of the list that holds a number of a grid's cells."""
    return f"g{index}_{number}"


def _untold(index: int, measure: str) -> str:
    """Return the name of the list of the cells of events that do not have a measure."""
    return f"u{index}_{measure}"


def _counted(grid: Grid) -> list[str]:
    """Return the measures of which a grid asks how many events have them."""
    return [number.removeprefix("n_") for number, _ in cell_numbers(grid) if number.startswith("n_")]


class _Parts(dict[str, str]):
    """The parts of a quantity's text, written when they are asked for."""

    def __init__(self, source: _Source, quantity: Quantity) -> None:
        self._source, self._quantity = source, quantity

    def __missing__(self, part: str) -> str:
        return self._source.value_of(part, self._quantity)
