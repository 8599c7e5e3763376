from datetime import date, datetime

import polars as pl
import pytest

from creditloop.formula import (
    Input,
    Kind,
    Match,
    NullPolicy,
    Result,
    Step,
    compile_program,
    match_column,
    polars_columns,
    python_function,
    resolve,
)
from creditloop.formula.polars_target import match_code
from creditloop.kernel.errors import InputError, UnknownId

KINDS = list(Kind)
PROGRAM = compile_program(
    inputs=[Input(f"a_{kind.value}", kind, NullPolicy.NO_MATCH) for kind in KINDS],
    steps=[Step(f"is_{kind.value}", f"a_{kind.value} = a_{kind.value}") for kind in KINDS],
)
NUMBERS = {"is_integer", "is_money", "is_nano"}


@pytest.mark.parametrize(
    ("dtype", "values", "taken"),
    [
        (pl.Int64, [1], NUMBERS),
        (pl.Int8, [1], NUMBERS),
        (pl.UInt32, [1], NUMBERS),
        (pl.UInt64, [2**63 - 1], NUMBERS),
        (pl.UInt64, [2**63], set()),
        (pl.Int128, [-(2**63)], NUMBERS),
        (pl.Int128, [2**63], set()),
        (pl.Int128, [-(2**63) - 1], set()),
        (pl.UInt128, [2**63 - 1], NUMBERS),
        (pl.UInt128, [2**63], set()),
        (pl.Float64, [1.0], set()),
        (pl.Decimal(10, 0), [1], set()),
        (pl.String, ["1"], {"is_text"}),
        (pl.Categorical, ["1"], {"is_text"}),
        (pl.Enum(["1"]), ["1"], {"is_text"}),
        (pl.Boolean, [True], {"is_boolean"}),
        (pl.Date, [date(2005, 6, 30)], {"is_date"}),
        (pl.Datetime, [datetime(2005, 6, 30)], set()),  # noqa: DTZ001
        (pl.Binary, [b"1"], set()),
        (pl.List(pl.Int64), [[1]], set()),
    ],
)
def test_a_column_of_another_type_breaks_the_declaration_on_every_row(
    dtype: pl.DataType, values: list[object], taken: set[str]
) -> None:
    column = pl.Series(values, dtype=dtype)
    frame = polars_columns(PROGRAM, pl.DataFrame([column.alias(f"a_{kind.value}") for kind in KINDS]))
    states = {step.name: frame[step.state_name].to_list() for step in PROGRAM.steps}
    assert {name for name, found in states.items() if found == [0]} == taken
    assert all(found == [6] for name, found in states.items() if name not in taken)


def test_a_column_of_nulls_is_null_and_an_absent_one_is_broken() -> None:
    frame = polars_columns(PROGRAM, pl.DataFrame({"a_integer": [None, None], "x": [1, 2]}))
    assert frame["is_integer__state"].to_list() == [2, 2]
    assert frame["is_money__state"].to_list() == [6, 6]


@pytest.mark.parametrize("dtype", [pl.UInt64, pl.Int128, pl.UInt128])
def test_in_a_wide_column_a_null_is_null_and_what_int64_does_not_hold_is_broken(dtype: pl.DataType) -> None:
    column = pl.Series("a_money", [1, None, 2**63, 2**63 - 1], dtype=dtype)
    assert polars_columns(PROGRAM, pl.DataFrame([column]))["is_money__state"].to_list() == [0, 2, 6, 0]


def test_a_date_no_date_can_be_is_broken() -> None:
    column = pl.Series("a_date", [-800_000, 0, 3_000_000], dtype=pl.Int32).cast(pl.Date)
    assert polars_columns(PROGRAM, pl.DataFrame([column]))["is_date__state"].to_list() == [6, 0, 6]


@pytest.mark.parametrize("lazy", [False, True])
def test_the_frame_keeps_its_columns_and_gains_two_a_step(lazy: bool) -> None:
    frame = pl.DataFrame({"id": ["a", "b"], "n": [1, None]})
    program = compile_program(
        inputs=[Input("n", Kind.INTEGER)], steps=[Step("s", "n / 3"), Step("t", "s > 0.3")]
    )
    found = polars_columns(program, frame.lazy() if lazy else frame)
    assert isinstance(found, pl.LazyFrame) == lazy
    answers = found.lazy().collect()
    assert list(answers.schema.items()) == [
        *(("id", pl.String), ("n", pl.Int64)),
        *(("s", pl.Int64), ("s__state", pl.UInt8)),
        *(("t", pl.Boolean), ("t__state", pl.UInt8)),
    ]
    assert answers.rows() == [("a", 1, 333_333_333, 0, True, 0), ("b", None, None, 3, None, 3)]
    assert polars_columns(program, frame.head(0)).schema == answers.schema


