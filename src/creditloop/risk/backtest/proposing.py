"""Write a proposed strategy (建议稿): the same text with a dated value more for each number that moves."""

from collections.abc import Callable, Mapping
from datetime import date

from creditloop.formula import Kind
from creditloop.kernel.documents import Document, Node, parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk.policy import Policy, read_policy

MOVING = (Kind.INTEGER, Kind.MONEY, Kind.NANO)
"""Kinds of parameter that can move."""


def number_in_force(policy: Policy, name: str) -> tuple[Kind, int]:
    """Return the kind and the value in force of a parameter that can move.

    Raises: PolicyError if the policy has no such parameter, or it is no number.
    """
    for entry in policy.parameters:
        kind, value = entry.parameter.kind, entry.parameter.value
        if entry.parameter.name == name and kind in MOVING and isinstance(value, int):
            return kind, value
    raise PolicyError(
        "the policy has no number of this name to move",
        got=name,
        expected=[entry.parameter.name for entry in policy.parameters if entry.parameter.kind in MOVING],
        where={"file": policy.document.path},
    )


def proposed_text(document: Document, *, values: Mapping[str, str], effective_from: date, source: str) -> str:
    """Write a policy's text with one dated entry more for each parameter; nothing else changes.

    Args:
        values: by parameter, as `bins.number_text` writes them.
        source: why, on one line without double quotes.
    Raises: PolicyError if a parameter is not there, or its values are not written below each other.
    """
    parameters = document.root.mapping(required=["parameters"])["parameters"].mapping(required=list(values))
    lines = document.text.splitlines(keepends=True)
    added: list[tuple[int, str]] = []
    for name, value in values.items():
        last = parameters[name].mapping(required=["values"])["values"].items()[-1]
        text = lines[last.line - 1]
        indent = text[: len(text) - len(text.lstrip())]
        if not text.lstrip().startswith("- "):
            raise last.fail("values must stand below each other, one entry a line", got=text.strip())
        entry = f'{indent}- {{from: {effective_from}, value: {value}, source: {{title: "{source}"}}}}\n'
        added.append((_last_line(last), entry))
    for line, entry in sorted(added, reverse=True):
        lines.insert(line, entry)
    return "".join(lines)


def proposed_policy(
    document: Document,
    *,
    values: Mapping[str, str],
    effective_from: date,
    source: str,
    find: Callable[[str], Document] | None = None,
) -> Policy:
    """Read a policy as it would be with these values in force; see `proposed_text`.

    Args:
        find: reads a sub-strategy's document by its path.
    Raises: PolicyError as `proposed_text` and `read_policy` do.
    """
    text = proposed_text(document, values=values, effective_from=effective_from, source=source)
    return read_policy(parse_document(text, path=document.path), rules_as_of=effective_from, find=find)


def _last_line(node: Node) -> int:
    """Return the last line an entry reaches, as far as its values begin."""
    inner = node.value
    nodes = list(inner.values()) if isinstance(inner, dict) else inner if isinstance(inner, list) else []
    return max([node.line, *(_last_line(child) for child in nodes)])
