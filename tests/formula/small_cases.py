"""Conditions over four small inputs, and every case there is of them, so that a claim can be tried on all."""

from itertools import product

from hypothesis import strategies as st

from creditloop.formula import Input, Kind, NullPolicy, Value

NUMBERS = range(-1, 5)
INPUTS = [
    Input("a", Kind.INTEGER),
    Input("b", Kind.INTEGER, NullPolicy.NO_MATCH),
    Input("c", Kind.INTEGER, NullPolicy.MATCH),
    Input("g", Kind.TEXT, values=("x", "y")),
]
EVERY_CASE: list[dict[str, Value]] = [
    dict(zip("abcg", values, strict=True))
    for values in product((*NUMBERS, None), (*NUMBERS, None), (*NUMBERS, None), ("x", "y", None))
]
"""Constants lie in 0..3, so that these stand for all numbers."""
comparison = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from("abc"),
        st.sampled_from(["<", "<=", ">", ">=", "=", "!="]),
        st.integers(0, 3),
    ),
    st.sampled_from(
        ["g = 'x'", "g != 'x'", "g in ['x', 'y']", "a is null", "b is not null", "(c ?? 2) > 1", "true"]
    ),
)
conditions = st.recursive(
    comparison,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(not {})".format, inner),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
        st.builds("(({}) is null)".format, inner),
    ),
    max_leaves=4,
)
