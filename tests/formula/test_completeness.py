import pytest

from creditloop.formula import Input, Kind, ListOfValues, NullPolicy, Step, compile_program, completeness

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
    "condition", ["n + 1 > 5", "n > m", "n / 2 > 0.5", "(m ?? 0) > 5", "if b then b else b"]
)
def test_computed_conditions_are_not_proven(condition: str) -> None:
    assert "the conditions compute" in str(told(condition, f"not ({condition})"))


def test_too_many_combinations_are_not_proven() -> None:
    many = " and ".join(f"{name} not in [{', '.join(map(str, range(0, 200, 3)))}]" for name in ("n", "m"))
    assert "combinations" in str(told(many, f"not ({many})", "u = 'A'", "b", "t = 'A'"))


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
