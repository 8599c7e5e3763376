"""What differs between two strategies, rule by rule (策略差异).

Rules are told apart by their ids, which stay over versions. A condition or an output counts as changed where
its form differs, in its own text or through a parameter, a list or an input's null policy; a change of a step
it reads is told of that step. A text that says the same in other words is told as reworded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from creditloop.risk.checking.changes import StrategyChange, changed, changes_of, only
from creditloop.risk.policy import Policy
from creditloop.risk.rules import OTHERWISE
from creditloop.risk.strategy.steps import (
    ExpressionStep,
    LimitStep,
    ScorecardPart,
    ScorecardStep,
    StrategyRule,
    SubStrategyStep,
    SwitchStep,
    all_steps,
)

_OF_INPUTS = ("kind", "null", "values", "unit", "source", "path")


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyDiff:
    """All differences between two strategies, and whether they judge by the same program."""

    old_version: str
    new_version: str
    changes: tuple[StrategyChange, ...]

    @property
    def same_program(self) -> bool:
        """Whether both judge every case alike, since what is executed is the same."""
        return self.old_version == self.new_version


def diff_strategies(old: Policy, new: Policy) -> StrategyDiff:
    """Compare two strategies, each as in force on its date."""
    forms = _Forms()
    both = _Pair(old, new, forms.numbers(old), forms.numbers(new))
    changes = [
        *_of_inputs(both),
        *_of_parameters(both),
        *_of_lists(both),
        *_of_steps(both),
        *_of_tables(both),
        *_of_rules(both),
        *_of_otherwise(both),
        *_of_cards(both),
        *_of_switches(both),
        *_of_sub_strategies(both),
        *_of_head(both),
    ]
    if old.version != new.version and not changes:
        changes = [changed("strategy", new.name, "program", old.version, new.version)]
    return StrategyDiff(old_version=old.version, new_version=new.version, changes=tuple(changes))


class _Forms:
    """Gives operations that mean the same the same number, over several strategies.

    What another named part of the document gives (an expression, a table's output) counts by its name: that
    part is compared by itself.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], int] = {}

    def numbers(self, policy: Policy) -> Mapping[str, int]:
        """Return the number of each step's form."""
        program, names = policy.program, _named(policy)
        inputs = {entry.name: (entry.null.value, entry.values) for entry in program.inputs}
        own, read = list[int](), list[int]()
        for number, operation in enumerate(program.operations):
            args = tuple(read[arg] for arg in operation.args)
            name = str(operation.value)
            told = inputs.get(name) if operation.op == "input" else None
            listed = program.lists[name].values if operation.op == "listed" else None
            key = (operation.op, operation.kind, args, type(operation.value), operation.value, told, listed)
            own.append(self._number(key))
            read.append(self._number(("named", names[number])) if number in names else own[-1])
        return {step.name: own[step.number] for step in program.steps}

    def _number(self, key: tuple[object, ...]) -> int:
        return self._known.setdefault(key, len(self._known))


def _named(policy: Policy) -> Mapping[int, str]:
    """Return the operations that give named parts of a document; constants and inputs tell themselves."""
    steps = [output.step for output in policy.outputs.values() if output.step is not None]
    steps += [step.step for step in all_steps(policy.steps) if isinstance(step, ExpressionStep | LimitStep)]
    found = {policy.program.step(step).number: step for step in steps}
    return {number: name for number, name in found.items() if policy.program.operations[number].args}


@dataclass(frozen=True, slots=True)
class _Pair:
    old: Policy
    new: Policy
    old_forms: Mapping[str, int]
    new_forms: Mapping[str, int]

    def same(self, step: str, other: str | None = None) -> bool:
        return self.old_forms.get(step) == self.new_forms.get(other or step)


def _of_inputs(both: _Pair) -> Iterator[StrategyChange]:
    old, new = (_declared(policy) for policy in (both.old, both.new))
    yield from changes_of("input", old, new)


def _declared(policy: Policy) -> Mapping[str, object]:
    nodes = policy.document.root.mapping()["inputs"].mapping()
    return {
        name: {key: part.plain() for key, part in node.mapping().items() if key in _OF_INPUTS}
        for name, node in nodes.items()
    }


def _of_parameters(both: _Pair) -> Iterator[StrategyChange]:
    """Compare every dated value, also those that are not in force yet or no longer."""
    old, new = (_dated(policy) for policy in (both.old, both.new))
    for name in dict.fromkeys([*old, *new]):
        if name in old and name in new:
            for day in sorted({*old[name], *new[name]}):
                before, after = old[name].get(day), new[name].get(day)
                if before != after:
                    yield changed("parameter", name, f"value from {day}", before, after)
        else:
            yield from changes_of("parameter", only(old, name), only(new, name))


