import pytest
from tests.risk.jdm.graphs import comparable, expression_node, graph_of, second_opinion, taken_over

CASES = [{"t": " Abc ", "u": "b", "n": value} for value in (2.5, -2.5, 0.5, -7.445, 3, 0)]
SAMPLE = {"t": "a", "u": "b", "n": 1.5}


@pytest.mark.parametrize(
    "expression",
    [
        "upper(t)",
        "lower(t) + '!'",
        "trim(t)",
        "len(t)",
        "len([1, 2, 3])",
        "contains(t, u)",
        "contains(['a', 'b'], u)",
        "startsWith(trim(t), 'A')",
        "endsWith(t, 'c ')",
        "`${t}-${u}-${1.50}-${true}`",
        "round(n)",
        "round(n, 2)",
        "trunc(n)",
        "trunc(n, 1)",
        "floor(n)",
        "ceil(n)",
        "abs(n)",
        "min([n, 2, 1.5])",
        "max([n])",
        "sum([n, 1, n])",
        "avg([n, 1, 0])",
        "number('1e3') + number(true)",
        "string(2.5e2) + string(false) + u",
        "bool('true') and bool(1)",
        "isNumeric('2.5e-2')",
        "type(5)",
        "n % 2",
        "2 ^ 3 * n",
        "(n + 1) / 3 / 7 * 21",
        "1_000 - 1e2",
    ],
)
def test_functions_give_what_zen_gives(expression):
    graph = graph_of(expression_node("x", ("result", expression)))
    imported = taken_over(graph, SAMPLE)
    for case in CASES:
        answer = imported.evaluate(case)
        assert not answer.refers
        assert comparable(answer.output) == comparable(second_opinion(graph, case)), case
