"""What a policy says of one case, and how it came to say it (结论与依据).

What every rule says, what it read, the nearest miss and the order of the reasons are computed when the case
is judged. The verdicts, their wording and the plain record are made of them when they are looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import NamedTuple, cast

from creditloop.formula import Result, State, Value
from creditloop.kernel.errors import UnknownId
from creditloop.risk.rules import ReasonCode
from creditloop.risk.strategy.layout import Layout
from creditloop.risk.strategy.misses import Comparison, comparison
from creditloop.risk.strategy.reasons import IN_LETTERS, REFERRED, RankedReason, TableTold
from creditloop.risk.strategy.steps import (
    ExpressionStep,
    LimitStep,
    ScorecardStep,
    SwitchStep,
    TableStep,
    others_in,
)
from creditloop.risk.strategy.working_source import cells_of, collected
from creditloop.risk.verdicts import Verdict

JudgedValue = Value | tuple[Value, ...]
"""What an output holds: one value, or of an output that collects those of all matched rows."""


class Miss(NamedTuple):
    """The rule of a table that came nearest without matching, and the comparison that failed by most.

    Attributes:
        gap: how far the left side would have to move for the comparison to hold, in its kind's unit: fen,
            billionths, days, else the number itself.
        held: what the left side was.
    """

    table: str
    row: str
    comparison: Comparison
    held: Value
    gap: int

    def as_record(self) -> dict[str, object]:
        """Return the miss as plain data."""
        told = self.comparison
        return {
            "table": self.table,
            "row": self.row,
            "comparison": f"{told.left} {told.sign} {told.right}",
            "kind": told.kind.value,
            "held": self.held,
            "gap": self.gap,
        }


class AskedSource(NamedTuple):
    """A source that was asked: what it cost, and why it did not answer, where it did not."""

    source: str
    cost_fen: int
    failure: str | None


class Judgement:
    """What a policy says of one case (结论与依据); made by `Policy.judge`.

    Attributes:
        given: what the case was judged from.
        refers: whether any part of the policy leaves the case to a person (转人工).
        ranked: the reasons in order; see `reasons`.
        decided_by: table and row that decided the output letters explain; None where it refers.
        asked: the sources asked, in order; empty where nothing is staged.
    """

    def __init__(
        self,
        layout: Layout,
        given: Mapping[str, object],
        flat: tuple[object, ...],
        tables: Sequence[TableTold | None],
        others: Sequence[int | None],
        refers: bool,
        ranked: tuple[RankedReason, ...],
        decided_by: tuple[str, str] | None,
        asked: tuple[AskedSource, ...] = (),
        not_asked: tuple[str, ...] = (),
        most: int | None = None,
    ) -> None:
        self.given = given
        self.refers = refers
        self.ranked = ranked
        self.decided_by = decided_by
        self.asked = asked
        self.not_asked = not_asked
        self._most = most
        self._layout = layout
        self._flat = flat
        self._tables = tables
        self._others = others

    @property
    def cost_fen(self) -> int:
        """What the sources asked have cost together."""
        return sum(source.cost_fen for source in self.asked)

    @property
    def letter_reasons(self) -> tuple[RankedReason, ...]:
        """The reasons a letter to the customer gives, in order, as many as the bank gives at most."""
        return tuple(entry for entry in self.ranked if entry.because in IN_LETTERS)[: self._most]

    @cached_property
    def steps(self) -> Mapping[str, Result]:
        """Every named expression with its value and state, in the order of the document."""
        names = (step.step for step in self._layout.flow if isinstance(step, ExpressionStep))
        return {name: self._result(name) for name in names}

    @cached_property
    def outputs(self) -> Mapping[str, JudgedValue]:
        """The outputs by name; None where they could not be decided."""
        found: dict[str, JudgedValue] = {}
        for name, output in self._layout.outputs.items():
            if output.step is not None:
                found[name] = self._result(output.step).value
            else:
                found[name] = self._collected(str(output.table), name)
        return found

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What every table says, in the order of the document, each with its working."""
        pairs = zip(self._layout.tables, self._tables, strict=True)
        return tuple(self._verdict(step, told) for step, told in pairs)

    @cached_property
    def reasons(self) -> tuple[ReasonCode, ...]:
        """Why parts that are no table refer, then the reasons of all tables reached, in order, each once."""
        told = (reason for verdict in self.verdicts if verdict.reached for reason in verdict.reasons)
        return tuple(dict.fromkeys((*self._parts_referral(), *told)))

    @property
    def referral_reasons(self) -> tuple[ReasonCode, ...]:
        """Why the case refers: of every part that does, in order, each once; none where none does."""
        told = (reason for verdict in self.verdicts if verdict.refers for reason in verdict.reasons)
        return tuple(dict.fromkeys((*self._parts_referral(), *told)))

    def _parts_referral(self) -> Iterator[ReasonCode]:
        """Give the roots of what refers in limits, scorecards, switches and what is handed out."""
        tables = {step.id for step in self._layout.tables}
        for entry in self.ranked:
            if entry.because == REFERRED and entry.table not in tables:
                yield entry.reason

    @cached_property
    def misses(self) -> tuple[Miss, ...]:
        """The nearest miss of each table that has one, nearest first."""
        found = list[tuple[int, Miss]]()
        for step, told in zip(self._layout.tables, self._tables, strict=True):
            if told is not None and isinstance(told[4], tuple):
                distance, row, alternative, leaf, gap = told[4]
                found.append((distance, self._miss(step, row, alternative, leaf, gap)))
        return tuple(miss for _, miss in sorted(found, key=lambda pair: pair[0]))

    @property
    def nearest(self) -> Miss | None:
        """The rule of all tables that came nearest without matching."""
        return self.misses[0] if self.misses else None

    def verdict(self, table: str) -> Verdict:
        """Return the verdict of the table of this id.

        Raises: UnknownId if the policy has no such table.
        """
        for verdict in self.verdicts:
            if verdict.table == table:
                return verdict
        raise UnknownId(
            "the policy has no such table", got=table, expected=[verdict.table for verdict in self.verdicts]
        )

    def values_read(self, table: str) -> Mapping[str, object]:
        """Return what the inputs of a table held when it was decided; None where they held no value.

        Raises: UnknownId if the policy has no such table.
        """
        for step, told in zip(self._layout.tables, self._tables, strict=True):
            if step.id == table:
                return dict(zip(step.reads, told[3], strict=True)) if told is not None else {}
        raise UnknownId("the policy has no such table", got=table)

    def as_record(self) -> dict[str, object]:
        """Return the whole working as plain data, for pages and JSON; dates stay dates."""
        return {
            "version": self._layout.program.hash,
            "refers": self.refers,
            "outputs": {name: _plain(value) for name, value in self.outputs.items()},
            "decided_by": list(self.decided_by) if self.decided_by is not None else None,
            "reasons": [_ranked_record(entry) for entry in self.ranked],
            "letter_reasons": [entry.reason.code for entry in self.letter_reasons],
            "nearest": self.nearest.as_record() if self.nearest is not None else None,
            "steps": {
                name: {"value": result.value, "state": result.state} for name, result in self.steps.items()
            },
            "parts": list(self._part_records()),
            "tables": [self._table_record(verdict) for verdict in self.verdicts],
            "sources": [source._asdict() for source in self.asked],
            "not_asked": list(self.not_asked),
            "cost_fen": self.cost_fen,
        }

    # made when looked at

    def _result(self, step: str) -> Result:
        place = self._layout.places.at(step)
        value, state = self._flat[place], self._flat[place + 1]
        assert isinstance(state, int), "a state is a number"
        return Result(value, state)  # type: ignore[arg-type]  # what a program gives is a Value

    def _collected(self, table: str, output: str) -> JudgedValue:
        step = next(step for step in self._layout.tables if step.id == table)
        told = self._tables[self._layout.tables.index(step)]
        if told is None or told[0] != State.OK:
            return None
        marks = [self._result(mask).value for mask in step.masks]
        cells = cells_of(step, output, self._layout.places)
        found = collected(self._flat, [mark for mark in marks if isinstance(mark, int)], cells)
        return cast("JudgedValue", found)

    def _verdict(self, step: TableStep, told: TableTold | None) -> Verdict:
        inputs = {entry.name for entry in self._layout.inputs}
        known = {
            name: self.given[own] if own in inputs else self._result(own).value
            for name, own in step.given.items()
            if own not in inputs or own in self.given
        }
        failed = [
            name
            for name, own in step.given.items()
            if own not in inputs and self._result(own).state >= State.OVERFLOW
        ]
        made = step.table.verdict(_Named(self, step), known, failed=failed)
        if told is None:
            return replace(
                made, state=State.OK.value, outputs={}, matched=(), referred=(), reasons=(), reached=False
            )
        return made

    def _miss(self, step: TableStep, row: int, alternative: int, leaf: int, gap: int) -> Miss:
        condition = str(step.rows[row].condition)
        found = self._layout.places.misses[condition][alternative][leaf]
        held = self._flat[self._layout.places.of(found.left)]
        told = comparison(self._layout.program, found)
        assert held is None or isinstance(held, int | date), "what is compared is a number or a day"
        return Miss(step.id, step.rows[row].row, told, held, gap)

    def _table_record(self, verdict: Verdict) -> dict[str, object]:
        step = next(step for step in self._layout.tables if step.id == verdict.table)
        miss = next((miss for miss in self.misses if miss.table == verdict.table), None)
        return {
            "table": verdict.table,
            "version": verdict.version,
            "reached": verdict.reached,
            "state": verdict.state,
            "outputs": {name: _plain(value) for name, value in verdict.outputs.items()},
            "matched": list(verdict.matched),
            "referred": list(verdict.referred),
            "missing": list(verdict.missing),
            "broken": list(verdict.broken),
            "reasons": [reason.as_record() for reason in verdict.reasons],
            "nearest": miss.as_record() if miss is not None else None,
            "rows": [
                {
                    "row": told.row,
                    "when": row.rule.when,
                    "match": told.match.value,
                    "state": told.result.state,
                    "decides": told.row in verdict.matched,
                    "values_read": dict(told.values_read),
                    "reason": row.rule.reason.as_record(),
                }
                for row, told in zip(step.table.rows, verdict.working, strict=True)
            ],
        }

    def _part_records(self) -> Iterator[dict[str, object]]:
        """Give the scorecards, limits, switches and what they hand out as plain data."""
        for step, state in zip(others_in(self._layout.flow), self._others, strict=True):
            record: dict[str, object] = {"reached": state is not None, "state": state}
            match step:
                case LimitStep():
                    shown = {
                        "raw": step.raw,
                        "at_least": step.least,
                        "at_most": step.most,
                        "capped": step.capped,
                        "value": step.step,
                    }
                    yield {
                        "limit": step.name,
                        "kind": step.kind.value,
                        **{key: self._result(name).value for key, name in shown.items() if name is not None},
                        "rounded": step.rounded,
                        **record,
                    }
                case ExpressionStep():
                    value = self._result(step.step).value
                    yield {"expression": step.step, "kind": step.kind.value, "value": value, **record}
                case ScorecardStep():
                    yield {
                        "scorecard": step.id,
                        "points": self._result(step.step).value,
                        "base": step.base,
                        **record,
                    }
                    yield from self._points_records(step) if state is not None else ()
                case SwitchStep():
                    ordinal = self._result(step.taken).value
                    names = ["otherwise", *(branch.id for branch in step.branches)]
                    taken = names[ordinal] if isinstance(ordinal, int) else None
                    yield {"switch": step.id, "taken": taken, **record}

    def _points_records(self, step: ScorecardStep) -> Iterator[dict[str, object]]:
        for part in step.parts:
            value = self._result(part.reads).value
            bins = (each for each in part.bins if self._result(each.condition).value is True)
            held = next(bins, None) if value is not None else None
            yield {
                "scorecard": step.id,
                "part": part.id,
                "value": value,
                "bin": held.when if held is not None else None,
                "points": self._result(part.step).value,
                "points_best": part.points_best,
            }


class _Named(Mapping[str, Result]):
    """The results of a table's steps by the names its own program has for them."""

    def __init__(self, judgement: Judgement, step: TableStep) -> None:
        self._judgement = judgement
        self._step = step

    def __getitem__(self, name: str) -> Result:
        own = self._step.names[name]
        if not self._judgement._layout.places.holds(own):
            operations = self._judgement._layout.program.operations
            return Result(operations[self._judgement._layout.places.number(own)].value, State.OK.value)
        return self._judgement._result(own)

    def __iter__(self) -> Iterator[str]:
        return iter(self._step.names)

    def __len__(self) -> int:
        return len(self._step.names)


def _plain(value: JudgedValue) -> object:
    return list(value) if isinstance(value, tuple) else value


def _ranked_record(entry: RankedReason) -> dict[str, object]:
    return {
        **entry.reason.as_record(),
        "table": entry.table,
        "row": entry.row,
        "because": entry.because,
        **({"points_lost": entry.lost} if entry.lost is not None else {}),
    }
