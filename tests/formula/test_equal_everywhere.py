"""Random programs on random rows: every target and the reference say the same, value and state.

Texts, the calendar and what divides have trials of their own, since random values seldom meet their edges.
"""

from collections.abc import Sequence
from datetime import date
from random import Random

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from tests.formula.reference import Reference, as_result
from tests.formula.strategies import INPUTS, programs, rows

from creditloop.formula import Input, Kind, NullPolicy, Step, compile_program
from creditloop.formula.grammar import read_expression
from creditloop.formula.kinds import ListOfValues
from creditloop.formula.polars_target import polars_columns
from creditloop.formula.program import Program
from creditloop.formula.row_frames import row_frames
from creditloop.formula.targets import TARGETS, PythonTarget
from creditloop.formula.writing import Writing
from creditloop.kernel.errors import PolicyError

REFUSED = {
    "not among the declared values",
    "division by zero",
    "the list holds a value twice",
}
QUIET = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def reference_answer(steps: list[Step], row: dict[str, object]) -> tuple[object, ...]:
    reference = Reference(INPUTS, row)
    found: list[object] = []
    for step in steps:
        out = reference.value(read_expression(Writing(step.text)))
        assert step.kind is not None
        reference.names[step.name] = reference.as_kind(out, step.kind)
        found.extend(as_result(reference.names[step.name]))
    return tuple(found)


def kinds(answers: Sequence[tuple[object, ...]]) -> list[list[type]]:
    return [list(map(type, answer)) for answer in answers]


def check(steps: list[Step], cases: list[dict[str, object]]) -> None:
    try:
        program = compile_program(inputs=INPUTS, steps=steps)
    except (
        PolicyError
    ) as error:  # the drawn text is of the right kinds, but says something that cannot be meant
        assert error.message in REFUSED
        reject()
    expected = [reference_answer(steps, row) for row in cases]
    for target in TARGETS:
        answers = target.answers(program, cases)
        assert answers == expected, target.name
        assert [list(map(type, answer)) for answer in answers] == [
            list(map(type, answer)) for answer in expected
        ]


@settings(QUIET, max_examples=25)
@given(programs(), st.lists(rows(), min_size=1, max_size=3))
def test_every_target_and_fractions_agree(steps: list[Step], cases: list[dict[str, object]]) -> None:
    check(steps, cases)


@pytest.mark.outside
@settings(QUIET, max_examples=25)
@given(programs(depth=4), st.lists(rows(), min_size=1, max_size=8))
def test_they_agree_on_deeper_programs(steps: list[Step], cases: list[dict[str, object]]) -> None:
    check(steps, cases)


