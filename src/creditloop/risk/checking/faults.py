"""Tell everything that keeps a document from being read, not only the first thing (多处错误一次报告).

Reading stops at what is wrong first. Here the part that is wrong — a row, a step, an input, a number — is
taken out, with all that reads it, and the rest is read again, until it reads or nothing can be taken out.
What is wrong only because a part is missing that was taken out is not told.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import PolicyError
from creditloop.risk.policy import read_policy
from creditloop.risk.strategy.sub_strategy import FindDocument

FAULTS_MAX = 20
"""Faults looked for: a document with more is read again when these are mended."""
_ITEMS = frozenset({"steps", "tables", "rows", "parts", "branches", "otherwise", "entries"})
"""Keys of lists whose items can be taken out."""
_NAMED = frozenset({"inputs", "parameters", "lists", "sources"})
"""Keys of the document whose entries can be taken out."""
_SINGLE = frozenset({"effective", "ranking", "decided_when"})
"""Keys of the document that can be taken out."""
_READERS = frozenset({"when", "then", "value", "input", "at_least", "at_most", "size", "with", "inputs"})
"""Keys below which texts, and keys, are read as names."""
_READINGS_MAX = 3 * FAULTS_MAX
"""Times a document is read at most."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that keeps a document from being read; table and rule where it lies in one."""

    error: PolicyError
    table: str | None
    rule: str | None


def faults_of(
    document: Document, *, rules_as_of: date, find: FindDocument | None = None
) -> tuple[Fault, ...]:
    """Return what keeps a document from being read, in the order of its lines; none if it can be read.

    Args: as of `read_policy`.
    """
    found, lost, pruned = list[Fault](), set[str](), set[tuple[str, ...]]()
    rest = document
    for _ in range(_READINGS_MAX):
        try:
            read_policy(rest, rules_as_of=rules_as_of, find=find)
        except PolicyError as error:
            way = _way_to(rest, error)
            at = _removable(way)
            if at is None or (way[-1].path not in pruned and not _names(error) & lost):
                found.append(_fault(error, way))
            if at is None or len(found) == FAULTS_MAX:
                break
            rest = replace(rest, root=_taken_out(rest.root, [way[: at + 1]], lost, pruned))
        else:
            break
    return tuple(sorted(found, key=lambda fault: _line(fault.error)))


def _taken_out(
    root: Node, ways: Sequence[Sequence[Node]], lost: set[str], pruned: set[tuple[str, ...]]
) -> Node:
    """Return a tree without the last node of each way, and without what reads a name that is lost so."""
    while ways:
        for way in ways:
            lost |= set(_given(way[-1]))
            pruned |= {node.path for node in way}
        root = _without(root, frozenset(way[-1].path for way in ways))
        reading = [(way, _removable(way)) for way in _reading([root], lost)]
        ways = [way[: at + 1] for way, at in reading if at is not None]
    return root


def _reading(way: list[Node], lost: set[str]) -> Iterator[list[Node]]:
    """Give the ways to everything that reads a lost name."""
    node = way[-1]
    if _READERS & set(node.path[1:]):
        named = _NAME.findall(node.value) if isinstance(node.value, str) else _keys(node)
        if not lost.isdisjoint(named):
            yield way
            return
    for inner in _inner(node):
        yield from _reading([*way, inner], lost)


def _way_to(document: Document, error: PolicyError) -> list[Node]:
    """Return the nodes from the root to where an error lies; of another document those to who names it."""
    if error.where.get("file") != document.path:
        return _way_to_sub_strategy(document.root)
    path = tuple(str(error.where.get("field", "")).split("."))
    way = [document.root]
    while (inner := next((n for n in _inner(way[-1]) if n.path == path[: len(n.path)]), None)) is not None:
        way.append(inner)
    return way


def _way_to_sub_strategy(root: Node) -> list[Node]:
    """Return the nodes to the first step that names another document."""
    pending = [[root]]
    while pending:
        way = pending.pop(0)
        if way[-1].path[-1:] == ("document",):
            return way
        pending += [[*way, inner] for inner in _inner(way[-1])]
    return [root]


def _inner(node: Node) -> list[Node]:
    if isinstance(node.value, dict):
        return list(node.value.values())
    return list(node.value) if isinstance(node.value, list) else []


def _removable(way: Sequence[Node]) -> int | None:
    """Return the place of the innermost node that can be taken out; a list is not left empty."""
    for at in range(len(way) - 1, 0, -1):
        path, above = way[at].path, way[at - 1]
        items = isinstance(above.value, list) and path[-2] in _ITEMS
        named = (len(path) == 2 and path[0] in _NAMED) or (len(path) == 1 and path[0] in _SINGLE)
        if named or (items and (len(_inner(above)) > 1 or path[-2] not in {"rows", "parts", "branches"})):
            return at
    return None


def _without(node: Node, paths: frozenset[tuple[str, ...]]) -> Node:
    """Return a tree without the nodes of these paths; what is left keeps its lines and paths."""
    if isinstance(node.value, dict):
        kept = {key: _without(inner, paths) for key, inner in node.value.items() if inner.path not in paths}
        return replace(node, value=kept)
    if isinstance(node.value, list):
        return replace(
            node, value=[_without(inner, paths) for inner in node.value if inner.path not in paths]
        )
    return node


def _given(part: Node) -> Iterator[str]:
    """Give the names that are not there without a part."""
    if len(part.path) == 2 and part.path[0] in _NAMED:
        yield part.path[1]
    pending = [part]
    while pending:
        node = pending.pop()
        entries: Mapping[str, Node] = node.value if isinstance(node.value, dict) else {}
        for key, inner in entries.items():
            if key in {"outputs", "gives"} and isinstance(inner.value, dict):
                yield from inner.value
            elif key in {"name", "output"} and isinstance(inner.value, str):
                yield inner.value
        pending += _inner(node)


def _names(error: PolicyError) -> set[str]:
    """Return the names an error speaks of."""
    return set(_NAME.findall(f"{error.message} {error.got}"))


def _fault(error: PolicyError, way: Sequence[Node]) -> Fault:
    table = next((name for node in reversed(way) if "rows" in _keys(node) and (name := _id(node))), None)
    rule = next((name for node in reversed(way) if "when" in _keys(node) and (name := _id(node))), None)
    return Fault(error=error, table=table, rule=rule)


def _keys(node: Node) -> Mapping[str, Node]:
    return node.value if isinstance(node.value, dict) else {}


def _id(node: Node) -> str | None:
    inner = _keys(node).get("id")
    return inner.value if inner is not None and isinstance(inner.value, str) else None


def _line(error: PolicyError) -> tuple[bool, int]:
    line = error.where.get("line")
    return (not isinstance(line, int), line if isinstance(line, int) else 0)
