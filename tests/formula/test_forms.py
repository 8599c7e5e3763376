"""Ranges and states of operations, against every value and every state there is."""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formula.reference import half_away

from creditloop.formula import Input, Kind, NullPolicy, PythonTarget, Step, compile_program
from creditloop.formula.forms import DATES, Form, Op, Operation
from creditloop.formula.kinds import INT64_MAX, INT64_MIN, NANO, Value

I, N, D, T, B = Kind.INTEGER, Kind.NANO, Kind.DATE, Kind.TEXT, Kind.BOOLEAN  # noqa: E741
Ends = tuple[int, int]
ENDS: st.SearchStrategy[Ends] = st.tuples(st.integers(-7, 7), st.integers(-7, 7)).map(
    lambda pair: (min(pair), max(pair))
)
EXACT: dict[Op, Callable[[int, int], int]] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUBTRACT: lambda a, b: a - b,
    Op.MULTIPLY: lambda a, b: a * b,
    Op.MINIMUM: min,
    Op.MAXIMUM: max,
}
ONE: dict[Op, Callable[[int], int]] = {
    Op.NEGATE: lambda a: -a,
    Op.ABSOLUTE: abs,
    Op.SCALE: lambda a: a * NANO,
    Op.NULL_AS: lambda a: a,
}


def between(form: Form, ends: Ends, name: str = "a", kind: Kind = I) -> int:
    """Add an input that takes the values from one end to the other."""
    return form.input(Input(name, kind, values=tuple(range(ends[0], ends[1] + 1))))


def every(ends: Ends) -> range:
    return range(ends[0], ends[1] + 1)


def ends_of(operation: Operation) -> Ends:
    return operation.low, operation.high


@given(st.sampled_from(sorted(EXACT)), ENDS, ENDS)
def test_the_range_of_two_numbers_is_exactly_what_they_can_give(op: Op, one: Ends, other: Ends) -> None:
    form = Form()
    number = form.add(op, I, [between(form, one), between(form, other, "b")])
    found = [EXACT[op](a, b) for a in every(one) for b in every(other)]
    assert ends_of(form.operations[number]) == (min(found), max(found))
    assert not form.operations[number].checked


@given(st.sampled_from(sorted(ONE)), ENDS)
def test_the_range_of_one_number_is_exactly_what_it_can_give(op: Op, ends: Ends) -> None:
    form = Form()
    number = form.add(op, I, [between(form, ends)], value=3 if op is Op.NULL_AS else None)
    found = [ONE[op](a) for a in every(ends)]
    assert ends_of(form.operations[number]) == (min(found), max(found))


@given(ENDS, ENDS)
def test_the_range_of_a_product_of_ratios_is_exactly_its_ends_rounded(one: Ends, other: Ends) -> None:
    form = Form()
    args = [form.add(Op.SCALE, N, [between(form, one)]), between(form, other, "b", N)]
    operation = form.operations[form.add(Op.MULTIPLY_NANO, N, args)]
    found = [half_away(Fraction(a * b * NANO, NANO)) for a in every(one) for b in every(other)]
    assert ends_of(operation) == (min(found), max(found))


@given(ENDS, ENDS, st.sampled_from([1, NANO]))
def test_a_quotient_is_no_further_from_zero_than_its_dividend(one: Ends, other: Ends, factor: int) -> None:
    form = Form()
    operation = form.operations[
        form.add(Op.DIVIDE, N, [between(form, one), between(form, other, "b")], value=factor)
    ]
    furthest = factor * max(abs(end) for end in one)
    assert ends_of(operation) == (-furthest, furthest)
    found = [half_away(Fraction(a * factor, b)) for a in every(one) for b in every(other) if b]
    assert all(operation.low <= each <= operation.high for each in found)
    assert (5 in operation.states) == (0 in every(other))
    assert operation.tested


@given(ENDS, st.integers(1, 9))
def test_a_rounding_goes_at_most_a_step_beyond_and_a_truncation_not_at_all(ends: Ends, step: int) -> None:
    form = Form()
    number = between(form, ends)
    for op in (Op.ROUND, Op.FLOOR, Op.CEIL):
        operation = form.operations[form.add(op, I, [number], value=step)]
        assert ends_of(operation) == (ends[0] - step, ends[1] + step)
    truncated = form.operations[form.add(Op.TRUNCATE, I, [number], value=step)]
    assert ends_of(truncated) == (min(ends[0], 0), max(ends[1], 0))


@given(ENDS, ENDS)
def test_a_remainder_is_nearer_zero_than_its_divisor_and_has_the_sign_of_its_dividend(
    one: Ends, other: Ends
) -> None:
    form = Form()
    operation = form.operations[form.add(Op.REMAINDER, I, [between(form, one), between(form, other, "b")])]
    most = max(1, *(abs(b) for b in every(other))) - 1
    assert operation.low == max(min(one[0], 0), -most)
    assert operation.high == min(max(one[1], 0), most)
    assert (5 in operation.states) == (0 in every(other)) == form.operations[1].can_be_zero


