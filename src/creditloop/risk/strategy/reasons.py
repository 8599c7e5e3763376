"""Which reasons come first (原因排序), for the letter to the customer and for the person who decides.

1. why the case refers, where it does: the root, so the input that is missing, not what could not be computed
   from it
2. the row that decides the output letters explain (`ranking.output`; else `outcome`, else the last one)
3. the rows that matched in the tables that row reads, in the order of the document
4. the bins of the scorecards it reads, by the points they cost against the best bin, most first
5. the rows that matched elsewhere, in the order of the document
6. what held because no row matched (`otherwise`)

Each code once. A letter gives those of 1 to 4, at most `ranking.most` of them: the bank's choice, with its
source.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from creditloop.formula import State
from creditloop.risk.rules import ReasonCode
from creditloop.risk.strategy.graph import Graph
from creditloop.risk.strategy.outputs import PolicyOutput
from creditloop.risk.strategy.places import Places
from creditloop.risk.strategy.steps import (
    ExpressionStep,
    LimitStep,
    PolicyStep,
    Ranking,
    RowStep,
    ScorecardStep,
    TableStep,
    others_in,
    own_step,
)
from creditloop.risk.tables import HitPolicy
from creditloop.risk.verdicts import CANNOT_EVALUATE, FAILED, broken_reason, missing_reason

OUTCOME = "outcome"
"""The output letters explain where the document does not say which."""
REFERRED, DECIDED, BEHIND, POINTS, ELSEWHERE, NO_ROW = (
    "referred",
    "decided",
    "behind",
    "points",
    "elsewhere",
    "no_row",
)
"""Why a reason is among them, in the order of rank."""
IN_LETTERS = frozenset({REFERRED, DECIDED, BEHIND, POINTS})
"""Those a letter gives: what led to the decision, not what happened to hold besides."""


TableTold = tuple[int, object, Sequence[int], Sequence[object], object]
"""What `working_source` tells of a table: state, mark, what its rules say, values, nearest miss."""


NOTHING: Mapping[str, ReasonCode] = MappingProxyType({})
"""Nothing is known of why inputs are absent."""


class RankedReason(NamedTuple):
    """A reason in its place: of which table or scorecard, which row or part, and why it is there.

    `lost` are the points a scorecard's bin costs against the part's best, else None.
    """

    reason: ReasonCode
    table: str
    row: str
    because: str
    lost: int | None = None


_NOT_BEHIND: tuple[frozenset[int], tuple[ScorecardStep, ...]] = (frozenset(), ())


class _Told(NamedTuple):
    """The reasons a table's rows give, ready made: by because, by ordinal; the last is of otherwise."""

    decided: tuple[RankedReason, ...]
    behind: tuple[RankedReason, ...]
    elsewhere: tuple[RankedReason, ...]