def test_a_step_does_not_overwrite_a_column() -> None:
    program = compile_program(inputs=[], steps=[Step("s", "1")])
    for name in ("s", "s__state"):
        with pytest.raises(InputError, match="columns of the steps' names"):
            polars_columns(program, pl.DataFrame({name: [1]}))


def test_only_the_steps_asked_for_are_computed() -> None:
    program = compile_program(
        inputs=[Input("n", Kind.INTEGER), Input("m", Kind.INTEGER, NullPolicy.NO_MATCH)],
        steps=[Step("s", "n / 3"), Step("t", "s > 0.3 and m > 1"), Step("u", "m * m")],
    )
    frame = pl.DataFrame({"n": [1, None], "m": [2, None]})
    assert polars_columns(program, frame, steps=["t", "s"]).columns == [
        "n",
        "m",
        "t",
        "t__state",
        "s",
        "s__state",
    ]
    assert polars_columns(program, frame, steps=["u"], states=False).columns == ["n", "m", "u"]
    plan = polars_columns(program, frame.lazy(), steps=["s"]).select("s").explain()
    assert '"m"' not in plan.replace("DF [", "").split("PROJECT")[1]
    with pytest.raises(UnknownId, match="no such step"):
        polars_columns(program, frame, steps=["v"])


def test_columns_that_look_like_ours_are_left_alone() -> None:
    program = compile_program(
        inputs=[Input("n", Kind.INTEGER)], steps=[Step("s", "n / 3"), Step("t", "s > 0.3")]
    )
    found = polars_columns(program, pl.DataFrame({"__v0": [7], "__s1": [8], "___t1": [9], "n": [3]}))
    assert found.rows() == [(7, 8, 9, 3, 10**9, 0, True, 0)]


def test_streaming_says_what_memory_says() -> None:
    texts = [
        "case when n > 5 then 1 when n > 3 then 2 when g = 'A' then 3 else 0 end",
        "n / m",
        "g = 'A' or n > m",
    ]
    program = compile_program(
        inputs=[Input("n", Kind.INTEGER), Input("m", Kind.INTEGER), Input("g", Kind.TEXT, values=("A", "B"))],
        steps=[Step(f"s{i}", text) for i, text in enumerate(texts)],
    )
    rows = [{"n": i % 9, "m": i % 4 or None, "g": ("A", "B", "C", None)[i % 4]} for i in range(1000)]
    columns = polars_columns(program, pl.LazyFrame(rows))
    assert columns.collect(engine="streaming").equals(columns.collect(engine="in-memory"))


def test_no_float_and_no_rounding_of_the_engine_is_in_the_plan() -> None:
    texts = [
        "n / m > 0.3",
        "round(n, 7)",
        "a * 0.3",
        "floor(r, 0.01)",
        "ceil(a, yuan(1))",
        "n / r",
        "abs(r) * r",
        "a / a",
    ]
    inputs = [
        Input("n", Kind.INTEGER),
        Input("m", Kind.INTEGER),
        Input("r", Kind.NANO),
        Input("a", Kind.MONEY),
    ]
    program = compile_program(inputs=inputs, steps=[Step(f"s{i}", text) for i, text in enumerate(texts)])
    frame = pl.LazyFrame(schema={entry.name: pl.Int64 for entry in inputs})
    plan = polars_columns(program, frame).explain(optimized=False)
    assert "Int128" in plan
    assert not [
        word for word in ("Float", "f64", "round", "floor(", ".ceil", "true_div", " / ") if word in plan
    ]


def test_match_column_says_what_resolve_says() -> None:
    policies = list(NullPolicy)
    inputs = [Input(policy.value, Kind.INTEGER, policy) for policy in policies]
    steps = [Step(f"over_{policy.value}", f"{policy.value} > 5") for policy in policies]
    program = compile_program(inputs=inputs, steps=[*steps, Step("broken", "1 / refer > 0.5")])
    rows: list[dict[str, object]] = [
        {policy.value: value for policy in policies} for value in (6, 5, None, 0)
    ]
    frame = polars_columns(
        program, pl.DataFrame(rows, schema={policy.value: pl.Int64 for policy in policies})
    )
    for step in program.steps:
        expected = [resolve(python_function(program)(row)[step.name]).value for row in rows]
        assert frame.select(match_column(step.name)).to_series().to_list() == expected
        codes = [["not_matched", "matched", "refer"].index(told) for told in expected]
        assert frame.select(match_code(step.name)).to_series().to_list() == codes
    assert resolve(Result(None, 5)) is Match.REFER
    assert frame.select(match_column("broken")).to_series()[3] == "refer"
