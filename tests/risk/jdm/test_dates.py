from datetime import date, timedelta
from itertools import product

import pytest
from tests.risk.jdm.graphs import FAILS, comparable, expression_node, graph_of, second_opinion, taken_over

from creditloop.kernel.errors import PolicyError

DAYS = [date(2024, 2, 29), date(2023, 1, 31), date(2025, 12, 31), date(2024, 3, 30), date(1999, 6, 6)]
PAIRS = [
    {"a": (one + timedelta(days=shift)).isoformat(), "b": other.isoformat()}
    for one, other, shift in product(DAYS, DAYS, [0, 1, -1, 17])
]
SAMPLE = {"a": "2024-01-01", "b": "2024-01-01", "n": 3}
EXPRESSIONS = [
    "d(a) < d(b)",
    "d(a) == d(b)",
    "d(a) in [d('2023-01-01')..d('2024-12-31')]",
    "d(a).isSameOrAfter(d(b), 'month')",
    "d(a).isBefore(d(b), 'quarter')",
    "d(a).isSame(d(b), 'year')",
    "d(a).isAfter(d(b), 'week')",
    "d(a).diff(d(b), 'day')",
    "d(a).diff(d(b), 'week')",
    "d(a).diff(d(b), 'month')",
    "d(a).diff(d(b), 'quarter')",
    "d(a).diff(d(b), 'year')",
    "d(a).add(40, 'd')",
    "d(a).sub('2w')",
    "d(a).add('1M')",
    "d(a).sub(14, 'month')",
    "d(a).add(2, 'quarter')",
    "d(a).startOf('week')",
    "d(a).startOf('month')",
    "d(a).startOf('quarter')",
    "d(a).startOf('year')",
    "d(a).dayOfYear() + d(a).quarter() * 1000",
    "d(a).weekday() + d(a).day() * 10 + d(a).month() * 1000 + d(a).year() * 100000",
    "d(a).timestamp()",
    "date(a) - date(b)",
    "date(a) > date(b) + duration('3d')",
    "year(a) + monthOfYear(a) + dayOfMonth(a) + dayOfWeek(a) + dayOfYear(a)",
    "min([d(a), d(b)])",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_days_are_counted_as_in_zen(expression):
    graph = graph_of(expression_node("x", ("result", expression)))
    imported = taken_over(graph, SAMPLE)
    for case in PAIRS:
        answer = imported.evaluate(case)
        assert not answer.refers
        assert comparable(answer.output) == comparable(second_opinion(graph, case)), case


def test_a_year_from_29_february_refers_since_zen_has_no_such_day():
    graph = graph_of(expression_node("x", ("result", "d(a).add(1, 'y').year()")))
    imported = taken_over(graph, SAMPLE)
    assert imported.evaluate({"a": "2023-02-28"}).output == {"result": 2024}
    assert imported.evaluate({"a": "2024-02-29"}).refers


@pytest.mark.parametrize("value", ["2024-02-30", "2024-1-5", "20240105", "2024-01-05T00:00:00Z", 5, True])
def test_what_is_no_day_refers(value):
    imported = taken_over(graph_of(expression_node("x", ("result", "d(a).year()"))), SAMPLE)
    assert imported.evaluate({"a": value}).refers


def test_a_null_day_refers_in_an_expression():
    graph = graph_of(expression_node("x", ("result", "d(a) > d(b)")))
    answer = taken_over(graph, SAMPLE).evaluate({"a": None, "b": "2024-01-01"})
    assert answer.refers and second_opinion(graph, {"b": "2024-01-01"}) is not FAILS


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("d(a).add(1.5, 'd')", "time of day or time zone"),
        ("d(a).add('1h')", "time of day or time zone"),
        ("d(a).add(1, 'hour')", "time of day or time zone"),
        ("d(a).diff(d(b))", "time of day or time zone"),
        ("d(a, 'UTC')", "time of day or time zone"),
        ("d(a).format('%Y')", "time of day or time zone"),
        ("d(a).set('day', 1)", "calendar function"),
        ("weekOfYear(a)", "calendar function"),
        ("d(a).isToday()", "clock"),
        ("d(n)", "kinds do not go together"),
        ("dateString(a)", "time of day or time zone"),
    ],
)
def test_what_days_cannot_say_is_refused_by_name(expression, reason):
    with pytest.raises(PolicyError) as caught:
        taken_over(graph_of(expression_node("x", ("result", expression))), SAMPLE)
    assert caught.value.where["reason"] == reason