def _dated(policy: Policy) -> Mapping[str, Mapping[str, object]]:
    entries = policy.document.root.mapping()
    nodes = entries["parameters"].mapping() if "parameters" in entries else {}
    found: dict[str, dict[str, object]] = {}
    for name, node in nodes.items():
        values = [each.mapping() for each in node.mapping()["values"].items()]
        found[name] = {str(each["from"].plain()): each["value"].plain() for each in values}
    return found


def _of_lists(both: _Pair) -> Iterator[StrategyChange]:
    old, new = ({listed.name: listed for listed in policy.lists} for policy in (both.old, both.new))
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            what = "removed" if name in old else "added"
            yield changed("list", name, what, None, None)
            continue
        before, after = (
            {(entry.value, entry.since, entry.until, entry.reason) for entry in listed[name].entries}
            for listed in (old, new)
        )
        for entry in sorted(before - after, key=repr):
            yield changed("list", name, "entry removed", _entry(entry), None)
        for entry in sorted(after - before, key=repr):
            yield changed("list", name, "entry added", None, _entry(entry))


def _entry(entry: tuple[object, ...]) -> str:
    value, since, until, reason = entry
    return f"{value}, from {since}" + (f" to {until}" if until is not None else "") + f": {reason}"


def _of_steps(both: _Pair) -> Iterator[StrategyChange]:
    """Compare expressions and limits by what they compute."""
    old, new = (_texts(policy) for policy in (both.old, both.new))
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            yield from changes_of("step", only(old, name), only(new, name))
        elif not both.same(name):
            yield changed("step", name, "value", old[name], new[name])
        elif old[name] != new[name]:
            yield changed("step", name, "reworded", old[name], new[name])


def _texts(policy: Policy) -> Mapping[str, str]:
    """Return expressions and limits as written, by the step that gives them."""
    found: dict[str, str] = {}
    for step in all_steps(policy.steps):
        if isinstance(step, ExpressionStep):
            found[step.step] = step.value
        elif isinstance(step, LimitStep):
            caps = {"at_least": step.at_least, "at_most": step.at_most, step.rounded: step.size}
            found[step.step] = ", ".join(
                [step.value, *(f"{name} {text}" for name, text in caps.items() if name and text)]
            )
    return found


def _of_tables(both: _Pair) -> Iterator[StrategyChange]:
    old, new = (
        {step.id: step.table.hit_policy.value for step in each.table_steps} for each in (both.old, both.new)
    )
    yield from changes_of("table", old, new)
    before, after = ({name: o.values for name, o in each.outputs.items()} for each in (both.old, both.new))
    yield from changes_of("output", *({n: each[n] for n in before if n in after} for each in (before, after)))


def _of_rules(both: _Pair) -> Iterator[StrategyChange]:
    old, new = ({rule.id: rule for rule in each.rules} for each in (both.old, both.new))
    moved = _moved(list(old), list(new))
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield changed("rule", name, "removed", old[name].when, None)
        elif name not in old:
            yield changed("rule", name, "added", None, new[name].when)
        else:
            if name in moved:
                yield changed("rule", name, "moved", old[name].ordinal, new[name].ordinal)
            yield from _of_rule(both, old[name], new[name])


def _of_rule(both: _Pair, old: StrategyRule, new: StrategyRule) -> Iterator[StrategyChange]:
    if not both.same(old.condition_step, new.condition_step):
        yield changed("rule", old.id, "condition", old.when, new.when)
    elif old.when != new.when:
        yield changed("rule", old.id, "reworded", old.when, new.when)
    yield from _of_cells(both, old.id, _cells(both.old, old), _cells(both.new, new))
    if old.reason != new.reason:
        yield changed("rule", old.id, "reason", old.reason.as_record(), new.reason.as_record())


def _of_otherwise(both: _Pair) -> Iterator[StrategyChange]:
    """Compare what holds where no row of a table matches."""
    old, new = ({step.id: step for step in each.table_steps} for each in (both.old, both.new))
    for table in (name for name in old if name in new):
        before, after = (steps[table].otherwise for steps in (old, new))
        name = f"{table}.{OTHERWISE}"
        if before is None or after is None:
            if before is not after:
                what = "added" if before is None else "removed"
                yield changed("rule", name, what, None, None)
            continue
        yield from _of_cells(both, name, before.cells, after.cells)
        reasons = [
            entry.rule.reason for steps in (old, new) if (entry := steps[table].table.otherwise) is not None
        ]
        if reasons[0] != reasons[-1]:
            yield changed("rule", name, "reason", reasons[0].as_record(), reasons[-1].as_record())