@given(ENDS, ENDS, ENDS)
def test_the_range_of_a_choice_spans_its_values_and_not_its_condition(
    one: Ends, other: Ends, condition: Ends
) -> None:
    form = Form()
    when = form.add(Op.EQUAL, B, [between(form, condition, "c"), form.constant(I, 1)])
    values = [between(form, one), between(form, other, "b")]
    choice = form.operations[form.add(Op.CHOICE, I, [when, *values])]
    either = form.operations[form.add(Op.COALESCE, I, values)]
    span = min(one[0], other[0]), max(one[1], other[1])
    assert ends_of(choice) == ends_of(either) == span


@pytest.mark.parametrize(
    ("op", "ends"),
    [
        (Op.YEAR, (1, 9999)),
        (Op.MONTH, (1, 12)),
        (Op.DAY, (1, 31)),
        (Op.WEEKDAY, (1, 7)),
        (Op.MONTHS_BETWEEN, (-12 * 9999, 12 * 9999)),
    ],
)
def test_what_is_read_off_a_date_has_the_range_of_the_calendar(op: Op, ends: Ends) -> None:
    form = Form()
    day = form.input(Input("d", D))
    assert ends_of(form.operations[day]) == DATES == (1, 3652059)
    assert ends_of(form.operations[form.add(op, I, [day, day])]) == ends


def test_texts_and_truths_have_no_range_and_a_length_has() -> None:
    form = Form()
    text = form.input(Input("t", T, values=("a", "b")))
    assert ends_of(form.operations[text]) == ends_of(form.operations[form.constant(B, True)]) == (0, 0)
    assert ends_of(form.operations[form.add(Op.LENGTH, I, [text])]) == (0, 2**32)
    assert ends_of(form.operations[form.null(T)]) == (0, 0)
    assert ends_of(form.operations[form.null(D)]) == DATES
    assert ends_of(form.operations[form.null(I)]) == (INT64_MIN, INT64_MAX)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), ENDS)
def test_months_later_is_within_the_shortest_and_longest_months(day: date, months: Ends) -> None:
    form = Form()
    operation = form.operations[form.add(Op.ADD_MONTHS, D, [form.constant(D, day), between(form, months)])]
    days = [day.toordinal() + n * length for n in months for length in (28, 31)]
    assert ends_of(operation) == (min(days), max(days))
    assert not operation.checked


def test_days_are_added_to_and_counted_between_dates() -> None:
    form = Form()
    day = form.constant(D, date(2005, 6, 30))
    later = form.operations[form.add(Op.ADD_DAYS, D, [day, between(form, (-3, 4))])]
    assert ends_of(later) == (date(2005, 6, 27).toordinal(), date(2005, 7, 4).toordinal())
    passed = form.add(Op.DAYS_BETWEEN, I, [form.add(Op.ADD_DAYS, D, [day, between(form, (-3, 4))]), day])
    assert ends_of(form.operations[passed]) == (-3, 4)


@pytest.mark.parametrize(
    ("op", "first", "second", "checked"),
    [
        (Op.ADD, INT64_MAX - 1, 1, False),
        (Op.ADD, INT64_MAX, 1, True),
        (Op.ADD, INT64_MIN + 1, -1, False),
        (Op.ADD, INT64_MIN, -1, True),
        (Op.MULTIPLY, 2**62, 2, True),
        (Op.MULTIPLY, 2**62, -2, False),
        (Op.MINIMUM, INT64_MIN, INT64_MAX, False),
    ],
)
def test_what_just_fits_is_not_tested_for_overflow_and_what_just_does_not_is(
    op: Op, first: int, second: int, checked: bool
) -> None:
    form = Form()
    args = [form.constant(I, first), form.constant(I, second)]
    operation = form.operations[form.add(op, I, args)]
    assert (operation.checked, operation.tested, 4 in operation.states) == (checked,) * 3
    wide = form.operations[form.add(op, I, args, narrow=False)]
    assert (wide.checked, wide.tested, wide.wide) == (False, False, checked)


def test_a_result_that_is_tested_stays_within_int64() -> None:
    form = Form()
    number, ten = form.input(Input("a", I)), form.constant(I, 10)
    assert ends_of(form.operations[form.add(Op.ADD, I, [number, ten])]) == (INT64_MIN + 10, INT64_MAX)
    assert ends_of(form.operations[form.add(Op.SUBTRACT, I, [number, ten])]) == (INT64_MIN, INT64_MAX - 10)
    later = form.operations[form.add(Op.ADD_DAYS, D, [form.input(Input("d", D)), ten])]
    assert (ends_of(later), later.checked) == ((DATES[0] + 10, DATES[1]), True)


@pytest.mark.parametrize(("day", "checked"), [(date(9999, 12, 30), False), (date.max, True)])
def test_a_day_beyond_the_calendar_is_tested_for(day: date, checked: bool) -> None:
    form = Form()
    operation = form.operations[form.add(Op.ADD_DAYS, D, [form.constant(D, day), form.constant(I, 1)])]
    assert operation.checked is checked
    assert operation.high == date.max.toordinal()


