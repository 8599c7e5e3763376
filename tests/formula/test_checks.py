import pytest
from tests.formula.cases import pairs, told

from creditloop.formula import Input, Kind, ListOfValues, NullPolicy, Parameter, Step, compile_program
from creditloop.kernel.errors import PolicyError

LETTERS = {
    "n": Kind.INTEGER,
    "m": Kind.MONEY,
    "r": Kind.NANO,
    "t": Kind.TEXT,
    "b": Kind.BOOLEAN,
    "d": Kind.DATE,
}
INPUTS = [
    *(Input(name, kind, values=("A", "B") if name == "t" else None) for name, kind in LETTERS.items()),
    *(Input(f"{name}1", kind) for name, kind in LETTERS.items()),
]
LISTS = [
    ListOfValues("blocked", Kind.TEXT, ("A", "x")),
    ListOfValues("codes", Kind.INTEGER, ()),
]
PARAMETERS = [Parameter("cutoff", Kind.INTEGER, 90), Parameter("share", Kind.NANO, 3 * 10**8)]


def kind_of(text: str) -> str:
    program = compile_program(inputs=INPUTS, parameters=PARAMETERS, lists=LISTS, steps=[Step("value", text)])
    return program.steps[0].kind.value


@pytest.mark.parametrize(("text", "expected"), pairs("kinds.txt"))
def test_kinds_go_together_or_are_refused_with_a_hint(text: str, expected: str) -> None:
    assert told(lambda: kind_of(text)) == expected


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("n", Kind.BOOLEAN, "integer"),
        ("r", Kind.INTEGER, "nano"),
        ("1", Kind.MONEY, "integer"),
        ("m", Kind.NANO, "money"),
    ],
)
def test_a_step_gives_the_kind_that_is_asked_of_it(text: str, kind: Kind, found: str) -> None:
    with pytest.raises(PolicyError, match="another kind") as raised:
        compile_program(inputs=INPUTS, steps=[Step("value", text, kind=kind)])
    assert (raised.value.got, raised.value.expected) == (found, kind.value)


def test_an_integer_may_stand_for_a_ratio() -> None:
    program = compile_program(inputs=[], steps=[Step("value", "2", kind=Kind.NANO)])
    assert program.operations[program.steps[0].number].value == 2 * 10**9


@pytest.mark.parametrize("text", [" + ".join(["n"] * 150), "(" + " + ".join(["n"] * 90) + ")" + " + n" * 90])
def test_a_long_chain_of_operators_is_refused_not_crashed_on(text: str) -> None:
    with pytest.raises(PolicyError, match="nests too deep"):
        kind_of(text)


def test_a_step_reads_earlier_steps_only() -> None:
    steps = [Step("one", "two + 1"), Step("two", "n")]
    with pytest.raises(PolicyError, match="two is a later step"):
        compile_program(inputs=INPUTS, steps=steps)
    with pytest.raises(PolicyError, match="one is a later step"):
        compile_program(inputs=INPUTS, steps=[Step("one", "one + 1")])


def test_a_name_may_stand_for_another_and_errors_keep_what_was_written() -> None:
    steps = [Step("own__n", "n + 1"), Step("a", "n * 2", names={"n": "own__n"})]
    program = compile_program(inputs=INPUTS, steps=steps)
    assert program.operations[program.step("a").number].args[0] == program.step("own__n").number
    with pytest.raises(PolicyError, match="n is a later step"):
        compile_program(inputs=INPUTS, steps=[Step("a", "n * 2", names={"n": "own"}), Step("own", "1")])
    with pytest.raises(PolicyError, match="nothing is called short"):
        compile_program(inputs=INPUTS, steps=[Step("a", "short", names={"short": "no_such"})])


def test_a_null_declared_again_keeps_the_declared_values() -> None:
    steps = [Step("t__again", "t", null=NullPolicy.MATCH), Step("a", "t = 'C'", names={"t": "t__again"})]
    with pytest.raises(PolicyError, match="not among the declared values"):
        compile_program(inputs=INPUTS, steps=steps)


@pytest.mark.parametrize(
    ("text", "got", "hint"),
    [
        ("n in [yuan(1)..5]", "integer in money", "write the amount as money: yuan(500) or fen(50000)"),
        ("n in [1..yuan(5)]", "integer in money", "write the amount as money: yuan(500) or fen(50000)"),
        ("m in [yuan(1)..5]", "money in integer", "write the amount as money: yuan(500) or fen(50000)"),
        ("n in ['A'..5]", "integer in text", "a number has no quotes"),
        ("m in [1..0.5]", "money in integer", "write the amount as money: yuan(500) or fen(50000)"),
        ("t in ['A'..'B']", "text in text", "a text has no order: it is only = or !=, or `in` a list"),
    ],
)
def test_an_interval_of_another_kind_is_told_by_its_first_wrong_end(text: str, got: str, hint: str) -> None:
    with pytest.raises(PolicyError, match="the interval holds another kind") as raised:
        kind_of(text)
    assert (raised.value.got, raised.value.hint) == (got, hint)


@pytest.mark.parametrize(
    "text", ["n in [1..1]", "n in [1..2)", "n in (1..2)", "n in [n1..1]", "n in (n1..n1)"]
)
def test_an_interval_that_can_hold_a_value_is_taken(text: str) -> None:
    assert kind_of(text) == "boolean"


@pytest.mark.parametrize(
    "text", ["n in (1..1]", "n in [1..1)", "n in (1..1)", "n in [2..1]", "m in [yuan(1)..yuan(0)]"]
)
def test_an_interval_that_can_hold_none_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="the interval is empty"):
        kind_of(text)


@pytest.mark.parametrize(
    ("text", "message", "expected"),
    [
        ("yuan('5')", "yuan makes a literal of one written value", "yuan(500.00), a written number"),
        ("yuan('2005-06-30')", "yuan makes a literal of one written value", "yuan(500.00), a written number"),
        ("yuan(1, 2)", "yuan makes a literal of one written value", "yuan(500.00), a written number"),
        ("fen('5')", "fen makes a literal of one written value", "fen(50000), a whole number"),
        ("fen(5.0)", "fen makes a literal of one written value", "fen(50000), a whole number"),
        ("fen(n)", "fen makes a literal of one written value", "fen(50000), a whole number"),
        ("date(5)", "date makes a literal of one written value", "date('2005-06-30')"),
        ("date(d)", "date makes a literal of one written value", "date('2005-06-30')"),
        ("date()", "date makes a literal of one written value", "date('2005-06-30')"),
    ],
)
def test_a_literal_takes_one_written_value_of_its_own_form(text: str, message: str, expected: str) -> None:
    with pytest.raises(PolicyError, match=message) as raised:
        kind_of(text)
    assert raised.value.expected == expected