def _of_cells(
    both: _Pair, name: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[StrategyChange]:
    for output in dict.fromkeys([*before, *after]):
        one, other = before.get(output), after.get(output)
        if one is None or other is None or not both.same(one, other):
            texts = (_cell_text(both.old, one), _cell_text(both.new, other))
            yield changed("rule", name, f"output {output}", *texts)


def _of_cards(both: _Pair) -> Iterator[StrategyChange]:
    """Compare scorecards: base points, and each part by what it gives."""
    old, new = (
        {step.id: step for step in all_steps(each.steps) if isinstance(step, ScorecardStep)}
        for each in (both.old, both.new)
    )
    bases = ({name: card.base for name, card in cards.items()} for cards in (old, new))
    yield from changes_of("scorecard", *bases)
    for name in (name for name in old if name in new):
        before, after = ({part.id: part for part in cards[name].parts} for cards in (old, new))
        for part in dict.fromkeys([*before, *after]):
            one, other = before.get(part), after.get(part)
            if one is None or other is None or not both.same(one.step, other.step):
                what = "added" if one is None else "removed" if other is None else "points"
                yield changed("scorecard", f"{name}.{part}", what, _points(one), _points(other))


def _points(part: ScorecardPart | None) -> str | None:
    if part is None:
        return None
    texts = [f"{each.when}: {each.points}" for each in part.bins]
    return "; ".join([*texts, *([f"null: {part.missing}"] if part.missing is not None else [])])


def _of_switches(both: _Pair) -> Iterator[StrategyChange]:
    """Compare the branches of switches: their conditions, and their order."""
    old, new = (
        {step.id: step for step in all_steps(each.steps) if isinstance(step, SwitchStep)}
        for each in (both.old, both.new)
    )
    for name in dict.fromkeys([*old, *new]):
        before, after = (
            {branch.id: branch for branch in steps[name].branches} if name in steps else {}
            for steps in (old, new)
        )
        for branch in dict.fromkeys([*before, *after]):
            one, other = before.get(branch), after.get(branch)
            if one is None or other is None or not both.same(one.condition, other.condition):
                what = "added" if one is None else "removed" if other is None else "condition"
                texts = (each.when if each is not None else None for each in (one, other))
                yield changed("switch", f"{name}.{branch}", what, *texts)
        orders = [
            [branch for branch in listed if branch in before and branch in after]
            for listed in (before, after)
        ]
        if orders[0] != orders[1]:
            yield changed("switch", name, "moved", ", ".join(orders[0]), ", ".join(orders[1]))


def _of_sub_strategies(both: _Pair) -> Iterator[StrategyChange]:
    """Compare which documents are judged in place, and what each hands back, by its name there."""
    olds, news = (
        {step.id: step for step in all_steps(each.steps) if isinstance(step, SubStrategyStep)}
        for each in (both.old, both.new)
    )
    paths = ({name: step.document.path for name, step in steps.items()} for steps in (olds, news))
    yield from changes_of("sub_strategy", *paths)
    for name in (name for name in olds if name in news):
        before, after = (
            {f"{name}.{here}": there for here, there in s[name].takes.items()} for s in (olds, news)
        )
        yield from changes_of("sub_strategy", before, after)


def _of_head(both: _Pair) -> Iterator[StrategyChange]:
    """Compare when no further source is asked, what a question costs, and what letters explain."""
    olds, news = (
        {
            "decided_when": each.decided_when,
            "ranking": f"{each.ranking.output}, {each.ranking.most}" if each.ranking is not None else None,
            **{f"source {source.name}": source.cost_fen for source in each.sources},
        }
        for each in (both.old, both.new)
    )
    for name in dict.fromkeys([*olds, *news]):
        if olds.get(name) != news.get(name):
            yield changed("strategy", name, "changed", olds.get(name), news.get(name))


def _cells(policy: Policy, rule: StrategyRule) -> Mapping[str, str]:
    for step in policy.table_steps:
        for row in step.rows:
            if step.id == rule.table and row.row == rule.row:
                return row.cells
    return {}


def _cell_text(policy: Policy, step: str | None) -> str | None:
    return policy.program.step(step).text if step is not None else None


def _moved(old: Sequence[str], new: Sequence[str]) -> frozenset[str]:
    """Return the rules that stand in both and whose order among those changed; as few as explain it."""
    before = [name for name in old if name in set(new)]
    after = [name for name in new if name in set(old)]
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    kept = {
        before[i] for block in matcher.get_matching_blocks() for i in range(block.a, block.a + block.size)
    }
    return frozenset(before) - kept