class Ranker:
    """Puts the reasons of a case in order; made once for a policy.

    `explained` is the step of the output letters explain; None where no output is one value.
    """

    def __init__(
        self,
        *,
        places: Places,
        graph: Graph,
        flow: Sequence[PolicyStep],
        outputs: Mapping[str, PolicyOutput],
        ranking: Ranking | None,
    ) -> None:
        self.places = places
        self.graph = graph
        self.tables = [step for step in flow if isinstance(step, TableStep)]
        self.others = others_in(flow)
        self._cards = [step for step in flow if isinstance(step, ScorecardStep)]
        self._told = [
            _Told(*(_of_rows(step, because) for because in (DECIDED, BEHIND, ELSEWHERE)))
            for step in self.tables
        ]
        self._first = [step.table.hit_policy is HitPolicy.FIRST for step in self.tables]
        self.most = ranking.most if ranking is not None else None
        single = {name: output.step for name, output in outputs.items() if output.step is not None}
        name = ranking.output if ranking is not None else OUTCOME
        self.explained = single.get(name, next(reversed(single.values()), None))
        self._deciding = self._find_deciding()
        self._behind: dict[tuple[int, int], tuple[frozenset[int], tuple[ScorecardStep, ...]]] = {}
        self._roots: dict[str, tuple[tuple[str, int], ...]] = {}

    def ranked(
        self,
        flat: Sequence[object],
        tables: Sequence[TableTold | None],
        others: Sequence[int | None],
        refers: bool,
        *,
        row: Mapping[str, object],
        absent: Mapping[str, ReasonCode] = NOTHING,
    ) -> tuple[tuple[RankedReason, ...], tuple[str, str] | None]:
        """Return the reasons in order, and the table and row that decided.

        Args:
            row: what was given; absent: why inputs are not in it, where that is known.
        """
        why = _Referral(self, flat, row, absent).reasons(tables, others) if refers else []
        decided_by, near, elsewhere = None, list[RankedReason](), list[RankedReason]()
        behind, cards = _NOT_BEHIND
        if (decides := self._decided(tables)) is not None:
            at, ordinal = decides
            decided = self._told[at].decided[ordinal]
            why.append(decided)
            decided_by = decided[1:3]
            behind, cards = self._read_by(at, ordinal)
        none = list[RankedReason]()
        for index, told in enumerate(tables):
            if told is None:
                continue
            entries = self._rows(index, told, index in behind)
            if entries and entries[0][3] == NO_ROW:
                none += entries
            else:
                (near if index in behind else elsewhere).extend(entries)
        found: dict[str, RankedReason] = {}
        for entry in (*why, *near, *self._points(flat, cards, others), *elsewhere, *none):
            found.setdefault(entry[0].code, entry)
        return tuple(found.values()), decided_by

    def _decided(self, tables: Sequence[TableTold | None]) -> tuple[int, int] | None:
        """Return which table decides, and its row, the number of rows for otherwise; None where none does."""
        for at in self._deciding:
            told = tables[at]
            if told is not None:
                if told[0] != State.OK or not self._first[at]:
                    return None
                assert isinstance(told[1], int), "a table that decides has a row"
                return at, told[1] - 1 if told[1] else len(self.tables[at].rows)
        return None

    def _rows(self, index: int, told: TableTold, near: bool) -> Sequence[RankedReason]:
        """Return the reasons of the rows of a table that count."""
        entries = self._told[index].behind if near else self._told[index].elsewhere
        if self._first[index]:
            mark = told[1]
            if not isinstance(mark, int):
                return ()
            return (entries[mark - 1],) if mark else entries[-1:]
        found = [entry for entry, says in zip(entries, told[2], strict=False) if says == 1]
        if not found and told[0] == State.OK:
            return entries[-1:]
        return found

    def _points(
        self, flat: Sequence[object], cards: Sequence[ScorecardStep], others: Sequence[int | None]
    ) -> list[RankedReason]:
        """Return the reasons of the bins that cost points, most first; of equals the card's order.

        A card in a branch not taken has cost nothing.
        """
        found = list[tuple[int, RankedReason]]()
        for card in cards:
            if card.path and others[self.others.index(card)] is None:
                continue
            for part in card.parts:
                points = flat[self.places.at(part.step)]
                if not isinstance(points, int) or points >= part.points_best:
                    continue
                lost = part.points_best - points
                reason = part.missing_reason
                if flat[self.places.at(part.reads)] is not None:
                    holding = (each for each in part.bins if flat[self.places.at(each.condition)] is True)
                    reason = next(holding).reason
                if reason is not None:
                    found.append((lost, RankedReason(reason, card.id, part.id, POINTS, lost)))
        return [entry for _, entry in sorted(found, key=lambda pair: -pair[0])]

    def roots(self, step: str) -> tuple[tuple[str, int], ...]:
        """Return the inputs behind a step, not those behind an answer, with the place of their state."""
        if step not in self._roots:
            names = self.graph.roots(step)
            self._roots[step] = tuple((name, self.places.at(name) + 1) for name in names)
        return self._roots[step]

    # what stands behind the row that decides

    def _find_deciding(self) -> list[int]:
        """Return the tables that can give the output letters explain."""
        given = {own: at for at, table in enumerate(self.tables) for own in table.gives.values()}
        if self.explained is None:
            return [len(self.tables) - 1] if self.tables else []
        behind = self.graph.behind([self.explained], until=frozenset(given))
        return list(dict.fromkeys(given[own] for own in behind if own in given))

    def _read_by(self, at: int, row: int) -> tuple[frozenset[int], tuple[ScorecardStep, ...]]:
        """Return the tables and scorecards behind a row of the table that decides."""
        if (at, row) not in self._behind:
            step = self.tables[at]
            rows = [*step.rows, *([step.otherwise] if step.otherwise is not None else [])]
            conditions = [str(each.condition) for each in step.rows[: row + 1]]
            cells = rows[row].cells
            behind = frozenset(self.graph.behind([*conditions, *cells.values()]))
            tables = frozenset(
                index
                for index, table in enumerate(self.tables)
                if index != at and behind & {table.decided, *table.matched, *table.masks}
            )
            self._behind[at, row] = tables, tuple(card for card in self._cards if card.step in behind)
        return self._behind[at, row]


