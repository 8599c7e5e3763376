"""Check what a strategy declares against what it reads, and its reason codes (声明与读取检查)."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from creditloop.kernel.documents import Node
from creditloop.risk.checking.findings import StrategyFinding, finding
from creditloop.risk.checking.sheets import Line, Sheet
from creditloop.risk.policy import Policy

_NAMED_MAX = 8
"""Rules named in one finding."""
_WORD = re.compile(r"\b(parameter|list)\s*\.\s*([A-Za-z_][A-Za-z0-9_]*)")
_SINGLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_reading(policy: Policy) -> Iterator[StrategyFinding]:
    """Tell inputs, steps, parameters and lists nobody reads, and lists without an entry in force."""
    root = policy.document.root.mapping()
    mentioned = _mentioned(policy.document.root)
    read = {name for step in policy.program.steps for name in step.reads}
    for entry in policy.inputs:
        if entry.name not in read:
            yield finding("input_unread", where=_place(root, "inputs", entry.name), name=entry.name)
    for parameter in policy.parameters:
        name = parameter.parameter.name
        if ("parameter", name) not in mentioned:
            yield finding("parameter_unread", where=_place(root, "parameters", name), name=name)
    for listed in policy.lists:
        if ("list", listed.name) not in mentioned:
            yield finding("list_unread", where=_place(root, "lists", listed.name), name=listed.name)
        if not listed.listed.values:
            where = _place(root, "lists", listed.name)
            yield finding("list_empty", where=where, name=listed.name, date=policy.rules_as_of)
    for node in _expressions(root):
        name = node.mapping()["name"].text()
        if ("name", name) not in mentioned:
            yield finding("step_unread", where=node.where, name=name)


def check_reasons(sheets: Sequence[Sheet]) -> Iterator[StrategyFinding]:
    """Tell reason codes with two wordings, and those given by several rules of one table."""
    users: dict[str, list[tuple[Sheet, Line]]] = defaultdict(list)
    for sheet in sheets:
        for line in (*sheet.lines, *([sheet.otherwise] if sheet.otherwise is not None else [])):
            if line.reason is not None:
                users[line.reason.code].append((sheet, line))
            elif sheet.what == "table":
                yield finding("reason_missing", where=line.where, table=sheet.id, rule=line.id)
    for code, used in users.items():
        yield from _of_code(code, used)


def _of_code(code: str, used: Sequence[tuple[Sheet, Line]]) -> Iterator[StrategyFinding]:
    (sheet, first), *others = used
    for other_sheet, line in others:
        if line.reason != first.reason:
            yield finding(
                "reason_two_wordings",
                where=line.where,
                table=other_sheet.id,
                rule=line.id,
                name=code,
                other=f"{sheet.id}.{first.id}",
            )
            return
    if others:
        names = [f"{each.id}.{line.id}" for each, line in used]
        shown = ", ".join([*names[:_NAMED_MAX], *(["…"] if len(names) > _NAMED_MAX else [])])
        where = others[0][1].where
        yield finding("reason_shared", where=where, table=sheet.id, name=code, rules=shown)


def _place(root: Mapping[str, Node], part: str, name: str) -> Mapping[str, object]:
    node = root[part].mapping()[name]
    return {**node.where, "line": node.key_line or node.line}


def _expressions(root: Mapping[str, Node]) -> Iterator[Node]:
    """Give the named expressions of the document itself, those inside switches among them."""
    pending = root["steps"].items() if "steps" in root else []
    while pending:
        node = pending.pop(0)
        parts = node.mapping()
        if {"name", "value"} <= parts.keys():
            yield node
        elif "switch" in parts:
            switch = parts["switch"].mapping()
            inner = [branch.mapping()["steps"] for branch in switch["branches"].items()]
            for steps in (*inner, *([switch["otherwise"]] if "otherwise" in switch else [])):
                pending.extend(steps.items())


def _mentioned(node: Node) -> set[tuple[str, str]]:
    """Return the parameters, lists and other names that any text of the document mentions as a reader."""
    found: set[tuple[str, str]] = set()
    pending = [(node, "")]
    while pending:
        node, key = pending.pop()
        if isinstance(node.value, dict):
            for name, inner in node.value.items():
                if key == "when":
                    found.add(("name", name))
                pending.append((inner, key if key in _READERS else name))
        elif isinstance(node.value, list):
            pending.extend((inner, key) for inner in node.value)
        elif isinstance(node.value, str) and key not in _WORDS:
            found.update((match[1], match[2]) for match in _WORD.finditer(node.value))
            found.update(("name", match[0]) for match in _SINGLE.finditer(node.value))
    return found


_READERS = frozenset({"when", "then", "with"})
"""Keys below which every text is an expression, whatever its own key is."""
_WORDS = frozenset(
    {"name", "meaning", "title", "zh", "en", "code", "id", "source", "reason", "output", "unit"}
)
"""Keys whose texts are for people, or name what is given rather than read it."""
