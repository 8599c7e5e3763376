"""Rules about a report as a whole, each with a name and what it does.

A rule that rejects refuses the whole report: something would be missing, told twice, of unknown meaning, or
known before it happened. A rule that keeps gives a finding (数据问题): both statements can be read, the
bureau vouches for neither, and whoever decides should see that they disagree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditloop.data.bureau.reading.fault import Fault, shown
from creditloop.data.contracts import Effect, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule about a report as a whole."""

    effect: Effect
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFinding:
    """A contradiction that leaves the report readable: the rule, where, and the two statements."""

    rule: str
    path: str
    got: str
    expected: str


def rejects(zh: str, en: str) -> Rule:
    """Declare a rule that refuses the report."""
    return Rule(effect=Effect.REJECT, meaning=Words(zh=zh, en=en))


def keeps(zh: str, en: str) -> Rule:
    """Declare a rule that gives a finding."""
    return Rule(effect=Effect.KEEP, meaning=Words(zh=zh, en=en))


def fault_of(rules: Mapping[str, Rule], rule: str, *, got: str, expected: str) -> Fault:
    """Make the fault of a broken rule."""
    return Fault(rules[rule].meaning.en, got=got, expected=expected, rule=rule)


def refuse_repeated(rules: Mapping[str, Rule], place: str, numbers: Sequence[str]) -> None:
    """Refuse numbers that name an item once, if one stands twice.

    Args:
        place: the path of their key without the index of the item.
    Raises: Fault of the rule `number_once`, naming the second place.
    """
    section, unit, *inside = place.split(".")
    first: dict[str, int] = {}
    for index, number in enumerate(numbers):
        if first.setdefault(number, index) != index:
            expected = f"a number of its own, not that of {unit}[{first[number]}]"
            raise fault_of(rules, "number_once", got=shown(number), expected=expected).at(
                section, unit, index, *inside
            )


def before(later: date | None, earlier: date | None) -> bool:
    """Say whether what should come later came earlier; what is not given breaks nothing."""
    return later is not None and earlier is not None and later < earlier


def late(rule: str, path: str, begun: date, ended: date | None) -> ReportFinding:
    """Make the finding of an end before its beginning."""
    return ReportFinding(rule=rule, path=path, got=str(ended), expected=f"not before {begun}")
