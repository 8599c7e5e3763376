"""Check the rows of a table against each other: dead, covered, overlapping, leaving cases open (表内检查)."""

from collections.abc import Iterator, Sequence
from datetime import date

from creditloop.formula import (
    Case,
    Cases,
    Covered,
    Program,
    Regions,
    RowAnalysis,
    Unknown,
    Value,
    described,
    given_values,
)
from creditloop.risk.checking.findings import StrategyFinding, finding
from creditloop.risk.checking.sheets import Line, Sheet

_NAMED_MAX = 5
"""Rules named in one finding."""
_SEVERAL = ", "


def check_sheets(program: Program, sheets: Sequence[Sheet]) -> Iterator[StrategyFinding]:
    """Check every table, card and switch of a strategy."""
    conditions = [line.condition for sheet in sheets for line in sheet.lines]
    required = [number for sheet in sheets for number, _ in sheet.reached]
    numbers = list(dict.fromkeys([*conditions, *required]))
    regions = Regions(program, numbers)
    cases = Cases(regions, numbers)
    for sheet in sheets:
        cases.allow()
        yield from _SheetChecks(program, regions, cases, sheet).findings()


class _SheetChecks:
    """The checks of one sheet."""

    def __init__(self, program: Program, regions: Regions, cases: Cases, sheet: Sheet) -> None:
        self._program = program
        self._sheet = sheet
        self._lines = sheet.lines
        conditions = [line.condition for line in sheet.lines]
        self._cases = cases
        self._rows = RowAnalysis(regions, conditions, cases=cases, reached=sheet.reached)
        self._reads = {step.number: step.reads for step in program.steps}
        self._dead = {row for row in range(len(self._lines)) if self._rows.never_matches(row)}

    def findings(self) -> Iterator[StrategyFinding]:
        for row, line in enumerate(self._lines):
            yield from self._of_condition(row, line)
            if self._sheet.first and row not in self._dead:
                yield from self._of_order(row, line)
        yield from self._of_gaps()
        if self._sheet.first and self._sheet.what == "table":
            yield from self._of_overlaps()
            yield from self._of_nulls()
        yield from self._of_values()
        if self._cases.ran_out:
            yield self._not_proven(None, "是否已找到全部实例", "whether every case to show was found")

    def _finding(
        self,
        code: str,
        line: Line | None,
        *,
        case: Case | None = None,
        lines: Sequence[Line] = (),
        **words: object,
    ) -> StrategyFinding:
        """Word a finding; of a case, what the conditions of these lines read: the rest may be anything."""
        read = {name for each in lines for name in self._reads[each.condition]}
        witness = {name: value for name, value in case.items() if name in read} if case is not None else None
        where = line.where if line is not None else self._sheet.where
        rule = line.id if line is not None else None
        return finding(code, where=where, table=self._sheet.id, rule=rule, witness=witness, **words)

    def _not_proven(self, line: Line | None, what_zh: str, what_en: str) -> StrategyFinding:
        name = f"{self._sheet.id}.{line.id}" if line is not None else self._sheet.id
        too_many = line is not None and self._lines.index(line) in self._rows.unknown
        return self._finding(
            "not_proven",
            line,
            what_zh=f"{name} {what_zh}",
            what_en=f"{name}: {what_en}",
            why_zh="条件分支过多" if too_many else "超出计算预算",
            why_en="the condition has too many alternatives" if too_many else "the budget was used up",
        )

    # one row

    def _of_condition(self, row: int, line: Line) -> Iterator[StrategyFinding]:
        if row in self._rows.unknown:
            yield self._not_proven(line, "的条件是否可能成立", "whether its condition can hold")
            return
        parts = [
            (described(self._program, number), holds) for number, holds in self._rows.constant_parts(row)
        ]
        if row in self._dead:
            why = _SEVERAL.join(text for text, holds in parts if not holds)
            yield self._finding(
                "never_true",
                line,
                why_zh=f"“{why}”永远不成立" if why else "各部分互相矛盾，或超出声明的取值与范围",
                why_en=f"`{why}` never holds"
                if why
                else "its parts contradict each other or the declared values",
            )
        elif self._rows.always_matches(row):
            yield self._finding("always_true" if self._sheet.first else "always_collected", line)
        else:
            for text, holds in parts:
                yield self._finding(
                    "constant_part",
                    line,
                    part=text,
                    how_zh="恒成立" if holds else "永远不成立",
                    how_en="always holds" if holds else "never holds",
                )

    def _of_order(self, row: int, line: Line) -> Iterator[StrategyFinding]:
        if row in self._rows.unknown:
            return
        covered = self._rows.covered(row)
        if covered is Unknown.UNKNOWN:
            yield self._not_proven(line, "是否轮得到", "whether it can decide")
        elif isinstance(covered, Covered) and self._sheet.what == "switch":
            yield self._finding("branch_unreachable", line)
        elif isinstance(covered, Covered):
            yield self._finding(
                "unreachable",
                line,
                rules=self._named(covered.rows),
                how_zh="其中有空值须转人工" if covered.by_null else "均已命中",
                how_en="one of them refers on a null" if covered.by_null else "they match",
            )

    # all rows

    def _of_gaps(self) -> Iterator[StrategyFinding]:
        answered = self._sheet.answered or self._sheet.otherwise is not None
        gap = self._rows.gap()
        if gap is Unknown.UNKNOWN:
            if not answered:
                yield self._not_proven(None, "是否有无人应答的情形", "whether it leaves a case open")
        elif gap is None:
            if self._sheet.otherwise is not None:
                yield self._finding("otherwise_unreachable", None)
        elif not answered and not isinstance(gap, Unknown):
            code = "gap" if gap.case is not None else "possible_gap"
            yield self._finding(code, None, case=gap.case, lines=self._lines)

    def _of_overlaps(self) -> Iterator[StrategyFinding]:
        for row, line in enumerate(self._lines):
            differing = [other for other in range(row) if self._lines[other].cells != line.cells]
            overlap = self._rows.overlap(row, differing) if differing else None
            if overlap is None:
                continue
            other = self._lines[overlap.row].id
            if overlap.case is None:
                yield self._finding("possible_overlap", line, other=other)
                continue
            yield self._finding(
                "overlap",
                line,
                case=overlap.case,
                lines=(line, self._lines[overlap.row]),
                count=overlap.count,
                other=other,
                how_zh="前者完全在其内" if overlap.within else "部分重叠",
                how_en="which lies within it" if overlap.within else "in part",
            )

    def _of_nulls(self) -> Iterator[StrategyFinding]:
        for stop in self._rows.null_stops():
            line = self._lines[stop.row]
            asked = self._lines[: stop.row + 1]
            inputs = _SEVERAL.join(stop.inputs)
            yield self._finding("null_stops", line, case=stop.case, lines=asked, inputs=inputs)

    def _of_values(self) -> Iterator[StrategyFinding]:
        for output in self._sheet.outputs:
            cells = [line.cells[output.name] for row, line in enumerate(self._lines) if row not in self._dead]
            if self._sheet.otherwise is not None:
                cells.append(self._sheet.otherwise.cells[output.name])
            sets = [given_values(self._program.operations, cell) for cell in cells]
            known = [values for values in sets if values is not None]
            given = frozenset[Value]().union(*known)
            if len(known) < len(sets):
                continue
            if not given:
                yield self._finding("output_never_given", None, name=output.name)
            elif missing := [value for value in output.values or () if _plain(value) not in given]:
                yield self._finding(
                    "value_never_given", None, name=output.name, values=_SEVERAL.join(map(str, missing))
                )

    def _named(self, rows: Sequence[int]) -> str:
        names = [self._lines[row].id for row in rows[:_NAMED_MAX]]
        return _SEVERAL.join([*names, *(["…"] if len(rows) > _NAMED_MAX else [])])


def _plain(value: Value) -> Value:
    return value.toordinal() if isinstance(value, date) else value
