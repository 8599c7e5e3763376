import ast
import sys
from collections import ChainMap, defaultdict

import pytest

from creditloop.formula import Input, Kind, NullPolicy, Result, Step, compile_program, python_function
from creditloop.formula.kinds import INT64_MAX, INT64_MIN
from creditloop.kernel.errors import UnknownId

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
        "in_days, in_bill = fetch(row)",
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


def test_a_few_members_are_compared_and_more_are_a_set_made_once() -> None:
    for members, is_set in ((4, False), (5, True)):
        text = f"days in [{', '.join(str(7 * n) for n in range(members))}]"
        program = compile_program(inputs=[Input("days", Kind.INTEGER)], steps=[Step("s", text)])
        function = python_function(program)
        assert ("in SET_" in function.source) is is_set
        assert [function({"days": day})["s"].value for day in (0, 7, 8)] == [True, True, False]


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


def test_only_what_the_asked_steps_need_is_computed() -> None:
    function = python_function(PROGRAM, ["share", "late"])
    assert function.flat({"days": 91, "bill": 1000}) == (300, 0, True, 0)
    assert list(function({"days": 91, "bill": 1000})) == ["share", "late"]
    assert "days" not in python_function(PROGRAM, ["share"]).source
    assert python_function(PROGRAM, []).flat({}) == ()
    with pytest.raises(UnknownId, match="no such step"):
        python_function(PROGRAM, ["late", "later"])


TABLE = [
    Step("when_a", "days > 90", kind=Kind.BOOLEAN),
    Step("when_b", "bill > yuan(5)", kind=Kind.BOOLEAN),
    Step("limit__a", "bill * 2"),
    Step("limit__b", "bill * 3"),
    Step("matched", "case when when_a then 1 when when_b then 2 else 0 end"),
    Step("limit", "case when matched = 1 then limit__a when matched = 2 then limit__b else bill end"),
    Step("rate", "case when when_a then 0.1 when when_b then 0.2 else null end"),
]


def test_a_table_is_one_chain_and_its_cells_are_computed_where_they_count() -> None:
    program = compile_program(inputs=INPUTS, steps=TABLE)
    source = python_function(program, ["matched", "limit", "rate"]).source
    assert source.count("\n    else:\n") == 1, "one chain for the ordinal and both outputs"
    cells = [line for line in source.splitlines() if "in_bill * 2" in line or "in_bill * 3" in line]
    assert [len(line) - len(line.lstrip()) for line in cells] == [12, 12], "inside their branches"
    everything = python_function(program)
    chosen = python_function(program, ["limit", "rate", "matched"])
    for days in (None, 90, 91, "91"):
        for bill in (None, 500, 501, INT64_MAX, 1.0):
            row = {"days": days, "bill": bill}
            told = everything(row)
            assert dict(chosen(row)) == {name: told[name] for name in ("limit", "rate", "matched")}
    assert chosen({"days": 91, "bill": None})["limit"] == Result(None, 2)
    assert chosen({"days": None, "bill": 501})["limit"] == Result(None, 3)
    assert chosen({"days": 91, "bill": INT64_MAX})["limit"] == Result(None, 4)


def test_a_cell_that_a_later_step_reads_too_is_computed_for_both() -> None:
    steps = [*TABLE, Step("more", "if limit > limit__a then 1 else 0")]
    flat = python_function(compile_program(inputs=INPUTS, steps=steps), ["limit", "more"]).flat
    assert flat({"days": 0, "bill": 600}) == (1800, 0, 1, 0)
    assert flat({"days": 91, "bill": 600}) == (1200, 0, 0, 0)


@pytest.mark.parametrize("number", [2**30 - 1, 2**30, -(2**30), INT64_MAX, INT64_MIN])
def test_a_number_of_any_size_is_read_as_it_is(number: int) -> None:
    program = compile_program(inputs=[Input("n", Kind.INTEGER)], steps=[Step("same", "n")])
    assert python_function(program).flat({"n": number}) == (number, 0)


@pytest.mark.parametrize("broken", [INT64_MAX + 1, INT64_MIN - 1, True, 1.0, "1", [], object()])
def test_a_value_of_another_type_is_broken(broken: object) -> None:
    inputs = [Input(name, kind) for name, kind in zip("ntdb", Kind, strict=False)]
    declared = [*inputs, Input("v", Kind.INTEGER, values=(1, 2)), Input("w", Kind.TEXT, values=("1", "x"))]
    program = compile_program(inputs=declared, steps=[Step(f"{e.name}_", e.name) for e in declared])
    told = python_function(program)(dict.fromkeys((entry.name for entry in declared), broken))
    for entry in declared:
        assert told[f"{entry.name}_"] == (Result(broken, 0) if entry.takes(broken) else Result(None, 6))


def test_a_key_that_is_absent_is_broken_in_any_mapping() -> None:
    program = compile_program(inputs=INPUTS, steps=[Step("a", "days > 1"), Step("b", "bill > yuan(1)")])
    flat = python_function(program).flat
    filling: defaultdict[str, object] = defaultdict(int, {"days": 5})
    for row in ({"days": 5}, ChainMap({"days": 5}), filling):
        assert flat(row) == (True, 0, None, 6)
    assert "bill" not in filling, "nothing is made up, and the row is not touched"


def test_a_chain_in_a_branch_of_a_chain_is_as_deep_as_it_may_be() -> None:
    steps = [Step("s0", "days")]
    for n in range(1, 40):
        steps.append(
            Step(f"s{n}", f"case when days > {n} then s{n - 1} * 2 when bill > fen({n}) then 1 else 0 end")
        )
    function = python_function(compile_program(inputs=INPUTS, steps=steps), ["s39"])
    deepest = max(len(line) - len(line.lstrip()) for line in function.source.splitlines())
    assert deepest == 4 + 4 * 13, (
        "twelve chains, each in a branch of another, and what lies deeper before them"
    )
    assert function({"days": 50, "bill": 1})["s39"] == Result(50 * 2**39, 0)
    assert function({"days": 20, "bill": 100})["s39"] == Result(1, 0)
