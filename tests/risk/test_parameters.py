"""Dated numbers: the one in force on a day, with since when and from whom; every value is checked."""

from datetime import date

import pytest

from creditloop.kernel.documents import Node, parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk.parameters import parameters_from_node

TEXT = """\
parameters:
  score_min:
    kind: integer
    unit: point
    meaning: {zh: 最低分, en: least score}
    values:
      - {from: 2020-01-01, value: 500, source: {title: a choice of this test}}
      - {from: 2024-07-01, value: 520, source: {title: another, checked: 2024-06-01}}
  limit_max:
    kind: money
    unit: fen
    values:
      - {from: 2020-01-01, value: yuan(2000), source: {title: a choice of this test}}
"""


def node(text: str = TEXT) -> Node:
    return parse_document(text, path="numbers.yaml").root.mapping()["parameters"]


@pytest.mark.parametrize(
    ("on", "value", "since"),
    [
        (date(2020, 1, 1), 500, date(2020, 1, 1)),
        (date(2024, 6, 30), 500, date(2020, 1, 1)),
        (date(2024, 7, 1), 520, date(2024, 7, 1)),
    ],
)
def test_the_number_in_force_is_told_with_its_day_and_its_source(on: date, value: int, since: date) -> None:
    read = parameters_from_node(node(), on=on)
    assert list(read) == ["score_min", "limit_max"]
    found = read["score_min"]
    assert (found.parameter.name, found.parameter.value, found.since, found.unit) == (
        "score_min",
        value,
        since,
        "point",
    )
    assert read["limit_max"].parameter.value == 200_000
    assert found.source.title == ("a choice of this test" if value == 500 else "another")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("value: 500", "value: 'five'", 7),
        ("value: 520", "value: 5.5", 8),
        (", source: {title: another, checked: 2024-06-01}", "", 8),
        ("unit: fen", "unit: fen\n    kinds: money", 12),
        ("from: 2020-01-01, value: yuan", "from: 2030-01-01, value: yuan", 13),
    ],
)
def test_a_number_that_cannot_be_is_refused_by_line_also_one_not_in_force(
    old: str, new: str, line: int
) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError) as caught:
        parameters_from_node(node(TEXT.replace(old, new, 1)), on=date(2024, 1, 1))
    assert caught.value.where["file"] == "numbers.yaml"
    assert caught.value.where["line"] == line
