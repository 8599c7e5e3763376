"""Does a table leave no case unanswered? Proven on the regions of its conditions, nulls included (完备性).

Every real case lies in the box that its values say (`regions`), so where the boxes leave nothing open, no
case is. Where they do, a case is looked for and the conditions are run on it; over computed values a box may
hold no real case, and then neither a gap nor its absence is claimed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.formula.kinds import Value
from creditloop.formula.program import Program
from creditloop.formula.regions.cases import Cases
from creditloop.formula.regions.conditions import Regions
from creditloop.formula.regions.rows import RowAnalysis, Unknown


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether every case is answered; if not, a case that is not (`gap`), or why it is not known (`why`)."""

    proven: bool
    gap: Mapping[str, Value] | None = None
    why: str | None = None


def completeness(program: Program, *, conditions: Sequence[str]) -> Completeness:
    """Look for a case on which none of the conditions (names of steps) matches or refers.

    A value that breaks its declaration is left out: it refers wherever it is needed. So does what cannot be
    computed. The search is counted, not timed: the answer is the same on any machine.
    """
    steps = program.chosen(conditions)
    numbers = [step.number for step in steps]
    regions = Regions(program, numbers)
    rows = RowAnalysis(regions, numbers, cases=Cases(regions, numbers))
    found = rows.gap()
    if found is None:
        return Completeness(True)
    if isinstance(found, Unknown):
        many = "a condition has too many alternatives" if rows.unknown else "the search was given up"
        return Completeness(False, why=f"{many}; what a condition needs can be given a name as a step")
    if found.case is None:
        return Completeness(
            False, why="the conditions compute, and a case left open was neither found nor ruled out"
        )
    read = {name for step in steps for name in step.reads}
    return Completeness(False, gap={name: value for name, value in found.case.items() if name in read})
