"""Read inputs, values and cells of the language from the bank's documents."""

from datetime import date

from creditloop.formula.forms import Op
from creditloop.formula.kinds import Input, Kind, NullPolicy, Value
from creditloop.formula.program import Step, compile_program
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError


def inputs_from_node(node: Node) -> tuple[Input, ...]:
    """Read `inputs:`, a mapping of name to {kind, null?, values?, unit?}, in the order written.

    Raises: PolicyError naming file, line and field of what is wrong.
    """
    return tuple(_input(name, entry) for name, entry in node.mapping().items())


def kind_from_node(node: Node) -> Kind:
    """Read the name of a kind."""
    return Kind(node.text(among=[kind.value for kind in Kind]))


def constant_from_node(node: Node, *, kind: Kind) -> Value:
    """Read one value: a text as it stands, all else as a literal of the language (`yuan(500)`, `0.05`)."""
    if kind is Kind.TEXT:
        return node.text()
    program = compile_program(inputs=[], steps=[Step("value", cell_text(node, kind=kind), node.where, kind)])
    operation = program.operations[program.steps[0].number]
    if operation.op is not Op.CONSTANT:
        raise node.fail("expected one value here, not an expression", got=node.value)
    return operation.value


def cell_text(node: Node, *, kind: Kind) -> str:
    """Return the expression a cell stands for.

    A cell of kind text is the text itself, unless it begins with `=`: then an expression follows. A cell of
    any other kind is an expression; whole numbers, true, false and dates may be written as YAML writes them.
    """
    value = node.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and kind is not Kind.TEXT:
        return str(value)
    if isinstance(value, date):
        return f"date('{value.isoformat()}')"
    text = node.text()
    if kind is not Kind.TEXT:
        return text
    return text[1:] if text.startswith("=") else quoted(text, node)


def quoted(text: str, node: Node) -> str:
    """Write a text as a literal of the language, which has no escapes."""
    quote = "'" if "'" not in text else '"'
    if quote in text or "\n" in text:
        raise node.fail(
            "the text cannot be written as a literal", got=text, expected="one line, one kind of quote"
        )
    return f"{quote}{text}{quote}"


def _input(name: str, node: Node) -> Input:
    parts = node.mapping(required=["kind"], optional=["null", "values", "unit"])
    kind = kind_from_node(parts["kind"])
    null = (
        parts["null"].text(among=[policy.value for policy in NullPolicy])
        if "null" in parts
        else NullPolicy.REFER
    )
    values = (
        [constant_from_node(value, kind=kind) for value in parts["values"].items()]
        if "values" in parts
        else None
    )
    unit = parts["unit"].text() if "unit" in parts else None
    try:
        return Input(name, kind, NullPolicy(null), tuple(values) if values is not None else None, unit)
    except InputError as error:
        raise placed(error, node) from error


def placed(error: InputError, node: Node) -> InputError:
    """Return an error about a declaration with the place it was read from."""
    return (
        error
        if error.where
        else node.fail(error.message, got=error.got, expected=error.expected, hint=error.hint)
    )
