"""What a backtest is asked (回测方案): which cases, which strategies, what is bad, what money is counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditloop.formula import Input, Kind, Program, Step, compile_program
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.risk.parameters import DatedParameter

AMOUNT, LOSS, PROFIT = "amount", "loss", "profit"
"""The three formulas of a plan, each in fen: what is lent, what is lost, what is earned."""
BAD = "bad"
"""What a formula calls the outcome."""
KNOWN = "known"
"""The step of a plan's `known_when`."""


class Population(StrEnum):
    """Whose cases these are: those an old lender accepted (已准入客户), or all who asked (全量进件)."""

    ACCEPTED = "accepted"
    THROUGH_THE_DOOR = "through_the_door"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomePlan:
    """What came of the cases.

    Attributes:
        column: of the cases, true/false or 1/0; null is not known.
        bad_is: the value that is bad.
        zh, en: what bad means, written out.
        known_when: a condition over the plan's columns, as a program of the one step `KNOWN`; where it does
            not hold the outcome is not mature and counts as not known. None: a value that is there is known.
    """

    column: str
    bad_is: bool
    zh: str
    en: str
    known_when: Program | None
    population: Population


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPlan:
    """Which output of the strategy decides, and what its words mean; a case that refers has none of them.

    Attributes:
        declining_tables: tables besides the deciding one whose every rule counts as a reason to decline.
    """

    output: str
    approves: tuple[str, ...]
    refers: tuple[str, ...]
    declines: tuple[str, ...]
    declining_tables: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePlan:
    """The score the cut-off curve runs over: a whole number (nano where a ratio), higher is safer.

    Attributes:
        step: cases are counted at multiples of it, rounded down.
    """

    column: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What is assumed of approved cases without outcome: the known bad rate times `multiplier_nano`."""

    number: DatedParameter
    multiplier_nano: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A number of the strategy that may move.

    Exactly one way is given: the `values` to try (of its kind: int, fen, nano); steps of `step` up to `reach`
    away; or `over`, a column of the cases of whose every distinct value is tried.
    """

    parameter: str
    values: tuple[int, ...] | None = None
    step: int | None = None
    reach: int | None = None
    over: str | None = None

    def written(self, current: int) -> tuple[int, ...] | None:
        """Return what is tried besides and with the value in force, in order; None if a column tells it."""
        if self.values is not None:
            return tuple(sorted({*self.values, current}))
        if self.step is None or self.reach is None:
            return None
        count = self.reach // self.step
        return tuple(current + k * self.step for k in range(-count, count + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A bound the chosen strategy must keep: the figure, "at_most" or "at_least", and the plan's number."""

    figure: str
    side: str
    number: DatedParameter
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimisePlan:
    """What may move, within which bounds, towards what.

    Attributes:
        objective: "profit" or "approvals".
        ordered: groups of parameters that must stay in ascending order (grade borders).
        salt, choose_share_nano: the split: values are chosen on this share of the cases, by hash of the key.
        effective_from: the day the proposed values would come into force.
    """

    objective: str
    constraints: tuple[Constraint, ...]
    moves: tuple[Move, ...]
    ordered: tuple[tuple[str, ...], ...]
    restarts: int
    seed: int
    salt: str
    choose_share_nano: int
    effective_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestPlan:
    """A plan as read; see docs/backtest.md for the document.

    Attributes:
        columns: columns of the cases that formulas read and the strategy does not.
        formulas: text of amount, loss and profit, each with the place it was read from.
        month: a text or date column; None counts all cases together.
        simulated: the cases were generated; stands in every answer.
        cases_path, strategy_path, challenger_path: as written; whoever reads the plan finds them.
    """

    document: Document
    name: str
    title_zh: str
    title_en: str
    simulated: bool
    rules_as_of: date
    cases_path: str
    key: str
    strategy_path: str
    challenger_path: str | None
    outcome: OutcomePlan
    decision: DecisionPlan
    columns: tuple[Input, ...]
    month: str | None
    segments: tuple[str, ...]
    numbers: tuple[DatedParameter, ...]
    formulas: tuple[Step, ...]
    score: ScorePlan | None
    assumptions: tuple[Assumption, ...]
    draws: int
    seed: int
    optimise: OptimisePlan | None

    @property
    def hash(self) -> str:
        """SHA-256 of the plan's text, in hex."""
        return self.document.hash

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The columns that figures are told by: the month first."""
        return (*([self.month] if self.month is not None else []), *self.segments)

    def money_program(self, known: Mapping[str, Input]) -> Program:
        """Compile amount, loss and profit over what is known of a case.

        Args:
            known: columns of the cases and outputs of the strategy, by name.
        Raises: PolicyError naming the line of a formula that does not compile; InputError if a column of the
            cases is called as a formula is.
        """
        inputs = {entry.name: entry for entry in self.columns} | dict(known)
        if taken := sorted({AMOUNT, LOSS, PROFIT, BAD} & inputs.keys()):
            raise InputError(
                "a column or output has the name of a formula of the plan",
                got=taken,
                expected="another name",
                where={"file": self.document.path},
            )
        inputs[BAD] = Input(BAD, Kind.BOOLEAN)
        parameters = [entry.parameter for entry in self.numbers]
        return compile_program(inputs=[*inputs.values()], steps=self.formulas, parameters=parameters)
