import dataclasses

import pytest

from creditloop.formula import Input, Kind, NullPolicy, Parameter, Step, compile_program
from creditloop.formula.grammar import DEEPEST
from creditloop.formula.tree import Binary, Choice, Minus, Name, Null, Number, Text, Tree
from creditloop.kernel.errors import InputError, UnknownId

N = Input("n", Kind.INTEGER)


def hash_of(text: str = "n > 5", declared: Input = N, name: str = "a", value: int = 5) -> str:
    parameters = [Parameter("p", Kind.INTEGER, value)]
    return compile_program(inputs=[declared], steps=[Step(name, text)], parameters=parameters).hash


def test_the_hash_is_of_the_meaning_not_of_the_writing() -> None:
    assert hash_of("n>5") == hash_of("( n > 5 )") == hash_of("n > parameter.p")
    assert hash_of("n > 6") == hash_of("n > parameter.p", value=6)
    changed = [
        hash_of("n > 6"),
        hash_of("n >= 5"),
        hash_of("5 > n"),
        hash_of(name="b"),
        hash_of(declared=dataclasses.replace(N, null=NullPolicy.MATCH)),
        hash_of(declared=dataclasses.replace(N, values=(4, 5, 6))),
        hash_of(declared=dataclasses.replace(N, kind=Kind.NANO)),
    ]
    assert len({hash_of(), *changed}) == len(changed) + 1


def test_the_hash_is_stable() -> None:
    assert hash_of() == "eb53a68f8e5e5ec7918ead2cdc69b8689cc8b76ad8f42a94ad9e75e40d33edc4"


def test_equal_operations_are_kept_once() -> None:
    once = compile_program(inputs=[N], steps=[Step("a", "n * 2 > 5")])
    twice = compile_program(inputs=[N], steps=[Step("a", "n * 2 > 5"), Step("b", "n * 2 > 5 and n * 2 > 5")])
    assert len(twice.operations) == len(once.operations) + 1


def test_a_step_knows_the_inputs_it_can_depend_on() -> None:
    inputs = [N, Input("m", Kind.MONEY), Input("spare", Kind.TEXT)]
    steps = [Step("a", "m > yuan(1)"), Step("b", "n > 1 or a"), Step("c", "1 + 1")]
    program = compile_program(inputs=inputs, steps=steps)
    assert [step.reads for step in program.steps] == [("m",), ("m", "n"), ()]
    assert program.step("b").text == "n > 1 or a"
    with pytest.raises(UnknownId, match="no such step"):
        program.step("d")


@pytest.mark.parametrize(
    ("inputs", "steps", "twice"),
    [
        ([N, N], [], ["n"]),
        ([N], [Step("n", "1")], ["n"]),
        ([N], [Step("a", "1"), Step("a", "2")], ["a"]),
        ([N, Input("a__state", Kind.TEXT)], [Step("a", "1")], ["a__state"]),
    ],
)
def test_a_name_is_given_once(inputs: list[Input], steps: list[Step], twice: list[str]) -> None:
    with pytest.raises(InputError, match="given twice") as raised:
        compile_program(inputs=inputs, steps=steps)
    assert raised.value.got[: len(twice)] == twice  # type: ignore[index]


@pytest.mark.parametrize("name", ["", "1a", "a b", "a.b", "in", "yuan", "parameter", "__a", "金额", "a-b"])
def test_a_name_can_be_written_in_the_language(name: str) -> None:
    with pytest.raises(InputError, match="not a name for step"):
        compile_program(inputs=[], steps=[Step(name, "1")])
    with pytest.raises(InputError, match="not a name for input"):
        Input(name, Kind.TEXT)


def test_a_step_may_be_made_instead_of_written() -> None:
    tree = Choice(((Binary(">", Name("n"), Number("5")), Text("high")),), Null())
    made = compile_program(inputs=[N], steps=[Step("a", "made", tree=tree)])
    written = compile_program(inputs=[N], steps=[Step("a", "if n > 5 then 'high' else null")])
    assert made.hash == written.hash


def test_a_step_that_is_made_nests_as_deep_as_one_that_is_written() -> None:
    tree: Tree = Name("n")
    for _ in range(DEEPEST - 1):
        tree = Minus(tree)
    compile_program(inputs=[N], steps=[Step("a", "made", tree=tree)])
    with pytest.raises(InputError, match="nests too deep"):
        compile_program(inputs=[N], steps=[Step("a", "made", tree=Minus(tree))])
    beside = Binary("+", Binary("+", Name("n"), Name("n")), tree)  # what stands beside it is not above it
    with pytest.raises(InputError, match="nests too deep"):
        compile_program(inputs=[N], steps=[Step("a", "made", tree=beside)])


def test_a_null_declared_again_is_an_operation_only_where_it_says_another_thing() -> None:
    same = compile_program(inputs=[N], steps=[Step("a", "n", null=NullPolicy.REFER)])
    other = compile_program(inputs=[N], steps=[Step("a", "n", null=NullPolicy.MATCH)])
    never = compile_program(inputs=[N], steps=[Step("a", "n ?? 0", null=NullPolicy.MATCH)])
    assert [len(program.operations) for program in (same, other, never)] == [1, 2, 3]
    assert other.operations[1].states == {0, 1, 6}


def test_five_hundred_rules_are_compiled_without_a_look_at_each_pair() -> None:
    """Operations grow with the rules, and steps are found by name at once."""
    steps = [Step(f"when_{n}", f"n > {n} and n < {n + 10}") for n in range(500)]
    steps.append(Step("any", " or ".join(step.name for step in steps)))
    program = compile_program(inputs=[N], steps=steps)
    assert len(program.operations) < 5 * 500
    assert [step.name for step in program.chosen(["any", "when_3"])] == ["any", "when_3"]
    assert program.chosen(None) == program.steps