MOST = 2**127 - 1
HALF = 2**126 - 1  # MOST is odd: 2 · HALF + 1
ROOT = 2**63


@pytest.mark.parametrize(
    ("op", "fitting", "leaving", "value"),
    [
        (Op.ADD, (MOST - 1, 1), (MOST, 1), None),
        (Op.SUBTRACT, (-MOST + 1, 1), (-MOST, 1), None),
        (Op.MULTIPLY, (ROOT, ROOT), (ROOT, 2 * ROOT), None),
        (Op.DIVIDE, (HALF - 1, 3), (HALF - 1, 4), 1),
        (Op.DIVIDE, (HALF - 1, -3), (HALF - 1, -4), 1),
        (Op.MULTIPLY_NANO, ((MOST // NANO - 1) * NANO, 1), (MOST // NANO * NANO, 1), None),
    ],
)
def test_a_step_on_the_way_fits_int128_or_is_no_program(
    op: Op, fitting: Ends, leaving: Ends, value: int | None
) -> None:
    form = Form()
    form.add(op, N, [form.constant(N, each) for each in fitting], value=value, narrow=False)
    with pytest.raises(AssertionError, match="can leave Int128"):
        form.add(op, N, [form.constant(N, each) for each in leaving], value=value, narrow=False)


@pytest.mark.parametrize(
    ("value", "narrow", "folded"),
    [
        (INT64_MAX // NANO, True, True),
        (INT64_MAX // NANO + 1, True, False),
        (INT64_MAX // NANO + 1, False, True),
        (-(INT64_MAX // NANO), True, True),
        (-(INT64_MAX // NANO) - 1, True, False),
    ],
)
def test_a_constant_is_scaled_at_once_where_the_ratio_fits(value: int, narrow: bool, folded: bool) -> None:
    form = Form()
    operation = form.operations[form.scaled(form.constant(I, value), narrow=narrow)]
    assert operation.op is (Op.CONSTANT if folded else Op.SCALE)
    assert operation.value == (value * NANO if folded else None)


def test_equal_operations_are_kept_once_and_a_truth_is_no_number() -> None:
    form = Form()
    assert form.constant(I, 1) == form.constant(I, 1)
    assert form.constant(I, 1) != form.constant(N, 1)
    assert len({form.constant(B, True), form.constant(B, False), form.constant(I, 1)}) == 3
    both = [form.constant(I, 1), form.constant(I, 2)]
    assert form.add(Op.ADD, I, both) == form.add(Op.ADD, I, both)
    assert form.add(Op.ADD, I, both) != form.add(Op.ADD, I, both[::-1])
    assert form.add(Op.ROUND, I, both[:1], value=2) != form.add(Op.ROUND, I, both[:1], value=3)


STATES: dict[str, Sequence[Value]] = {
    "a": (3, INT64_MAX, 0),
    "b": (4, INT64_MAX, INT64_MIN, 0),
    "c": (1, INT64_MIN, 0),
    "p": (True, False),
    "q": (True, False),
    "t": ("x",),
}
INPUTS = [
    Input("a", I),
    Input("b", I, NullPolicy.NO_MATCH),
    Input("c", I, NullPolicy.MATCH),
    Input("p", B, NullPolicy.NO_MATCH),
    Input("q", B, NullPolicy.MATCH),
    Input("t", T),
]


@pytest.mark.parametrize(
    "text",
    [
        *("a", "a + b", "b + c", "b * c", "a / b", "b / 2", "b / c", "remainder(c, b)", "-c", "abs(b)"),
        *("b > c", "a = b", "min(b, c)", "round(b, 10)", "1", "true", "b in [1, 2]"),
        *("p and q", "p or q", "not p", "p and a > 1", "b > 1 and b < 9", "length(t) > 1 or q"),
        *("b is null", "(b + c) is null", "(b / c) is null", "(b is null) and q"),
        *("b ?? c", "b ?? a", "a ?? 1", "(b / c) ?? 1", "(b + c) ?? b"),
        *("if p then b else c", "if q then 1 else 2", "if a > 1 then b else c", "if p and q then 1 else a"),
        *(
            "case when p then 1 when b / c > 1 then 2 else 3 end",
            "case when q then b when p then c else a end",
        ),
        *("case when p then 1 when q then 2 when a + b > 1 then 3 else 4 end", "abs(c - 1)"),
        *("if b / c > 1 then 1 else 2", "if p then 1 else if q then b else 2", "if b > 1 then 1 else null"),
    ],
)
def test_an_operation_ends_in_exactly_the_states_it_says_it_can(text: str) -> None:
    program = compile_program(inputs=INPUTS, steps=[Step("s", text)])
    (step,) = program.steps
    names = step.reads
    rows = [
        {name: value for name, value in zip(names, values, strict=True) if value != "absent"}
        for values in product(*((*STATES[name], None, "absent") for name in names))
    ]
    found = {answer[1] for answer in PythonTarget().answers(program, rows)}
    assert found == set(program.operations[step.number].states)
