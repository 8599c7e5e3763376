"""Write the functions that read a policy's flat answer (依据的生成): straight code, one line a fact.

`f` is the flat answer. For each table a tuple: its state, the mark that tells which rows count, what every
rule says (0 not matched, 1 matched, 2 refers), what its inputs held, and its nearest miss: (distance, rule,
alternative, leaf, gap). None for a table that is not reached.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from creditloop.formula import Op, State
from creditloop.risk.lowering import MASK_ROWS
from creditloop.risk.strategy.misses import FAR, Leaf
from creditloop.risk.strategy.outputs import PolicyOutput
from creditloop.risk.strategy.places import Places
from creditloop.risk.strategy.reasons import TableTold
from creditloop.risk.strategy.steps import (
    OtherStep,
    PolicyStep,
    TableStep,
    deciding_in,
    others_in,
    own_step,
)
from creditloop.risk.tables import HitPolicy

Flat = tuple[object, ...]
SAYS = (None, 1, 0, 2, 2, 2, 2)
"""What a condition without value says of the case, by its state."""
Path = tuple[tuple[str, int], ...]
Told = tuple[tuple[TableTold | None, ...], tuple[int | None, ...], bool]
"""Every table; the state of each other step that decides, None where not reached; whether it refers."""


def working_function(*, places: Places, flow: Sequence[PolicyStep]) -> Callable[[Flat], Told]:
    """Return what reads the working from the flat answer: tables, other steps' states, whether it refers."""
    lines = ["refers = False"]
    tables = [step for step in flow if isinstance(step, TableStep)]
    for at, step in enumerate(tables):
        lines += _table_lines(f"t{at}", step, places)
    others = others_in(flow)
    for at, other in enumerate(others):
        lines += _other_lines(f"o{at}", other, places)
    told = "".join(f"t{at}, " for at in range(len(tables)))
    rest = "".join(f"o{at}, " for at in range(len(others)))
    lines.append(f"return ({told}), ({rest}), refers")
    return _function("work(f)", lines, {"SAYS": SAYS, "FAR": FAR})


def answer_function(
    *, places: Places, flow: Sequence[PolicyStep], outputs: Mapping[str, PolicyOutput]
) -> Callable[[Flat], dict[str, object]]:
    """Return what makes the outputs by name, and `refers`, from the flat answer."""
    names: dict[str, object] = {"collected": collected}
    entries = []
    for output in outputs.values():
        if output.step is not None:
            entries.append(f"{output.name!r}: f[{places.at(output.step)}]")
    refers = [_refers(step.path, own_step(step), places) for step in deciding_in(flow)]
    tables = {step.id: step for step in flow if isinstance(step, TableStep)}
    for output in outputs.values():
        if output.step is None:
            step = tables[str(output.table)]
            names[f"CELLS_{output.name}"] = cells_of(step, output.name, places)
            marks = ", ".join(f"f[{places.at(mask)}]" for mask in step.masks)
            made = f"collected(f, ({marks},), CELLS_{output.name})"
            unless = f"{_reached(step.path, places)} and f[{places.at(step.decided)} + 1] == 0"
            entries.append(f"{output.name!r}: {made} if {unless} else None")
    entries.append(f"'refers': {' or '.join(refers) or 'False'}")
    return _function("answer(f)", [f"return {{{', '.join(entries)}}}"], names)


Cells = tuple[tuple[object, int | None], ...]
"""For each row, and last for otherwise: a written value, or where the value stands."""


def cells_of(step: TableStep, output: str, places: Places) -> Cells:
    """Return the cells of an output that collects."""
    rows = [*step.rows, *([step.otherwise] if step.otherwise is not None else [])]
    found = list[tuple[object, int | None]]()
    for row in rows:
        number = places.number(row.cells[output])
        operation = places.program.operations[number]
        constant = operation.op is Op.CONSTANT
        found.append((operation.value if constant else None, None if constant else places.of(number)))
    return tuple(found)


def collected(flat: Flat, marks: Sequence[int], cells: Cells) -> tuple[object, ...]:
    """Return the values of the rows the masks tell; of otherwise where they tell none."""
    found = []
    for at, mark in enumerate(marks):
        rest = mark
        while rest:
            bit = rest & -rest
            value, place = cells[at * MASK_ROWS + bit.bit_length() - 1]
            found.append(value if place is None else flat[place])
            rest ^= bit
    if not found:
        value, place = cells[-1]
        found.append(value if place is None else flat[place])
    return tuple(found)


