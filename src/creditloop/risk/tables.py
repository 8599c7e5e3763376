"""Decision tables (决策表): rows of conditions and outputs, lowered to one program.

Hit policy `first`: the first row that matches decides; a row that cannot be evaluated stops the table, it
never falls through to the next. `collect`: every row that matches counts; one that cannot be evaluated
refers the case. An output that cannot be evaluated, or is null, refers it as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from creditloop.risk.rules import Rule
from creditloop.risk.verdicts import Cause, RowWorking, Verdict, missing_and_broken, refer_reasons

MATCHED = "matched"
"""The step that tells the matched rows: the ordinal of the first, from 1 (0: none), or the sum of 2^i over
the matched rows i = 0, 1, …"""
Results = Mapping[str, Result]


class HitPolicy(StrEnum):
    """Which of the matching rows count: the first (首次命中), or all (全部命中)."""

    FIRST = "first"
    COLLECT = "collect"


@dataclass(frozen=True, slots=True)
class Output:
    """A typed output of a table; `values`, if given, are the only ones a row may write out."""

    name: str
    kind: Kind
    values: tuple[Value, ...] | None = None


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

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs the table declares."""
        return self.program.inputs

    def decide(self, row: Mapping[str, object]) -> Verdict:
        """Decide one case, with the full working.

        Args:
            row: plain values by input name: int (fen, nano), str, bool, date, None; other keys are ignored.
        """
        results = self.function(row)
        working = tuple(self._working(results, row))
        counted = self._counted(results, working)
        causes = tuple(self._causes(results, working, counted))
        missing, broken = missing_and_broken(self.inputs, row)
        why = (reason for cause in causes for reason in refer_reasons(cause, missing=missing, broken=broken))
        reasons = dict.fromkeys([*(entry.rule.reason for entry in counted), *why])
        return Verdict(
            table=self.id,
            version=self.version,
            state=max((cause.state for cause in causes), default=State.OK.value),
            outputs={}
            if causes
            else {output.name: self._value(results, output, counted) for output in self.outputs},
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
        mine = [pl.col(MATCHED).alias(f"{self.id}_matched"), state.alias(f"{self.id}_state")]
        if self.hit_policy is HitPolicy.FIRST:
            mine.insert(1, self._row_column().alias(f"{self.id}_row"))
        outputs = [
            pl.when(state == State.OK.value).then(self._output_column(output)).alias(output.name)
            for output in self.outputs
        ]
        kept = (
            [name for name in names if name not in {output.name for output in self.outputs}]
            if working
            else []
        )
        return computed.select(*frame.columns, *kept, *mine, *outputs)

    # one case

    def _working(self, results: Results, row: Mapping[str, object]) -> Iterator[RowWorking]:
        for entry in self.rows:
            values = {name: row[name] for name in entry.reads if name in row}
            yield RowWorking(entry.rule.id, results[entry.step], values)

    def _counted(self, results: Results, working: Sequence[RowWorking]) -> tuple[TableRow, ...]:
        """Return the rows that count; a table of hit policy first that stops has none."""
        matched = results[MATCHED]
        if matched.state != State.OK and self.hit_policy is HitPolicy.FIRST:
            return ()
        if matched.value == 0:
            assert self.otherwise is not None, "the rows were proven to leave no case"
            return (self.otherwise,)
        if self.hit_policy is HitPolicy.FIRST:
            return (self.rows[int(str(matched.value)) - 1],)
        return tuple(
            entry for entry, told in zip(self.rows, working, strict=True) if told.match is Match.MATCHED
        )

    def _causes(
        self, results: Results, working: Sequence[RowWorking], counted: Sequence[TableRow]
    ) -> Iterator[Cause]:
        """Give what makes the case refer: rows that could not be evaluated, then outputs that failed."""
        if results[MATCHED].state != State.OK:
            stopped = [told for told in working if told.match is Match.REFER]
            for told in stopped[:1] if self.hit_policy is HitPolicy.FIRST else stopped:
                yield Cause(told.row, told.result.state, self.program.step(f"when_{told.row}").reads)
            return
        for entry in counted:
            for output in self.outputs:
                cell = results[entry.cell(output.name)]
                if cell.state != State.OK:
                    reads = self.program.step(entry.cell(output.name)).reads
                    yield Cause(entry.rule.id, max(cell.state, State.NULL_REFER.value), reads)

    def _value(
        self, results: Results, output: Output, counted: Sequence[TableRow]
    ) -> Value | tuple[Value, ...]:
        values = tuple(results[entry.cell(output.name)].value for entry in counted)
        return values[0] if self.hit_policy is HitPolicy.FIRST else values

    # a frame

    def _chosen(self) -> list[tuple[pl.Expr, TableRow]]:
        """Return each row that can count, otherwise among them, with the test whether it does."""
        matched = pl.col(MATCHED)
        first = self.hit_policy is HitPolicy.FIRST
        tests = [
            (matched == index + 1 if first else matched & (1 << index) != 0, entry)
            for index, entry in enumerate(self.rows)
        ]
        return [*tests, (matched == 0, self.otherwise)] if self.otherwise is not None else tests

    def _state_column(self) -> pl.Expr:
        """Return the worst state met: of the conditions, and of each output that counts (null: it refers)."""
        states = [pl.col(f"{MATCHED}__state")]
        if self.hit_policy is HitPolicy.FIRST:
            cells = [(pl.lit(True), output.name) for output in self.outputs]
        else:
            cells = [
                (test, entry.cell(output.name)) for test, entry in self._chosen() for output in self.outputs
            ]
        for test, cell in cells:
            state = pl.col(f"{cell}__state")
            refers = pl.max_horizontal(state, _lit(State.NULL_REFER))
            states.append(pl.when(test & (state != State.OK.value)).then(refers).otherwise(_lit(State.OK)))
        return pl.max_horizontal(states)

    def _row_column(self) -> pl.Expr:
        return pl.coalesce(pl.when(test).then(pl.lit(entry.rule.id)) for test, entry in self._chosen())

    def _output_column(self, output: Output) -> pl.Expr:
        if self.hit_policy is HitPolicy.FIRST:
            return pl.col(output.name)
        cells = [pl.when(test).then(pl.col(entry.cell(output.name))) for test, entry in self._chosen()]
        return pl.concat_list(cells).list.drop_nulls()


def _lit(state: State) -> pl.Expr:
    return pl.lit(state.value, pl.UInt8)