T, D, I, M, N = Kind.TEXT, Kind.DATE, Kind.INTEGER, Kind.MONEY, Kind.NANO  # noqa: E741
TEXTS = st.one_of(
    st.sampled_from(
        ["", "A", "a", "É", "ßİ", "it's", "%_", ".*", "a\0b", "\u00a0x\u3000", "\t x\r\n", "👩\u200d👧"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)
DAYS = st.one_of(
    st.sampled_from([date.min, date.max, date(2004, 2, 29), date(2003, 2, 28), date(1900, 3, 1)]),
    st.dates(date(2003, 1, 1), date(2005, 1, 1)),
    st.dates(),
)
WHOLE = st.one_of(
    st.sampled_from([0, 1, -1, 12, -12, 119_987, 10**9, 2**63 - 1, -(2**63)]),
    st.integers(-40, 40),
    st.integers(-(2**63), 2**63 - 1),
)
SPECIAL = compile_program(
    inputs=[
        *(Input("s", T), Input("t", T, NullPolicy.NO_MATCH), Input("d", D), Input("e", D, NullPolicy.MATCH)),
        *(Input("n", I), Input("k", I, NullPolicy.NO_MATCH), Input("a", M), Input("b", M, NullPolicy.MATCH)),
        *(Input("r", N), Input("code", I, values=(1, 2, 3))),
    ],
    steps=[
        *(
            Step(f"s{index}", text)
            for index, text in enumerate(
                [
                    *("lower(s)", "upper(s)", "trim(s)", "length(s)", "concat(s, t, 'x')"),
                    *("starts_with(s, t)", "ends_with(s, t)", "contains(s, t)", "contains(s, '%')"),
                    *("length(trim(lower(concat(s, t)))) > 3", "s in list.texts", "s not in list.nothing"),
                    *("year(d)", "month(d)", "day(d)", "weekday(d)", "months_between(d, e)"),
                    *("add_months(d, k)", "add_months(e, -1)", "add_months(d, 12)", "d in list.days"),
                    *("remainder(n, k)", "remainder(a, b)", "remainder(r, n)", "remainder(n, 7)"),
                    *("truncate(n, 7)", "truncate(a, yuan(100))", "truncate(r, 0.01)", "n in list.many"),
                    *("remainder(n + k, code)", "month(add_months(d, k)) = 2 or weekday(e) > 5"),
                ]
            )
        ),
        *(
            Step("as_match", "k", null=NullPolicy.MATCH),
            Step("as_no_match", "a / b", null=NullPolicy.NO_MATCH),
        ),
        *(
            Step("joined", "as_match > 3 or as_no_match > 0.5"),
            Step("of_code", "code", null=NullPolicy.MATCH),
        ),
    ],
    lists=[
        ListOfValues("texts", T, ("A", "É", "it's", "", "a\0b")),
        ListOfValues("nothing", T, ()),
        ListOfValues("days", D, (date(2004, 2, 29), date.max)),
        ListOfValues("many", I, tuple(range(-20, 20))),
    ],
)
SPECIAL_ROWS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("s", "t"), st.one_of(st.none(), TEXTS, TEXTS, TEXTS)),
        **dict.fromkeys(("d", "e"), st.one_of(st.none(), DAYS, DAYS, DAYS)),
        **dict.fromkeys(("n", "k", "a", "b", "r"), st.one_of(st.none(), WHOLE, WHOLE, WHOLE)),
        "code": st.sampled_from([1, 2, 3, 4, None]),
    }
)


def agree(program: Program, cases: Sequence[dict[str, object]]) -> None:
    expected = PythonTarget().answers(program, cases)
    for target in TARGETS[1:]:
        answers = target.answers(program, cases)
        assert answers == expected, target.name
        assert kinds(answers) == kinds(expected), target.name


@settings(QUIET, max_examples=15)
@given(st.lists(SPECIAL_ROWS, min_size=1, max_size=20))
def test_texts_days_and_rests_agree(cases: list[dict[str, object]]) -> None:
    agree(SPECIAL, cases)


@settings(QUIET, max_examples=20)
@given(programs(), st.lists(rows(), min_size=1, max_size=6), st.randoms())
def test_some_steps_alone_say_what_they_say_among_all(
    steps: list[Step], cases: list[dict[str, object]], random: Random
) -> None:
    try:
        program = compile_program(inputs=INPUTS, steps=steps)
    except PolicyError as error:
        assert error.message in REFUSED
        reject()
    chosen = random.sample(program.steps, random.randint(1, len(program.steps)))
    names = [step.name for step in chosen]
    for part in row_frames(program, cases):
        alone = polars_columns(program, part.frame, steps=names)
        every = polars_columns(program, part.frame)
        assert alone.equals(every.select(alone.columns))
        values = polars_columns(program, part.frame, steps=names, states=False)
        assert values.equals(every.select(values.columns))


@pytest.mark.outside
@settings(QUIET, max_examples=30)
@given(st.lists(SPECIAL_ROWS, min_size=20, max_size=60))
def test_they_agree_on_many_texts_days_and_rests(cases: list[dict[str, object]]) -> None:
    agree(SPECIAL, cases)


def test_a_table_of_hundreds_of_rows_agrees() -> None:
    tests = [Step(f"when_{i}", f"n = {i}" if i % 2 else f"k > {1000 - i}") for i in range(300)]
    branches = " ".join(f"when when_{i} then {i}" for i in range(300))
    texts = " ".join(f"when when_{i} then {repr(str(i)) if i % 3 else 's'}" for i in range(300))
    program = compile_program(
        inputs=[Input("n", I), Input("k", I, NullPolicy.NO_MATCH), Input("s", T, values=("A", "B"))],
        steps=[
            *tests,
            Step("number", f"case {branches} else 0 end"),
            Step("text", f"case {texts} else s end"),
        ],
    )
    cases = [
        {"n": n, "k": k, "s": s}
        for n in (1, 299, 400, None)
        for k in (0, 900, None)
        for s in ("A", "C", None)
    ]
    agree(program, cases)
