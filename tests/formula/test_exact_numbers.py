"""Known truths: every operation on numbers against exact fractions, at and beside the ends of int64."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.formula.reference import half_away
from tests.formula.strategies import NUMBERS

from creditloop.formula import Input, Kind, PolarsTarget, PythonTarget, Step, compile_program

N = 10**9
INPUTS = [
    Input(f"{kind.value[0]}{i}", kind) for kind in (Kind.INTEGER, Kind.MONEY, Kind.NANO) for i in (1, 2)
]
TRUTHS: dict[str, Callable[[int, int], Fraction]] = {
    "i1 + i2": lambda a, b: Fraction(a + b),
    "i1 - i2": lambda a, b: Fraction(a - b),
    "i1 * i2": lambda a, b: Fraction(a * b),
    "i1 / i2": lambda a, b: Fraction(a, b) * N,
    "m1 / m2": lambda a, b: Fraction(a, b) * N,
    "n1 / n2": lambda a, b: Fraction(a, b) * N,
    "n1 * n2": lambda a, b: Fraction(a * b, N),
    "m1 * n2": lambda a, b: Fraction(a * b, N),
    "n1 * i2": lambda a, b: Fraction(a * b),
    "n1 / i2": Fraction,
    "i1 / n2": lambda a, b: Fraction(a, b) * N * N,
    "n1 + i2": lambda a, b: Fraction(a + b * N),
    "i1 - n2": lambda a, b: Fraction(a * N - b),
    "-i1": lambda a, b: Fraction(-a),
    "abs(m1)": lambda a, b: Fraction(abs(a)),
    "round(i1, 7)": lambda a, b: Fraction(half_away(Fraction(a, 7)) * 7),
    "floor(m1, yuan(100))": lambda a, b: Fraction(a // 10_000 * 10_000),
    "ceil(n1, 0.01)": lambda a, b: Fraction(-(-a // 10**7) * 10**7),
    "min(i1, n2)": lambda a, b: Fraction(min(a * N, b)),
}
PROGRAM = compile_program(inputs=INPUTS, steps=[Step(f"s{i}", text) for i, text in enumerate(TRUTHS)])
ENDS = [-(2**63), -(2**63) + 1, -1, 0, 1, 2**63 - 1]


def expected(a: int, b: int) -> tuple[object, ...]:
    found: list[object] = []
    for text, truth in TRUTHS.items():
        if "/" in text and b == 0:
            found += [None, 5]
            continue
        units = half_away(truth(a, b))
        found += [units, 0] if -(2**63) <= units <= 2**63 - 1 else [None, 4]
    return tuple(found)


def answers(pairs: list[tuple[int, int]]) -> list[list[tuple[object, ...]]]:
    rows = [{"i1": a, "i2": b, "m1": a, "m2": b, "n1": a, "n2": b} for a, b in pairs]
    return [list(target.answers(PROGRAM, rows)) for target in (PythonTarget(), PolarsTarget())]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=20, max_size=60))
@example([(a, b) for a in ENDS for b in ENDS])
@example([(a, b) for b in (2, -2, 2 * N, 3) for a in range(-7, 8)])
def test_arithmetic_is_exact_and_rounds_half_away_from_zero(pairs: list[tuple[int, int]]) -> None:
    python, polars = answers(pairs)
    truth = [expected(a, b) for a, b in pairs]
    assert python == truth
    assert polars == truth


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_product_that_just_fits_is_kept_and_one_beyond_overflows(offset: int) -> None:
    pair = (2**62 + offset, 2)
    python, polars = answers([pair])
    assert python == polars == [expected(*pair)]
    assert python[0][4:6] == ((2**63 - 2, 0) if offset < 0 else (None, 4))
