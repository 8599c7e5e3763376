import ast
import sys

from creditloop.formula import Input, Kind, NullPolicy, Result, Step, compile_program, python_function

INPUTS = [
    Input("days", Kind.INTEGER),
    Input("bill", Kind.MONEY, NullPolicy.NO_MATCH),
    Input("spare", Kind.TEXT),
]
PROGRAM = compile_program(
    inputs=INPUTS,
    steps=[
        Step("late", "days > 90"),
        Step("share", "bill * 0.3"),
        Step("both", "late and share\n  > yuan(1)"),
    ],
)


def test_the_source_is_plain_python_that_names_each_step_and_what_it_reads() -> None:
    source = python_function(PROGRAM).source
    for text in (
        "# late: days > 90",
        "# both: late and share > yuan(1)",
        "get('days', ABSENT)",
        "in_days > 90",
    ):
        assert text in source
    assert "spare" not in source, "what no step reads is not looked at"
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    kinds = {type(node) for node in ast.walk(function)}
    assert not kinds & {ast.Lambda, ast.For, ast.While, ast.Import, ast.Div}
    constants = [node.value for node in ast.walk(function) if isinstance(node, ast.Constant)]
    assert not any(isinstance(value, float) for value in constants)


def test_a_function_gives_value_and_state_of_each_step() -> None:
    function = python_function(PROGRAM)
    row = {"days": 91, "bill": 1000, "other": object()}
    expected = {"late": Result(True, 0), "share": Result(300, 0), "both": Result(True, 0)}
    assert function(row) == expected
    assert function.flat(row) == (True, 0, 300, 0, True, 0)
    assert function({"days": 90, "bill": None})["both"] == Result(False, 0)
    assert function({"days": 91, "bill": None})["both"] == Result(None, 2)
    assert row == {"days": 91, "bill": 1000, "other": row["other"]}, "the row is not touched"


def test_texts_cannot_reach_the_source_but_as_literals() -> None:
    nasty = ["'); import os; ('", "{0}", "\\", "# x\r", "\x00", "\u2028x", "%s"]
    for text in nasty:
        quote = '"' if "'" in text else "'"
        program = compile_program(
            inputs=[Input("t", Kind.TEXT, values=(text, "b"))], steps=[Step("a", f"t = {quote}{text}{quote}")]
        )
        function = python_function(program)
        assert function({"t": text})["a"] == Result(True, 0)
        assert function({"t": "b"})["a"] == Result(False, 0)


def test_a_program_of_two_thousand_steps_is_no_deeper_than_one_of_two() -> None:
    steps = [Step("s0", "days + 1"), *(Step(f"s{n}", f"s{n - 1} + 1") for n in range(1, 2000))]
    program = compile_program(inputs=INPUTS, steps=steps)
    limit = sys.getrecursionlimit()
    assert python_function(program)({"days": 1})["s1999"] == Result(2001, 0)
    assert sys.getrecursionlimit() == limit
