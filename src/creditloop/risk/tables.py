"""Decision tables (决策表): rows of conditions and outputs, lowered to one program.

Hit policy `first`: the first row that matches decides; a row that cannot be evaluated stops the table, it
never falls through to the next. `collect`: every row that matches counts; one that cannot be evaluated
refers the case. An output that cannot be evaluated, or is null, refers it as well.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from creditloop.formula import (
    Input,
    Kind,
    Match,
    Program,
    PythonFunction,
    Result,
    State,
    Value,
    polars_columns,
)
from creditloop.risk.lowering import MASK_ROWS, mask_steps
from creditloop.risk.rules import Rule
from creditloop.risk.verdicts import Cause, RowWorking, Verdict, missing_and_broken, refer_reasons

MATCHED = "matched"
"""The step that tells the matched rows: the ordinal of the first, from 1 (0: none), or the sum of 2^i over
the matched rows i = 0, 1, … of the first 62; those after them are told by `matched_2`, and so on."""
MASK = "mask"
"""The step that tells all rows that match, where a table of hit policy first has outputs that collect."""
Results = Mapping[str, Result]


class HitPolicy(StrEnum):
    """Which of the matching rows count: the first (首次命中), or all (全部命中)."""

    FIRST = "first"
    COLLECT = "collect"


@dataclass(frozen=True, slots=True)
class Output:
    """A typed output of a table.

    Attributes:
        values: if given, the only ones a row may write out.
        collect: whether it holds the values of all rows that match, as a list, also where the first decides.
    """

    name: str
    kind: Kind
    values: tuple[Value, ...] | None = None
    collect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row: its rule, the step of its condition, and the inputs the condition reads."""

    rule: Rule
    step: str
    reads: tuple[str, ...]

    def cell(self, output: str) -> str:
        """The step that gives this row's value of an output."""
        return f"{output}__{self.rule.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable:
    """A checked table; made by `read_table`.

    Attributes:
        otherwise: what holds where no row matches; None if the rows are proven to leave no case.
        program: what the table means; `version` is its hash, `function` executes it online.
    """

    id: str
    hit_policy: HitPolicy
    outputs: tuple[Output, ...]
    rows: tuple[TableRow, ...]
    otherwise: TableRow | None
    program: Program
    function: PythonFunction
    version: str
    where: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs the table reads."""
        return self.program.inputs

    @property
    def masks(self) -> tuple[str, ...]:
        """The steps that tell all rows that match; none where no output collects."""
        if self.hit_policy is HitPolicy.COLLECT:
            return mask_steps(MATCHED, len(self.rows))
        collects = any(output.collect for output in self.outputs)
        return mask_steps(MASK, len(self.rows)) if collects else ()

    @property
    def marks(self) -> tuple[str, ...]:
        """What tells the rows that count: one ordinal, or the masks of a table that collects."""
        return (MATCHED,) if self.hit_policy is HitPolicy.FIRST else self.masks

    def rows_of(self, marks: Sequence[int]) -> tuple[TableRow, ...]:
        """Return the rows that the values of `marks` tell."""
        if self.hit_policy is HitPolicy.FIRST and marks[0]:
            return (self.rows[marks[0] - 1],)
        if any(marks):
            return tuple(
                row for at, row in enumerate(self.rows) if marks[at // MASK_ROWS] & (1 << at % MASK_ROWS)
            )
        assert self.otherwise is not None, "the rows were proven to leave no case"
        return (self.otherwise,)

    def decide(self, row: Mapping[str, object]) -> Verdict:
        """Decide one case, with the full working.

        Args:
            row: plain values by input name: int (fen, nano), str, bool, date, None; other keys are ignored.
        """
        return self.verdict(self.function(row), row)

    def verdict(
        self, results: Results, row: Mapping[str, object], *, failed: Collection[str] = ()
    ) -> Verdict:
        """Say what the results of the table's steps mean for one case.

        Args:
            row: what it was given.
            failed: inputs that are not there because whoever computes them failed: who reads them lacks them,
                and did not fail itself.
        """
        working = tuple(self._working(results, row))
        counted = self._counted(results, working)
        causes = tuple(self._causes(results, working, counted))
        missing, broken = missing_and_broken(self.inputs, row)
        own = (
            cause._replace(state=State.NULL_REFER.value) if set(cause.reads) & set(failed) else cause
            for cause in causes
        )
        why = (reason for cause in own for reason in refer_reasons(cause, missing=missing, broken=broken))
        reasons = dict.fromkeys([*(entry.rule.reason for entry in counted), *why])
        return Verdict(
            table=self.id,
            version=self.version,
            state=max((cause.state for cause in causes), default=State.OK.value),
            outputs={}
            if causes
            else {output.name: self._value(results, output, counted, working) for output in self.outputs},
            matched=tuple(entry.rule.id for entry in counted),
            referred=tuple(dict.fromkeys(cause.row for cause in causes)),
            reasons=tuple(reasons),
            working=working,
            missing=missing,
            broken=broken,
        )

    def decide_frame(self, frame: pl.DataFrame, *, working: bool = False) -> pl.DataFrame:
        """Decide every row of a frame; see `polars_columns` for what its columns may hold.

        Args:
            working: keep the columns of every step (`when_<row>`, `when_<row>__state`, …) as well.
        Returns: the frame with `<table>_matched` (ordinal or mask as in `MATCHED`, null where the condition
            refers), `<table>_row` (hit policy first: the id of the matched row), `<table>_state` (0: decided)
            and the outputs (hit policy collect: lists), null where the case refers.
        """
        computed = polars_columns(self.program, frame)
        state = self._state_column()
        names = [name for step in self.program.steps for name in (step.name, step.state_name)]
        mine = [pl.col(mark).alias(f"{self.id}_{mark}") for mark in self.marks]
        if self.hit_policy is HitPolicy.FIRST:
            mine.append(self.row_column().alias(f"{self.id}_row"))
        mine.append(state.alias(f"{self.id}_state"))
        outputs = [
            pl.when(state == State.OK.value).then(self.output_column(output)).alias(output.name)
            for output in self.outputs
        ]
        kept = (
            [name for name in names if name not in {output.name for output in self.outputs}]
            if working
            else []
        )
        return computed.select(*frame.columns, *kept, *mine, *outputs)

    def row_column(self, named: Callable[[str], str] = str) -> pl.Expr:
        """The id of the row that decides, of a table of hit policy first; null where none does.

        Args:
            named: how a step of the table is called in the frame.
        """
        return pl.coalesce(pl.when(test).then(pl.lit(entry.rule.id)) for test, entry in self._deciding(named))

    def output_column(self, output: Output, named: Callable[[str], str] = str) -> pl.Expr:
        """The values of an output from the columns of the table's steps; a list for one that collects."""
        if not output.collect:
            return pl.col(named(output.name))
        cells = [
            pl.when(test).then(pl.col(named(entry.cell(output.name))))
            for test, entry in self._collecting(named)
        ]
        return pl.concat_list(cells).list.drop_nulls()

    # one case

    def _working(self, results: Results, row: Mapping[str, object]) -> Iterator[RowWorking]:
        for entry in self.rows:
            values = {name: row[name] for name in entry.reads if name in row}
            yield RowWorking(entry.rule.id, results[entry.step], values)

    def _counted(self, results: Results, working: Sequence[RowWorking]) -> tuple[TableRow, ...]:
        """Return the rows that count; a table of hit policy first that stops has none."""
        if self.hit_policy is HitPolicy.COLLECT:
            if not all(results[mask].state == State.OK and results[mask].value == 0 for mask in self.masks):
                return self._matching(working)
        elif results[MATCHED].state != State.OK:
            return ()
        elif results[MATCHED].value != 0:
            return (self.rows[int(str(results[MATCHED].value)) - 1],)
        assert self.otherwise is not None, "the rows were proven to leave no case"
        return (self.otherwise,)

    def _matching(self, working: Sequence[RowWorking]) -> tuple[TableRow, ...]:
        """Return every row that matches."""
        return tuple(
            entry for entry, told in zip(self.rows, working, strict=True) if told.match is Match.MATCHED
        )

    def _collected(self, counted: Sequence[TableRow], working: Sequence[RowWorking]) -> Sequence[TableRow]:
        """Return the rows whose values an output that collects holds."""
        if self.hit_policy is HitPolicy.COLLECT:
            return counted
        return self._matching(working) or counted

    def _causes(
        self, results: Results, working: Sequence[RowWorking], counted: Sequence[TableRow]
    ) -> Iterator[Cause]:
        """Give what makes the case refer: rows that could not be evaluated, then outputs that failed."""
        told_by = (MATCHED, *self.masks) if self.hit_policy is HitPolicy.FIRST else self.masks
        if any(results[step].state != State.OK for step in told_by):
            stopped = [told for told in working if told.match is Match.REFER]
            for told in stopped if self.masks else stopped[:1]:
                yield Cause(told.row, told.result.state, self.program.step(f"when_{told.row}").reads)
            return
        collected = self._collected(counted, working)
        for entry in self.rows if self.otherwise is None else (*self.rows, self.otherwise):
            for output in self.outputs:
                if entry not in (collected if output.collect else counted):
                    continue
                cell = results[entry.cell(output.name)]
                if cell.state != State.OK:
                    reads = self.program.step(entry.cell(output.name)).reads
                    yield Cause(entry.rule.id, max(cell.state, State.NULL_REFER.value), reads)

    def _value(
        self,
        results: Results,
        output: Output,
        counted: Sequence[TableRow],
        working: Sequence[RowWorking],
    ) -> Value | tuple[Value, ...]:
        rows = self._collected(counted, working) if output.collect else counted
        values = tuple(results[entry.cell(output.name)].value for entry in rows)
        return values if output.collect else values[0]

    # a frame

    def _deciding(self, named: Callable[[str], str] = str) -> list[tuple[pl.Expr, TableRow]]:
        """Return each row that can decide, otherwise among them, with the test whether it does."""
        matched = pl.col(named(MATCHED))
        tests = [(matched == ordinal, entry) for ordinal, entry in enumerate(self.rows, start=1)]
        return [*tests, (matched == 0, self.otherwise)] if self.otherwise is not None else tests

    def _collecting(self, named: Callable[[str], str] = str) -> list[tuple[pl.Expr, TableRow]]:
        """Return each row that can be collected from, with the test whether it is."""
        masks = [pl.col(named(mask)) for mask in self.masks]
        tests = [
            (masks[index // MASK_ROWS] & (1 << index % MASK_ROWS) != 0, entry)
            for index, entry in enumerate(self.rows)
        ]
        if self.otherwise is None:
            return tests
        return [*tests, (pl.all_horizontal(mask == 0 for mask in masks), self.otherwise)]

    def _state_column(self) -> pl.Expr:
        """Return the worst state met: of the conditions; if they are there, of each output that counts."""
        first = self.hit_policy is HitPolicy.FIRST
        told = pl.max_horizontal(
            pl.col(f"{step}__state") for step in ((MATCHED,) if first else ()) + self.masks
        )
        states = [_lit(State.OK)]
        for output in self.outputs:
            cells = (
                [(test, entry.cell(output.name)) for test, entry in self._collecting()]
                if output.collect
                else [(pl.lit(True), output.name)]
            )
            for test, cell in cells:
                state = pl.col(f"{cell}__state")
                refers = pl.max_horizontal(state, _lit(State.NULL_REFER))
                states.append(
                    pl.when(test & (state != State.OK.value)).then(refers).otherwise(_lit(State.OK))
                )
        return pl.when(told != State.OK.value).then(told).otherwise(pl.max_horizontal(states))


def _lit(state: State) -> pl.Expr:
    return pl.lit(state.value, pl.UInt8)
