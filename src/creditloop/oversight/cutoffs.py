"""Choose new cut-offs on outcomes (以结果定阈值) and write them down: the challenger's text.

1 every cut-off that may move is tried at a few steps below and above its value in force
2 a try that would change the order of the cut-offs is left out
3 each try is the policy's own text with one dated entry more per moved cut-off, read and judged like any
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
from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.oversight.metrics import check_columns
from creditloop.risk import Policy, read_policy
from creditloop.risk.backtest import number_text, proposed_text

RULE_ZH = "在选取样本上，通过客户的坏率不高于冠军的前提下，通过最多者"
RULE_EN = "of the cut-offs tried, those approving most at a bad rate not above the champion's (choosing part)"

_MOVING = (Kind.INTEGER, Kind.NANO)
"""Kinds of parameter that can move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoffMove:
    """A cut-off that may move: the policy's parameter, by multiples of `step`, at most `reach` away.

    Both in the parameter's own unit: whole numbers, or nano where it is a ratio.
    """

    parameter: str
    step: int
    reach: int

    def values(self, current: int) -> tuple[int, ...]:
        """Return what is tried: the value in force and its neighbours, in order."""
        if self.step <= 0 or self.reach < self.step:
            raise InputError(
                "a cut-off moves by positive steps, at least one", got=f"step {self.step}, reach {self.reach}"
            )
        count = self.reach // self.step
        return tuple(current + k * self.step for k in range(-count, count + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen: the challenger's document, its cut-offs, and both strategies' figures.

    Attributes:
        moved: by parameter (value of the champion, value of the challenger) as written; those that moved.
        tried: how many texts were judged.
        approved, bads: of the champion and the challenger on the choosing part.
    """

    document: Document
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
    moves: Sequence[CutoffMove],
    effective_from: date,
    source: str,
) -> Choice | None:
    """Choose new cut-offs of a policy by the module's rule; None if nothing tried beats the champion.

    Args:
        champion: the policy as in force; its table `outcome` says what happens to a case.
        cases: the policy's inputs, and `bad`: the choosing part, nulls nowhere in it.
        approves: outcomes that count as approved.
        effective_from: day the challenger's values would come into force, after the champion's rules date.
        source: what stands in the text as the source of each new value.
    Raises: InputError if there are no cases, or the day is not after the champion's; PolicyError if a
        parameter is not there, is neither number nor ratio, or its text cannot take an entry.
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
    kinds = {move.parameter: _cutoff(champion, move.parameter)[0] for move in moves}
    current = {move.parameter: _cutoff(champion, move.parameter)[1] for move in moves}
    base = _counts(champion, cases, approves)
    best: tuple[tuple[int, int, int], Choice] | None = None
    tries = _tries(moves, current)
    for values in tries:
        moved = {name: value for name, value in values.items() if value != current[name]}
        written = {name: number_text(value, kinds[name]) for name, value in moved.items()}
        text = challenger_text(
            champion.document, values=written, effective_from=effective_from, source=source
        )
        document = parse_document(text, path=champion.document.path)
        approved, bads = _counts(read_policy(document, rules_as_of=effective_from), cases, approves)
        if approved <= base[0] or bads * base[0] > base[1] * approved:
            continue
        rank = (-approved, bads, sum(abs(value - current[name]) for name, value in moved.items()))
        if best is None or rank < best[0]:
            choice = Choice(
                document=document,
                moved={name: (number_text(current[name], kinds[name]), written[name]) for name in moved},
                tried=len(tries),
                rows=cases.height,
                approved=(base[0], approved),
                bads=(base[1], bads),
            )
            best = (rank, choice)
    return None if best is None else best[1]


def challenger_text(
    document: Document, *, values: Mapping[str, str], effective_from: date, source: str
) -> str:
    """Write a policy's text with one dated entry more for each parameter; nothing else changes.

    Args:
        values: by parameter, as the language writes a value of its kind.
    Raises: PolicyError if a parameter is not there, or its values are not written below each other.
    """
    return proposed_text(document, values=values, effective_from=effective_from, source=source)


def _tries(moves: Sequence[CutoffMove], current: Mapping[str, int]) -> list[dict[str, int]]:
    """Return every combination but the champion's own that keeps the cut-offs in their order."""
    names = sorted(current, key=lambda name: current[name])
    grids = {move.parameter: move.values(current[move.parameter]) for move in moves}
    combinations = (dict(zip(names, values, strict=True)) for values in product(*(grids[n] for n in names)))
    return [
        values
        for values in combinations
        if values != dict(current)
        and all(values[low] < values[high] or current[low] == current[high] for low, high in pairwise(names))
    ]


def _counts(policy: Policy, cases: pl.DataFrame, approves: Sequence[str]) -> tuple[int, int]:
    judged = policy.judge_frame(cases.select(entry.name for entry in policy.inputs))
    approved = judged["outcome"].is_in(list(approves)).fill_null(False)
    return int(approved.sum()), int((approved & cases["bad"]).sum())


def _cutoff(policy: Policy, name: str) -> tuple[Kind, int]:
    """Return the kind and the value in force of a parameter that can move."""
    for entry in policy.parameters:
        kind, value = entry.parameter.kind, entry.parameter.value
        if entry.parameter.name == name and kind in _MOVING and isinstance(value, int):
            return kind, value
    raise PolicyError(
        "the policy has no cut-off of this name to move",
        got=name,
        expected=[entry.parameter.name for entry in policy.parameters if entry.parameter.kind in _MOVING],
        where={"file": policy.document.path},
    )
