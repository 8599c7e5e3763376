"""策略版本差异: what differs between two versions of strategies, rule by rule, line by line, case by case."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.risk import Flip, Flips, Policy, StrategyChange, diff_strategies, find_boundary_flips
from creditloop.service.console.figures import NOTHING
from creditloop.service.console.published import policy_of, version_asked, versions_beside
from creditloop.service.console.visit import Page, Visit
from creditloop.service.console.words import Words

CONTEXT = 3
"""Unchanged lines shown around a change."""
_ROWS, _SEED = 2_000, 20240630
"""Boundary cases judged while the reader waits, and the seed of the random ones among them."""

_VALUE, _OUTPUT = "value from ", "output "
"""How a change begins that is of one dated value, or of one output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One difference in words: of what, what became of it, as it was and as it is."""

    part: str
    id: str
    what: str
    before: str
    after: str


def show_difference(visit: Visit) -> Page:
    """Show what differs between a version and the one asked for, by default the one before."""
    with visit.work() as work:
        new = version_asked(visit, work.connection)
        beside = versions_beside(work.connection, new)
        at = beside.index(new)
        asked = visit.query.get("old")
        old = version_asked(visit, work.connection, of=asked) if asked else beside[max(0, at - 1)]
        before, after = policy_of(work, old), policy_of(work, new)
    found = diff_strategies(before, after)
    flips = _flips(before, after)
    record = {
        "old": old,
        "new": new,
        "versions": beside,
        "same_program": found.same_program,
        "changes": [_line(visit.words, change) for change in found.changes],
        "text": text_changes(before.document.text, after.document.text),
        "flips": flips,
        "cases": () if flips is None else [(one, _read(one, before, after)) for one in flips.first],
        "kinds": {entry.name: entry.kind for entry in (*before.inputs, *after.inputs)},
    }
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.strategies"), visit.at("/strategies")),
        (visit.words.pick(after.title), visit.at(f"/strategies/{new.batch_id}")),
        (visit.words("screen.difference"), None),
    ]
    return Page(template="difference.html", record=record, trail=trail)


def text_changes(old: str, new: str) -> Sequence[str]:
    """Return the lines of two texts that differ, with a few around them, as `diff -u` writes them."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=CONTEXT)
    return list(lines)[2:]


def _flips(before: Policy, after: Policy) -> Flips | None:
    """Judge boundary cases by both; None where they have no output in common that could flip."""
    output = _compared_output(before, after)
    if output is None or before.version == after.version:
        return None
    return find_boundary_flips(before, after, outcome=output, rows_max=_ROWS, seed=_SEED)


def _compared_output(before: Policy, after: Policy) -> str | None:
    """Return what is compared: what letters explain, `outcome`, or the last output there is in both."""
    both = [name for name in after.outputs if name in before.outputs]
    explained = [after.ranking.output] if after.ranking is not None else []
    preferred = (name for name in (*explained, "outcome", *reversed(both)) if name in both)
    return next(preferred, None)


def _read(flip: Flip, before: Policy, after: Policy) -> Mapping[str, object]:
    """Return the values of a case that the rules which decided it read, of either strategy."""
    rules = {flip.kind.old_rule, flip.kind.new_rule}
    read = {
        name for policy in (before, after) for rule in policy.rules if rule.id in rules for name in rule.reads
    }
    return {name: value for name, value in flip.row.items() if name in read} or flip.row


def _line(words: Words, change: StrategyChange) -> ChangeLine:
    """Word a change; wordings that differ in the other language only are written out as data."""
    before, after = _text(words, change.before), _text(words, change.after)
    if before == after and change.before != change.after:
        before, after = _data(change.before), _data(change.after)
    return ChangeLine(
        part=change.part, id=change.id, what=_what(words, change.what), before=before, after=after
    )


def _what(words: Words, what: str) -> str:
    """Word what became of a part; of an output or a dated value it names which."""
    if what.startswith(_VALUE):
        return words("difference.value_from", date=what.removeprefix(_VALUE))
    if what.startswith(_OUTPUT):
        return words("difference.output", name=what.removeprefix(_OUTPUT))
    return words.of("strategy_change", what.replace(" ", "_"))


def _text(words: Words, value: object) -> str:
    """Write what stood there: a text as it is, a reason by its code and wording, anything else as data."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and {"code", "zh", "en"} <= value.keys():
        return f"{value['code']} {words.pick(value)}"
    return _data(value)


def _data(value: object) -> str:
    return NOTHING if value is None else json.dumps(value, ensure_ascii=False, default=str)
