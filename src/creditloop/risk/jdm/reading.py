"""Take a decision graph over: graph in, our strategy document out (导入).

1. read the graph; 2. tell the kinds of its inputs; 3. walk it once to learn which inputs' nulls must refer,
and once more to draft the document; 4. read the document like any other of the bank.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from creditloop.formula import Kind, NullPolicy, python_function
from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.activity import Activity
from creditloop.risk.jdm.answering import ImportedGraph
from creditloop.risk.jdm.building import Builder
from creditloop.risk.jdm.cells import read_cell
from creditloop.risk.jdm.contexts import Fields, Given, Scalar
from creditloop.risk.jdm.documents import document_text
from creditloop.risk.jdm.drafting import Draft, DraftInput
from creditloop.risk.jdm.expressions import read_expression
from creditloop.risk.jdm.graph import DecisionNode, ExpressionNode, Graph, SwitchNode, TableNode, read_graph
from creditloop.risk.jdm.joining import Incoming
from creditloop.risk.jdm.kinds import InputKinds, kinds_in_use
from creditloop.risk.jdm.refusals import Refusal, outside, placed_in
from creditloop.risk.jdm.schema import read_schema
from creditloop.risk.jdm.writing import EXTENSION, drawing_hash
from creditloop.risk.policy import read_policy

Json = Mapping[str, object]


def import_graph(
    graph: Json,
    *,
    name: str,
    product: str,
    stage: str,
    rules_as_of: date,
    samples: Sequence[Json] = (),
    decisions: Mapping[str, Json] | None = None,
) -> ImportedGraph:
    """Take a decision graph (JDM) over as a strategy document of ours.

    Args:
        name, product, stage: what the document is called and where it belongs.
        samples: cases as they come in, which tell the kinds of inputs where the graph's schema does not.
        decisions: graphs by the key under which sub-decision nodes name them; they are put in place.
    Raises: PolicyError with node, field, text and `reason` for what is outside what is taken over: nothing is
        approximated.
    """
    if EXTENSION in graph:
        return _carried(graph)
    try:
        draft, results, schema = _drafted(graph, samples, decisions or {})
    except RecursionError as error:
        raise outside(Refusal.SIZE, "an expression that nests too deep") from error
    text = document_text(_document(draft, name=name, product=product, stage=stage))
    if draft.ascii_all and not text.isascii():
        _refuse_other_scripts(draft)
    try:
        policy = read_policy(parse_document(text, path=f"{name}.yaml"), rules_as_of=rules_as_of)
    except PolicyError as error:
        placed_in(error, reason=Refusal.SIZE.value)
        raise
    inputs = tuple(draft.inputs.values())
    every_text = {entry.name for entry in inputs if entry.kind is Kind.TEXT}
    return ImportedGraph(
        text=text,
        policy=policy,
        inputs=inputs,
        results=tuple(results),
        schema=schema,
        closed=tuple(sorted(draft.closed)),
        objects=tuple(sorted(draft.objects)),
        apart=tuple(sorted(draft.apart)),
        ascii_inputs=frozenset(every_text if draft.ascii_all else draft.ascii_inputs),
        function=python_function(policy.program),
    )


def _drafted(
    graph: Json, samples: Sequence[Json], decisions: Mapping[str, Json]
) -> tuple[Draft, list[Incoming], Json]:
    """Read a graph, tell the kinds of its inputs, and walk it; return draft, what comes out, and schema."""
    read = read_graph(graph)
    others = {key: read_graph(other) for key, other in decisions.items()}
    used = kinds_in_use(use for each in (read, *others.values()) for use in _expressions(each))
    schema = read_schema(read.input.schema)
    kinds = InputKinds(schema=schema, samples=samples, used=used)
    first, _ = _walked(read, Draft(kinds=kinds), decisions)
    strict = frozenset(first.leaking)
    return *_walked(read, Draft(kinds=kinds, strict=strict), decisions), schema


def _carried(graph: Json) -> ImportedGraph:
    """Read the document an exported graph carries, if neither it nor the drawing was changed since."""
    extension = graph[EXTENSION]
    if not isinstance(extension, Mapping) or extension.get("drawing") != drawing_hash(graph, extension):
        raise outside(
            Refusal.EXTENSION,
            "the nodes, or the document they were drawn from, were changed after the export; change the"
            " document itself, or remove the field",
            where={"field": EXTENSION},
        )
    try:
        main, others = extension["document"], extension["documents"]
        rules_as_of = date.fromisoformat(extension["rules_as_of"])
        texts = {str(entry["path"]): str(entry["text"]) for entry in (main, *others)}
        text, path = str(main["text"]), str(main["path"])
    except (KeyError, TypeError, ValueError) as error:
        detail = f"not as it was written: {error!r}"
        raise outside(Refusal.EXTENSION, detail, where={"field": EXTENSION}) from error
    documents = {name: parse_document(other, path=name) for name, other in texts.items()}

    def find(name: str) -> Document:
        if name not in documents:
            raise outside(
                Refusal.EXTENSION, f"the document {name} is not carried", where={"field": EXTENSION}
            )
        return documents[name]

    policy = read_policy(documents[path], rules_as_of=rules_as_of, find=find)
    paths = {name: detail.path or name for name, detail in policy.input_details.items()}
    inputs = [
        DraftInput(entry.name, tuple(paths[entry.name].split(".")), entry.kind) for entry in policy.inputs
    ]
    given = [
        (name, Scalar(output.step, output.kind)) for name, output in policy.outputs.items() if output.step
    ]
    return ImportedGraph(
        text=text,
        policy=policy,
        inputs=tuple(inputs),
        results=(Incoming(Activity(), Fields(None, tuple(given))),),
        schema={},
        closed=(),
        ascii_inputs=frozenset(),
        function=python_function(policy.program),
    )


def _walked(graph: Graph, draft: Draft, decisions: Mapping[str, Json]) -> tuple[Draft, list[Incoming]]:
    return draft, Builder(draft, decisions).results(graph, Given(()), Activity())


def _document(draft: Draft, *, name: str, product: str, stage: str) -> Json:
    inputs = {
        entry.name: {
            "kind": entry.kind.value,
            "null": _null_policy(entry.name, draft),
            "path": ".".join(entry.path),
        }
        for entry in draft.inputs.values()
    }
    return {
        "policy": name,
        "product": product,
        "stage": stage,
        "title": {"zh": name, "en": name},
        "inputs": inputs,
        "steps": draft.steps,
    }


def _null_policy(name: str, draft: Draft) -> str:
    return (NullPolicy.REFER if name in draft.strict else NullPolicy.NO_MATCH).value


def _refuse_other_scripts(draft: Draft) -> None:
    """Refuse texts that are not ASCII where a computed text reaches a function that agrees on ASCII only."""
    for step in draft.steps:
        for written in _written_texts(step):
            if not written.isascii():
                raise outside(Refusal.FUNCTION, f"a text function beside a text that is not ASCII: {written}")


def _written_texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in {"meaning", "reason"}:
                yield from _written_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _written_texts(inner)
    elif isinstance(value, str):
        yield value


def _expressions(graph: Graph) -> Iterator[tuple[tree.Expression, tree.Expression | None]]:
    """Give every expression of a graph that can be read, with what `$` stands for in it."""
    for node in graph.nodes:
        match node:
            case ExpressionNode():
                yield from ((read, None) for _, text in node.entries for read in _readable(text))
            case SwitchNode():
                yield from ((read, None) for _, text in node.statements for read in _readable(text))
            case TableNode():
                yield from _of_table(node)
            case DecisionNode():
                continue


def _of_table(node: TableNode) -> Iterator[tuple[tree.Expression, tree.Expression | None]]:
    for rule in node.rules:
        for column in node.outputs:
            yield from ((read, None) for read in _readable(rule.cells.get(column.id, "")))
        for column in node.inputs:
            text = rule.cells.get(column.id, "")
            if column.field is None:
                yield from ((read, None) for read in _readable(text))
                continue
            for subject in _readable(column.field):
                yield from ((read, subject) for read in _readable(text, cell=True))


def _readable(text: str, *, cell: bool = False) -> Iterator[tree.Expression]:
    """Give an expression, or nothing where there is none or it will be refused in its place."""
    try:
        read = read_cell(text) if cell else read_expression(text) if text.strip() else None
    except PolicyError:
        return
    if read is not None:
        yield read
