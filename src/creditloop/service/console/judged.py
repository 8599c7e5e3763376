"""A judgement in lines (决策依据的行): nearest misses, scorecards, limits, branches, as pages write them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from creditloop.formula import Kind
from creditloop.risk import Judgement
from creditloop.service.console.figures import by_kind, written

_WHOLE = re.compile(r"-?\d+", re.ASCII)
PARTS = ("limit", "part", "scorecard", "switch")
"""What a part of a strategy besides its tables may be, the narrower first: a part names its scorecard too."""
_LEFT_OUT = frozenset({"kind", "rounded", "reached", "state", *PARTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class MissLine:
    """A rule that nearly matched: what it compared, what was held, and how far that is from matching."""

    table: str
    row: str
    condition: str
    held: str
    gap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """A limit, a scorecard or one of its parts, or a branch: what it gave, step by step.

    Attributes:
        part: one of `PARTS`.
        told: what it computed, by name, in order.
    """

    part: str
    id: str
    reached: bool
    told: Mapping[str, str]


def miss_lines(judgement: Judgement) -> list[MissLine]:
    """Write the nearest miss of each table, the nearest first, by the kind of what was compared."""
    lines = []
    for miss in judgement.misses:
        told = miss.comparison
        bound = int(told.right) if _WHOLE.fullmatch(told.right) else told.right
        lines.append(
            MissLine(
                table=miss.table,
                row=miss.row,
                condition=f"{told.left} {told.sign} {by_kind(told.kind, bound)}",
                held=by_kind(told.kind, miss.held),
                gap=written(miss.gap) if told.kind is Kind.DATE else by_kind(told.kind, miss.gap),
            )
        )
    return lines


def part_line(part: Mapping[str, object]) -> PartLine:
    """Write the record of a scorecard, a limit or a branch; see `Judgement.as_record`."""
    what = next(name for name in PARTS if name in part)
    kind = Kind(str(part["kind"])) if "kind" in part else None
    told = {name: by_kind(kind, value) for name, value in part.items() if name not in _LEFT_OUT}
    return PartLine(part=what, id=str(part[what]), reached=bool(part.get("reached", True)), told=told)
