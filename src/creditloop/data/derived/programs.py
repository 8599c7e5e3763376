"""From what documents say to a program: an input is null unless its source is known of the party."""

from collections.abc import Sequence

from creditloop.data.derived.definitions import DerivedDraft
from creditloop.data.table_reading import words_from_node
from creditloop.formula import (
    Input,
    Kind,
    Parameter,
    Program,
    Step,
    compile_program,
    constant_from_node,
    kind_from_node,
    placed,
)
from creditloop.kernel.canonical import content_hash
from creditloop.kernel.documents import Document, Node, source_from_node
from creditloop.kernel.errors import InputError

KNOWN = "known_"
"""With a contract's name: whether that source was asked of the party and its answer is not stale."""


def derived_program(draft: DerivedDraft, *, at: Node, more: Sequence[Step] = ()) -> Program:
    """Compile what documents say, and further steps.

    The program's inputs are the window features, by their own names, and a boolean `known_<source>` each.

    Args:
        at: where to say what is wrong with names; an expression's fault has its own place.
    Raises: PolicyError for an expression that does not compile, or a name given twice.
    """
    inputs = [Input(f"{KNOWN}{source}", Kind.BOOLEAN) for source in draft.sources]
    kinds = {entry.feature: entry for entry in draft.inputs}
    inputs += [Input(name, entry.kind, unit=entry.unit) for name, entry in kinds.items()]
    named = [
        Step(entry.name, f"if {KNOWN}{entry.source} then {entry.feature} else null", kind=entry.kind)
        for entry in draft.inputs
    ]
    try:
        return compile_program(
            inputs=inputs, steps=[*named, *draft.steps, *more], parameters=draft.parameters
        )
    except InputError as error:
        raise placed(error, at) from error


def version_hash(document: Document, program: Program, draft: DerivedDraft) -> str:
    """Return the SHA-256 of all that a value depends on: the document, its program, each window document."""
    windows = {own.document.path: own.hash for own in draft.windows}
    return content_hash({"document": document.hash, "program": program.hash, "windows": windows})


def parameter_from_node(name: str, node: Node) -> Parameter:
    """Read a number of the bank's, with its meaning and source."""
    parts = node.mapping(required=["kind", "value", "meaning", "source"], optional=[])
    words_from_node(parts["meaning"])
    source_from_node(parts["source"])
    kind = kind_from_node(parts["kind"])
    try:
        return Parameter(name, kind, constant_from_node(parts["value"], kind=kind), node.where)
    except InputError as error:
        raise placed(error, node) from error
