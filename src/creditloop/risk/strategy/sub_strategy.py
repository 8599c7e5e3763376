"""Read a sub-strategy: {id, document, with?, gives}: another document, judged in place.

It reads its own inputs, numbers and lists, nothing of the outer document's. What it makes stands in the
program as `<id>__<name>`; `gives` makes some of it names of the outer document.
"""

from collections.abc import Callable
from datetime import date
from posixpath import dirname, join, normpath

from creditloop.formula import Input, Name, NullPolicy, Tree
from creditloop.kernel.documents import Document, Node
from creditloop.risk.rules import name_from_node
from creditloop.risk.strategy.document import Head, read_head
from creditloop.risk.strategy.expression_step import expression_text
from creditloop.risk.strategy.space import Known, Space
from creditloop.risk.strategy.steps import SubStrategyStep
from creditloop.risk.strategy.switch_step import ReadSteps

FindDocument = Callable[[str], Document]
"""Gives the document of a path, told from the bank's folder; raises PolicyError if there is none."""


def read_sub_strategy(
    node: Node, space: Space, *, read_steps: ReadSteps, find: FindDocument | None
) -> SubStrategyStep:
    """Read a sub-strategy and add its steps to the program.

    Raises: PolicyError naming file, line and field: no such document, one that stands for itself, an input
        that is not given or given as another kind, a name it does not give.
    """
    parts = node.mapping(required=["id", "document", "gives"], optional=["with"])
    own = space.prefix + name_from_node(parts["id"], what="sub-strategy")
    path = _path(parts["document"], space)
    document = _document(parts["document"], path, find)
    head = _head(parts["document"], document, space.rules_as_of)
    inner = _inner(node, parts.get("with"), head, own, space, path)
    space.draft.documents.append(document)
    steps = read_steps([*head.steps, *_as_steps(head.tables)], inner)
    gives, takes = dict[str, str](), dict[str, str]()
    for here, there in parts["gives"].mapping().items():
        known = inner.names.get(there.text())
        if known is None or not known.computed:
            made = sorted(name for name, each in inner.names.items() if each.computed)
            raise there.fail("the sub-strategy does not give this", got=there.value, expected=made)
        gives[here] = space.add(
            space.prefix + here,
            Name(known.step),
            text=f"{there.value} of {document.path}",
            kind=known.kind,
            where=there.where,
            null=NullPolicy.REFER,
        )
        given = Known(kind=known.kind, step=gives[here], computed=True, answer=True, values=known.values)
        space.give(here, given, there)
        takes[here] = there.text()
    return SubStrategyStep(id=own, document=document, steps=steps, gives=gives, takes=takes, where=node.where)


def _path(node: Node, space: Space) -> str:
    """Return the path a sub-strategy is asked for by, told from the bank's folder."""
    path = normpath(join(dirname(node.file), node.text()))
    if path in space.stack:
        raise node.fail("a strategy stands for itself", got=" → ".join([*space.stack, path]))
    return path


def _document(node: Node, path: str, find: FindDocument | None) -> Document:
    if find is None:
        raise node.fail("other documents cannot be read here", got=path)
    return find(path)


def _head(node: Node, document: Document, rules_as_of: date) -> Head:
    head = read_head(document, rules_as_of=rules_as_of)
    if head.sources:
        raise node.fail("only the outer document asks sources", got=[entry.name for entry in head.sources])
    return head


def _as_steps(tables: tuple[Node, ...]) -> list[Node]:
    return [Node({"table": table}, table.file, table.line, table.path) for table in tables]


def _inner(node: Node, given: Node | None, head: Head, own: str, space: Space, path: str) -> Space:
    """Return the space of the sub-strategy: its inputs, each what the outer document gives for it."""
    prefix = f"{own}__"
    parameters, lists = head.words
    for parameter in parameters:
        space.draft.add_parameter(parameter, prefix)
    for listed in lists:
        space.draft.add_list(listed, prefix)
    texts = given.mapping() if given is not None else {}
    if unknown := sorted(texts.keys() - {entry.name for entry in head.inputs}):
        raise texts[unknown[0]].fail(
            "the sub-strategy has no such input",
            got=unknown[0],
            expected=[entry.name for entry in head.inputs],
        )
    names = {
        entry.name: _given(texts.get(entry.name, node), entry, space, prefix, written=entry.name in texts)
        for entry in head.inputs
    }
    return Space(
        draft=space.draft,
        names=names,
        parameters=parameters,
        lists=lists,
        rules_as_of=space.rules_as_of,
        prefix=prefix,
        document_prefix=prefix,
        path=space.path,
        stack=(*space.stack, *dict.fromkeys((path, head.document.path))),
    )


def _given(node: Node, entry: Input, space: Space, prefix: str, *, written: bool) -> Known:
    """Return what an input of the sub-strategy stands for: an expression, or the name it has here as well."""
    text = expression_text(node) if written else entry.name
    tree: Tree = space.read(text, node.where) if written else Name(entry.name)
    itself = space.names.get(tree.name) if isinstance(tree, Name) else None
    if isinstance(tree, Name) and itself is None:
        raise node.fail(
            "an input of the sub-strategy is not given", got=tree.name, expected=sorted(space.names)
        )
    if itself is not None and itself.kind is not entry.kind:
        raise node.fail(
            f"an input of the sub-strategy is given as another kind: {entry.name!r}",
            got=itself.kind.value,
            expected=entry.kind.value,
        )
    computed = itself is None or itself.computed
    if computed and entry.null is not NullPolicy.REFER:
        raise node.fail(
            f"what the policy itself computes must refer when it is null: {entry.name!r}",
            got=entry.null.value,
            expected=NullPolicy.REFER.value,
        )
    known = itself or Known(kind=entry.kind, step="", computed=True)
    step = space.passed(prefix + entry.name, entry, known, tree=tree, text=text, where=node.where)
    answer = computed and (itself is None or itself.answer) and space.reads_answer(tree)
    return Known(
        kind=entry.kind, step=step, computed=computed, answer=answer, null=entry.null, values=entry.values
    )
