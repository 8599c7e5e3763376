from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.formula import (
    Input,
    Kind,
    ListOfValues,
    NullPolicy,
    Step,
    boundary_rows,
    compile_program,
    completeness,
    python_function,
    random_row,
    samples_of,
)

INPUTS = [
    Input("n", Kind.INTEGER),
    Input("m", Kind.INTEGER, NullPolicy.NO_MATCH),
    Input("t", Kind.TEXT, values=("A", "B")),
    Input("u", Kind.TEXT),
    Input("b", Kind.BOOLEAN),
    Input("d", Kind.DATE),
]


def told(*conditions: str) -> object:
    steps = [Step(f"c{i}", text, kind=Kind.BOOLEAN) for i, text in enumerate(conditions)]
    program = compile_program(inputs=INPUTS, steps=steps)
    found = completeness(program, conditions=[step.name for step in steps])
    assert found.proven == (found.gap is None and found.why is None)
    return True if found.proven else found.gap if found.gap is not None else found.why


@pytest.mark.parametrize(
    "conditions",
    [
        ("n > 5", "n <= 5"),
        ("n in [1..5)", "n >= 5", "n < 1"),
        ("n > 2.5", "n < 2.5"),
        ("n != 5", "n = 5"),
        ("t = 'A'", "t = 'B'"),
        ("u = 'A'", "u != 'A'"),
        ("b", "not b"),
        ("m > 5", "m <= 5", "m is null"),
        ("m > 5", "not (m > 5) or m is null"),
        ("n > 5 and b", "n > 5 and not b", "n <= 5"),
        ("d < date('2005-01-01')", "d >= date('2005-01-01')"),
        ("n in [1, 2]", "n not in [1, 2]"),
        ("true",),
    ],
)
def test_a_table_that_leaves_no_case_is_proven_so(conditions: tuple[str, ...]) -> None:
    assert told(*conditions) is True


@pytest.mark.parametrize(
    ("conditions", "gap"),
    [
        (("n > 5", "n < 5"), {"n": 5}),
        (("n > 5.5", "n < 5"), {"n": 5}),
        (("m > 5", "m <= 5"), {"m": None}),
        (("u = 'A'", "u = 'B'"), {"u": "AB?"}),
        (("t = 'A'",), {"t": "B"}),
        (("n > 5 and b", "n <= 5"), {"n": 6, "b": False}),
        (("false",), {}),
    ],
)
def test_a_gap_is_shown(conditions: tuple[str, ...], gap: dict[str, object]) -> None:
    assert told(*conditions) == gap


@pytest.mark.parametrize(
    "conditions",
    [
        ("n + 1 > 5", "not (n + 1 > 5)"),
        ("n / 2 > 0.5", "n / 2 <= 0.5"),
        ("(m ?? 0) > 5", "(m ?? 0) <= 5"),
        ("if b then b else b", "not b"),
    ],
)
def test_conditions_that_compute_are_proven_where_their_values_settle_it(conditions: tuple[str, ...]) -> None:
    assert told(*conditions) is True


def test_of_computed_values_neither_a_gap_nor_its_absence_is_guessed() -> None:
    assert "neither found nor ruled out" in str(told("n > 5", "n / 3 <= 2"))
    assert "neither found nor ruled out" in str(told("n > m", "n <= m", "m is null"))
    assert told("n > 5", "n * 2 <= 8") == {"n": 5}
    assert told("n > m", "n < m", "m is null") == {"n": 0, "m": 0}


def test_cells_that_multiply_are_proven_by_search() -> None:
    """Two inputs cut at 67 values each, and more: not a matter of trying every combination."""
    many = " and ".join(f"{name} not in [{', '.join(map(str, range(0, 200, 3)))}]" for name in ("n", "m"))
    assert told(many, f"not ({many})", "u = 'A'", "b", "t = 'A'", "m is null") is True


def test_a_condition_of_too_many_alternatives_is_not_proven() -> None:
    names = [f"x{i}" for i in range(18)]
    alternatives = " and ".join(
        f"({one} = 1 or {other} = 1)" for one, other in zip(names[::2], names[1::2], strict=True)
    )
    steps = [
        Step("c", alternatives, kind=Kind.BOOLEAN),
        Step("d", f"not ({alternatives})", kind=Kind.BOOLEAN),
    ]
    program = compile_program(inputs=[Input(name, Kind.INTEGER) for name in names], steps=steps)
    assert "too many alternatives" in str(completeness(program, conditions=["c", "d"]).why)


def test_lists_and_nulls_declared_again_are_looked_through() -> None:
    listed = ListOfValues("few", Kind.TEXT, ("A", "C"))
    numbers = ListOfValues("codes", Kind.INTEGER, (7, 9))

    def gap(*conditions: str) -> object:
        steps = [
            Step("own__n", "n", null=NullPolicy.NO_MATCH),
            *(
                Step(f"c{i}", text, kind=Kind.BOOLEAN, names={"k": "own__n"})
                for i, text in enumerate(conditions)
            ),
        ]
        program = compile_program(inputs=INPUTS, lists=[listed, numbers], steps=steps)
        names = [step.name for step in program.steps[1:]]
        found = completeness(program, conditions=names)
        return True if found.proven else found.gap

    assert gap("u in list.few", "u not in list.few") is True
    assert gap("u in list.few", "u != 'A'") is True
    assert gap("u = 'A'", "u not in list.few") == {"u": "C"}
    assert gap("n in list.codes", "n < 7", "n > 7") is True
    assert gap("n not in list.codes", "n = 7") == {"n": 9}
    assert gap("n > 5", "n <= 5") is True
    assert gap("k > 5", "k <= 5") == {"n": None}
    assert gap("k > 5.5", "k <= 5.5", "k is null") is True


POOL = (
    *("n > 5", "n <= 5", "n > 5.5", "n = 5", "n != 5", "n in [1..9)", "n + 1 > 5", "n > m", "n <= m"),
    *("m > 5", "m <= 5", "m is null", "not (m > 5)", "(m ?? 0) > 5", "(m ?? 0) <= 5"),
    *("t = 'A'", "t = 'B'", "u = 'A'", "u != 'A'", "b", "not b", "b or n > 5", "b and m > 5"),
    *("d < date('2005-01-01')", "d >= date('2005-01-01')", "if b then n > 5 else n <= 5", "n * n >= 0"),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(POOL), min_size=1, max_size=5, unique=True), st.integers(0, 10**6))
def test_what_is_proven_holds_for_any_case_and_a_gap_is_one(texts: list[str], seed: int) -> None:
    steps = [Step(f"c{i}", text, kind=Kind.BOOLEAN) for i, text in enumerate(texts)]
    program = compile_program(inputs=INPUTS, steps=steps)
    names = [step.name for step in steps]
    found = completeness(program, conditions=names)
    function = python_function(program, names)

    def answered(row: Mapping[str, object]) -> bool:
        results = function(row)
        return any(results[name].value is True or results[name].state not in {0, 2} for name in names)

    samples = samples_of(program, seed=seed)
    if found.proven:
        assert all(
            answered(row) for row in [*boundary_rows(samples), *(random_row(samples) for _ in range(50))]
        )
    if found.gap is not None:
        assert not answered({**random_row(samples), **found.gap})
