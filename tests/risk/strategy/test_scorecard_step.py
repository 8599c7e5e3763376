"""The bins of a scorecard are proven to cover every value; what they leave out is told."""

import pytest
from tests.risk.strategy.small_strategies import HEAD, small

from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy

CARD = """\
steps:
  - scorecard:
      id: card
      base: 100
      output: points
      parts: [{id: part, input: INPUT, bins: [BINS]}]
"""


def card(read: str, *bins: str) -> Policy:
    given = ", ".join(f'{{when: "{when}", points: {n}}}' for n, when in enumerate(bins))
    return small(HEAD + CARD.replace("INPUT", read).replace("BINS", given))


def test_bins_that_leave_no_value_out_are_read() -> None:
    read = card("age", "< 30", ">= 30")
    points = [read.decide({"age": age, "grade": "A", "income": 1})["points"] for age in (29, 30)]
    assert points == [100, 101]


@pytest.mark.parametrize(
    ("read", "bins", "told"),
    [
        ("age", ["< 30", "> 30"], "no bin holds for {'age': 30}"),
        ("income", ["< yuan(1)", "(yuan(1)..yuan(2)]", "> yuan(2)"], "no bin holds for {'income': 100}"),
        ("age", ["< 30", ">= 30 + age * 0"], "a case left open was neither found nor ruled out"),
    ],
)
def test_bins_that_leave_a_value_out_are_refused_with_it_or_with_why(
    read: str, bins: list[str], told: str
) -> None:
    with pytest.raises(PolicyError, match="the bins are not proven to cover every value") as caught:
        card(read, *bins)
    assert told in str(caught.value.got)