def _refers(path: Path, step: str, places: Places) -> str:
    states = places.program.operations[places.number(step)].states
    if states == {State.OK.value}:
        return "False"
    state = f"f[{places.at(step) + 1}] != 0"
    return f"({_reached(path, places)} and {state})" if path else state


def _reached(path: Path, places: Places) -> str:
    return " and ".join(f"f[{places.at(taken)}] == {ordinal}" for taken, ordinal in path) or "True"


def _table_lines(name: str, step: TableStep, places: Places) -> list[str]:
    state = f"f[{places.at(step.decided) + 1}]"
    codes = "".join(f"{_says(row.condition, places)}, " for row in step.rows)
    values = "".join(f"f[{places.at(read)}], " for read in step.reads.values())
    if len(step.matched) == 1:
        mark = f"f[{places.at(step.matched[0])}]"
    else:
        mark = "(" + "".join(f"f[{places.at(mask)}], " for mask in step.matched) + ")"
    lines = [
        *_near_lines(step, places),
        f"{name} = ({state}, {mark}, ({codes}), ({values}), near)",
        f"if {state}: refers = True",
    ]
    if not step.path:
        return lines
    return [f"{name} = None", f"if {_reached(step.path, places)}:", *(f"    {line}" for line in lines)]


def _says(condition: str | None, places: Places) -> str:
    at = places.at(str(condition))
    if places.program.operations[places.number(str(condition))].states == {State.OK.value}:
        return f"f[{at}]"
    return f"SAYS[f[{at + 1}]] if f[{at + 1}] else f[{at}]"


def _near_lines(step: TableStep, places: Places) -> list[str]:
    """Write the search for the nearest miss; with hit policy first only before the row that decides."""
    lines = ["near, best = None, FAR * (FAR - 1)"]
    body = list[str]()
    first = step.table.hit_policy is HitPolicy.FIRST and not step.masks
    for at, row in enumerate(step.rows):
        place = places.at(str(row.condition))
        found = [
            line
            for alternative, choice in enumerate(places.misses[str(row.condition)])
            for line in _choice_lines(at, alternative, choice, places)
        ]
        if first:
            body.append(f"if f[{place}] is not False and f[{place + 1}] != 2: break")
        if found:
            body += [f"if f[{place}] is False:", *(f"    {line}" for line in found)]
    return [*lines, "for _ in (0,):", *(f"    {line}" for line in body)] if first and body else lines + body


def _choice_lines(row: int, alternative: int, choice: Sequence[Leaf], places: Places) -> list[str]:
    """Write how far one alternative of a condition is from holding."""

    def value(number: int) -> str:
        operation = places.program.operations[number]
        constant = operation.op is Op.CONSTANT and isinstance(operation.value, int)
        return f"({operation.value})" if constant else f"f[{places.of(number)}]"

    if not any(leaf.op is not None for leaf in choice):
        return []
    if len(choice) == 1:
        (leaf,) = choice
        found = f"(d, {row}, {alternative}, 0, g)"
        return [
            f"g = {leaf.gap(value)}",
            f"d = g {leaf.weight(places.program, value)}",
            f"if d < best: best, near = d, {found}",
        ]
    lines = ["n, d, w, k = -FAR, 0, 0, None"]
    for at, leaf in enumerate(choice):
        failed = f"f[{places.of(leaf.number)}] is not {not leaf.fails}"
        if leaf.op is None:
            lines.append(f"if {failed}: n += FAR * FAR")
            continue
        lines += [
            f"if {failed}:",
            f"    if f[{places.of(leaf.number)}] is None: n += FAR * FAR",
            "    else:",
            f"        n, g = n + FAR, {leaf.gap(value)}",
            f"        e = g {leaf.weight(places.program, value)}",
            f"        if e >= d: d, w, k = e, g, {at}",
        ]
    return [*lines, f"if n + d < best: best, near = n + d, (n + d, {row}, {alternative}, k, w)"]


def _other_lines(name: str, step: OtherStep, places: Places) -> list[str]:
    state = f"f[{places.at(own_step(step)) + 1}]"
    lines = [f"{name} = {state}", f"if {state}: refers = True"]
    if not step.path:
        return lines
    return [f"{name} = None", f"if {_reached(step.path, places)}:", *(f"    {line}" for line in lines)]


def _function(head: str, lines: Sequence[str], names: Mapping[str, object]) -> Callable[[Flat], Any]:
    body = "\n    ".join(lines)
    space = dict(names)
    exec(compile(f"def {head}:\n    {body}\n", "<policy>", "exec"), space)  # our own text; names by repr only
    return cast("Callable[[Flat], Any]", space[head.partition("(")[0]])
