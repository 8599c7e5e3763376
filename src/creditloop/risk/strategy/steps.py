"""What a strategy document is made of, as read: its steps, its lists, its sources (策略文件的组成).

Every step knows the names its parts have in the one program the document is lowered to, so that who executes
the program can find them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from creditloop.formula import Kind, ListOfValues, Value
from creditloop.kernel.documents import Document, Source
from creditloop.risk.rules import ReasonCode, Wording
from creditloop.risk.tables import DecisionTable

DECIDED_WHEN = "strategy__decided_when"
"""The step that tells whether the case is decided, so that no further source is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The days a document holds for: from `since`, up to but not on `until`."""

    since: date
    until: date | None

    def holds(self, on: date) -> bool:
        """Whether the document is in force on a day."""
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDetail:
    """What a document says of an input besides its kind: the source that gives it, where it stands there."""

    source: str | None
    path: str | None
    meaning: Wording | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedSource:
    """A source that is asked only while the case is undecided (分步取数); `cost_fen` is of one question."""

    name: str
    title: Wording
    cost_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """A value on a list, since when and up to which day it is, why, and who says so."""

    value: Value
    since: date
    until: date | None
    reason: str
    source: Source
    where: Mapping[str, object] = field(default_factory=dict, compare=False)

    def holds(self, on: date) -> bool:
        """Whether the entry is in force on a day."""
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedList:
    """A list (名单) with all its entries; `listed` holds those in force."""

    name: str
    title: Wording
    entries: tuple[ListEntry, ...]
    listed: ListOfValues
    where: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return self.listed.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Which output a letter explains, and how many reasons it gives at most (None: all)."""

    output: str
    most: int | None
    source: Source | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRule:
    """A row of a table, as it is known over versions.

    Attributes:
        id: `<table>.<row>`.
        condition_step: the step of the program that is its condition.
        reads: the inputs of the program its condition can depend on.
        ordinal: from 1, over the whole document.
    """

    id: str
    table: str
    row: str
    condition_step: str
    when: str
    reason: ReasonCode
    reads: tuple[str, ...]
    ordinal: int
    where: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionStep:
    """A named expression.

    Attributes:
        step: its name in the program, and how people know it.
        path: the switches it stands in; see `TableStep.path`.
        handed_out: whether a switch or a sub-strategy hands it out as an output, and it can fail.
    """

    name: str
    kind: Kind
    value: str
    meaning: Wording
    step: str
    path: tuple[tuple[str, int], ...] = ()
    handed_out: bool = False
    where: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStep:
    """A row in the program: the step of its condition, and of its cell for each output."""

    row: str
    condition: str | None
    cells: Mapping[str, str]
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStep:
    """A decision table in the program.

    Attributes:
        id: of the table, in a sub-strategy with that one's id before it.
        names: how a step of the table's own program is called in the document's.
        decided: the step whose state tells whether the table decides.
        gives: the step of each output that is one value.
        given: what each of its inputs stands for in the program: an input, or a step; `reads` is the same
            as its conditions read it, with the table's own policy of nulls.
        path: the switches it stands in: (step that tells the branch taken, ordinal of its branch).
    """

    id: str
    table: DecisionTable
    rows: tuple[RowStep, ...]
    otherwise: RowStep | None
    names: Mapping[str, str]
    decided: str
    gives: Mapping[str, str]
    given: Mapping[str, str]
    reads: Mapping[str, str]
    path: tuple[tuple[str, int], ...]
    where: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def matched(self) -> tuple[str, ...]:
        """The steps that tell which rows count: one ordinal, or the masks of a table that collects."""
        return tuple(self.names[mark] for mark in self.table.marks)

    @property
    def masks(self) -> tuple[str, ...]:
        """The steps that tell all rows that match, where an output collects."""
        return tuple(self.names[mask] for mask in self.table.masks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardBin:
    """A bin: what the value must be, the points it gives, and why they are few."""

    when: str
    points: int
    reason: ReasonCode | None
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardPart:
    """The bins of one value; `missing` are the points of a null, None where a null refers."""

    id: str
    reads: str
    bins: tuple[ScorecardBin, ...]
    missing: int | None
    missing_reason: ReasonCode | None
    step: str

    @property
    def points_best(self) -> int:
        """The most points the part can give."""
        return max(each.points for each in self.bins)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardStep:
    """A scorecard written out (评分卡): base points and parts; `step` gives their sum."""

    id: str
    base: int
    output: str
    parts: tuple[ScorecardPart, ...]
    step: str
    path: tuple[tuple[str, int], ...]
    where: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitStep:
    """An amount or a rate with caps and a step (额度、利率公式).

    Attributes:
        raw, least, most, capped, step: the steps of the program; least and most None where there is no cap.
        rounded: down, up or nearest; None without a step size.
    """

    name: str
    kind: Kind
    value: str
    at_least: str | None
    at_most: str | None
    size: str | None
    rounded: str | None
    meaning: Wording
    raw: str
    least: str | None
    most: str | None
    capped: str
    step: str
    path: tuple[tuple[str, int], ...]
    where: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchBranch:
    """A branch: its condition, the step of it, and the steps it leads to."""

    id: str
    when: str
    condition: str
    steps: "tuple[PolicyStep, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchStep:
    """A switch (分支): the first branch whose condition holds is taken, otherwise the last.

    Attributes:
        taken: the step that tells the ordinal of the branch taken, from 1; 0 is otherwise.
        gives: the names its branches give, with their step afterwards.
    """

    id: str
    branches: tuple[SwitchBranch, ...]
    otherwise: "tuple[PolicyStep, ...]"
    taken: str
    gives: Mapping[str, str]
    path: tuple[tuple[str, int], ...]
    where: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubStrategyStep:
    """Another document, judged in place (子策略).

    Attributes:
        gives: the steps of what it hands back, by name here; `takes` its name there.
    """

    id: str
    document: Document
    steps: "tuple[PolicyStep, ...]"
    gives: Mapping[str, str]
    takes: Mapping[str, str]
    where: Mapping[str, object] = field(default_factory=dict, compare=False)


PolicyStep = ExpressionStep | TableStep | ScorecardStep | LimitStep | SwitchStep | SubStrategyStep
"""Any step of a document."""

OtherStep = ScorecardStep | LimitStep | SwitchStep | ExpressionStep
"""A step besides tables that leaves the case to a person where it fails; an expression if handed out."""
DecidingStep = TableStep | OtherStep
"""A step that leaves the case to a person where it cannot decide."""


def deciding_steps(steps: Sequence[PolicyStep]) -> tuple[DecidingStep, ...]:
    """Return the steps that can leave the case to a person, those within others among them, in order."""
    return deciding_in(all_steps(steps))


def deciding_in(flow: Sequence[PolicyStep]) -> tuple[DecidingStep, ...]:
    """Return those of the steps, all of them given, that can leave the case to a person."""
    return tuple(
        step
        for step in flow
        if isinstance(step, DecidingStep) and not (isinstance(step, ExpressionStep) and not step.handed_out)
    )


def others_in(flow: Sequence[PolicyStep]) -> tuple[OtherStep, ...]:
    """Return those besides tables."""
    return tuple(step for step in deciding_in(flow) if not isinstance(step, TableStep))


def own_step(step: DecidingStep) -> str:
    """Return the step of the program whose state tells whether this one decides."""
    match step:
        case TableStep():
            return step.decided
        case SwitchStep():
            return step.taken
        case ScorecardStep() | LimitStep() | ExpressionStep():
            return step.step


def all_steps(steps: Sequence[PolicyStep]) -> tuple[PolicyStep, ...]:
    """Return the steps and those within them, in the order they are executed."""
    found = list[PolicyStep]()
    for step in steps:
        if isinstance(step, SwitchStep):
            found.append(step)
            for branch in step.branches:
                found += all_steps(branch.steps)
            found += all_steps(step.otherwise)
        elif isinstance(step, SubStrategyStep):
            found += [*all_steps(step.steps), step]
        else:
            found.append(step)
    return tuple(found)
