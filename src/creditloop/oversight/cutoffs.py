"""Choose new cut-offs on outcomes (以结果定阈值) and write them down: the challenger's text.

1 every cut-off that may move is tried at a few steps below and above its value in force
2 a try that would change the order of the cut-offs is left out
3 each try is the policy's own text with one dated entry more per moved cut-off, read and judged like any;
  nobody whom any part of it leaves to a person is approved
4 of those whose bad rate among the approved is not above the champion's, the one approving most is chosen;
  of equals the one with fewer bads, then the one that moves least
The rule is simple on purpose: somebody has to be able to check it by hand. It is applied to one part of the
cases; what it is worth is measured on the other (`compare`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product

import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.oversight.metrics import check_columns
from creditloop.risk import Policy
from creditloop.risk.backtest import (
    Move,
    approved_cases,
    in_order,
    number_in_force,
    number_text,
    proposed_policy,
)

RULE_ZH = "在选取样本上，通过客户的坏率不高于冠军的前提下，通过最多者"
RULE_EN = "of the cut-offs tried, those approving most at a bad rate not above the champion's (choosing part)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen: the challenger, its cut-offs, and both strategies' figures.

    Attributes:
        challenger: as in force on its first day.
        moved: by parameter (value of the champion, value of the challenger) as written; those that moved.
        tried: how many texts were judged.
        approved, bads: of the champion and the challenger on the choosing part.
    """

    challenger: Policy
    moved: Mapping[str, tuple[str, str]]
    tried: int
    rows: int
    approved: tuple[int, int]
    bads: tuple[int, int]

    def as_record(self) -> dict[str, object]:
        """Return the choice as plain data."""
        return {
            "rule": RULE_EN,
            "moved": [{"parameter": name, "from": old, "to": new} for name, (old, new) in self.moved.items()],
            "tried": self.tried,
            "choosing_rows": self.rows,
            "champion": {"approved": self.approved[0], "bads": self.bads[0]},
            "challenger": {"approved": self.approved[1], "bads": self.bads[1]},
        }


def choose_cutoffs(
    *,
    champion: Policy,
    cases: pl.DataFrame,
    approves: Sequence[str],
    moves: Sequence[Move],
    effective_from: date,
    source: str,
) -> Choice | None:
    """Choose new cut-offs of a policy by the module's rule; None if nothing tried beats the champion.

    Args:
        champion: the policy as in force; its output `outcome` says what happens to a case.
        cases: the policy's inputs, and `bad`: the choosing part, nulls nowhere in it.
        approves: outcomes that count as approved, where no part of the policy refers the case.
        moves: by values, or by step and reach.
        effective_from: day the challenger's values would come into force, after the champion's rules date.
        source: what stands in the text as the source of each new value.
    Raises: InputError if there are no cases, or the day is not after the champion's; PolicyError if a
        parameter is not there, is no number, or its text cannot take an entry.
    """
    check_columns(cases, needed={"bad": pl.Boolean()}, what="the choosing part")
    if not cases.height or cases["bad"].null_count():
        raise InputError("the choosing part must hold cases whose outcome is known", got=cases.height)
    if effective_from <= champion.rules_as_of:
        raise InputError(
            "a challenger comes into force after its champion's rules",
            got=effective_from,
            expected=f"> {champion.rules_as_of}",
        )
    numbers = {move.parameter: number_in_force(champion, move.parameter) for move in moves}
    tries = _tries(moves, numbers)
    parts = {document.path: document for document in champion.documents}.__getitem__
    approved, bads = _counts(champion, cases, approves)
    best: tuple[tuple[int, int, int], Choice] | None = None
    for moved in tries:
        written = {name: number_text(value, numbers[name][0]) for name, value in moved.items()}
        challenger = proposed_policy(
            champion.document, values=written, effective_from=effective_from, source=source, find=parts
        )
        counted, bad = _counts(challenger, cases, approves)
        if counted <= approved or bad * approved > bads * counted:
            continue
        rank = (-counted, bad, sum(abs(value - numbers[name][1]) for name, value in moved.items()))
        if best is None or rank < best[0]:
            choice = Choice(
                challenger=challenger,
                moved={
                    name: (number_text(numbers[name][1], numbers[name][0]), written[name]) for name in moved
                },
                tried=len(tries),
                rows=cases.height,
                approved=(approved, counted),
                bads=(bads, bad),
            )
            best = (rank, choice)
    return None if best is None else best[1]


def _tries(moves: Sequence[Move], numbers: Mapping[str, tuple[Kind, int]]) -> list[dict[str, int]]:
    """Return, of every combination that keeps the cut-offs in their order, what moves; not the champion's."""
    current = {name: value for name, (_, value) in numbers.items()}
    names = sorted(current, key=lambda name: current[name])
    groups = [
        (low, high)
        for low, high in pairwise(names)
        if numbers[low][0] is numbers[high][0] and current[low] < current[high]
    ]
    grids = {move.parameter: _grid(move, current[move.parameter]) for move in moves}
    combinations = (dict(zip(names, values, strict=True)) for values in product(*(grids[n] for n in names)))
    kept = [values for values in combinations if in_order(values, groups=groups) and values != current]
    return [{name: value for name, value in values.items() if value != current[name]} for values in kept]


def _grid(move: Move, current: int) -> tuple[int, ...]:
    if (values := move.written(current)) is None:
        raise InputError("a challenger's cut-off moves by values, or by step and reach", got=move.parameter)
    return values


def _counts(policy: Policy, cases: pl.DataFrame, approves: Sequence[str]) -> tuple[int, int]:
    """Return how many are approved, and how many of them turned bad."""
    approved = approved_cases(policy, frame=cases, output="outcome", approving=approves)
    return int(approved.sum()), int((approved & cases["bad"]).sum())