class _Referral:
    """Why one case refers."""

    def __init__(
        self,
        ranker: Ranker,
        flat: Sequence[object],
        row: Mapping[str, object],
        absent: Mapping[str, ReasonCode],
    ) -> None:
        self._ranker = ranker
        self._flat = flat
        self._row = row
        self._absent = absent
        self._names_answers = False

    def reasons(self, tables: Sequence[TableTold | None], others: Sequence[int | None]) -> list[RankedReason]:
        """Return the root reasons in the order of the document; always at least one.

        Where every root is an answer that no step refers for, since it stands in a branch not taken, the
        answer itself is named.
        """
        if not (found := list(self._roots(tables, others))):
            self._names_answers = True
            found = list(self._roots(tables, others))
        return found

    def _roots(
        self, tables: Sequence[TableTold | None], others: Sequence[int | None]
    ) -> Iterator[RankedReason]:
        for other, state in zip(self._ranker.others, others, strict=True):
            if state:
                own = other.name if isinstance(other, LimitStep | ExpressionStep) else other.id
                yield from self._root(own_step(other), state, own, "")
        for step, told in zip(self._ranker.tables, tables, strict=True):
            if told is None or told[0] == State.OK:
                continue
            stopped = self._stopped(step, told)
            for entry in stopped:
                yield from self._root(
                    str(entry.condition), self._state(str(entry.condition)), step.id, entry.row
                )
            if not stopped:
                yield from self._failed_cells(step, told)

    def _stopped(self, step: TableStep, told: TableTold) -> Sequence[RowStep]:
        """Return the rows that could not be evaluated and were needed: none after one that decides."""
        rows = [entry for entry, says in zip(step.rows, told[2], strict=True) if says == 2]
        if step.masks:
            return rows
        return rows[:1] if told[1] is None else ()

    def _failed_cells(self, step: TableStep, told: TableTold) -> Iterator[RankedReason]:
        """Give why the cells of the rows that count have no value."""
        rows = [*step.rows, *([step.otherwise] if step.otherwise is not None else [])]
        matching = [entry for entry, says in zip(rows, told[2], strict=False) if says == 1] or rows[-1:]
        first = step.table.hit_policy is HitPolicy.FIRST
        deciding = [rows[told[1] - 1]] if first and isinstance(told[1], int) else []
        for entry in rows:
            for output in step.table.outputs:
                cell = entry.cells[output.name]
                counted = deciding if first and not output.collect else matching
                if entry in counted and self._ranker.places.holds(cell) and (state := self._state(cell)):
                    yield from self._root(cell, state, step.id, entry.row)

    def _root(self, step: str, state: int, table: str, row: str) -> Iterator[RankedReason]:
        """Give the inputs behind a step that are not there; else what failed; nothing if an answer did."""
        states = [
            (name, own) for name, place in self._ranker.roots(step) if (own := self._flat[place]) != State.OK
        ]
        worst = [(name, own) for name, own in states if own in (State.NULL_REFER, State.BROKEN_INPUT)]
        for name, _ in worst or states:
            yield RankedReason(self._input_reason(name), table, row, REFERRED)
        if state in FAILED:
            yield RankedReason(FAILED[state], table, row, REFERRED)
        elif not states:
            answers = [name for name in self._ranker.graph.answers_of(step) if self._state(name)]
            if not answers:
                yield RankedReason(CANNOT_EVALUATE, table, row, REFERRED)
            for name in answers if self._names_answers else ():
                yield RankedReason(missing_reason(name), table, row, REFERRED)

    def _input_reason(self, name: str) -> ReasonCode:
        if name in self._absent:
            return self._absent[name]
        return missing_reason(name) if self._row.get(name) is None else broken_reason(name)

    def _state(self, step: str) -> int:
        state = self._flat[self._ranker.places.at(step) + 1]
        assert isinstance(state, int), "a state is a number"
        return state


def _of_rows(step: TableStep, because: str) -> tuple[RankedReason, ...]:
    rows = [RankedReason(row.rule.reason, step.id, row.rule.id, because) for row in step.table.rows]
    last = step.table.otherwise
    if last is not None:
        kept = because if because == DECIDED else NO_ROW
        rows.append(RankedReason(last.rule.reason, step.id, last.rule.id, kept))
    return tuple(rows)
