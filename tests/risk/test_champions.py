"""Who is decided by which strategy is told by id and salt alone, at the shares asked for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import CHAMPION, Experiment, drawn, falls_below, read_experiment

NANO = 10**9
PATH = "policies/card/admit/experiment.yaml"
TEXT = """\
experiment: looser_limits
product: card
stage: admit
title: {zh: 放宽额度试验, en: looser limits}
from: 2024-06-01
to: 2024-09-01
salt: looser-limits-2024
source: {title: the bank's own choice}
champion: {document: policies/card/admit/now.yaml}
challengers:
  - {name: looser, document: policies/card/admit/looser.yaml, share: 0.2, source: {title: the bank's}}
  - {name: loosest, document: policies/card/admit/loosest.yaml, share: 0.1, source: {title: the bank's}}
shadow:
  - {name: strict, document: policies/card/admit/strict.yaml}
"""


def experiment(text: str = TEXT) -> Experiment:
    return read_experiment(parse_document(text, path=PATH))


def test_an_experiment_is_read_as_it_stands() -> None:
    read = experiment()
    assert (read.name, read.product, read.stage) == ("looser_limits", "card", "admit")
    assert [(arm.name, arm.share_nano) for arm in read.arms] == [
        (CHAMPION, 700_000_000),
        ("looser", 200_000_000),
        ("loosest", 100_000_000),
    ]
    assert read.arms[1].document == "policies/card/admit/looser.yaml"
    assert [shadow.name for shadow in read.shadows] == ["strict"]


def test_it_runs_from_its_first_day_up_to_its_last() -> None:
    read = experiment()
    days = (date(2024, 5, 31), date(2024, 6, 1), date(2024, 8, 31), date(2024, 9, 1))
    assert [read.runs_on(day) for day in days] == [False, True, True, False]


@given(st.text())
def test_a_party_always_falls_into_the_same_arm(party: str) -> None:
    assert experiment().arm_of(party) == experiment().arm_of(party)


@given(st.text(), st.integers(1, 500_000_000))
def test_a_larger_share_of_the_last_challenger_keeps_who_was_in_it(party: str, more: int) -> None:
    """The arms stand in order: only the champion gives away."""
    one = TEXT.replace("loosest, document", "gone, document").replace("share: 0.2", "share: 0.000000001")
    wider = f"share: 0.{100_000_000 + more:09d}"
    last = experiment(one).arms[-1].name
    if experiment(one).arm_of(party).name == last:
        assert experiment(one.replace("share: 0.1", wider)).arm_of(party).name == last


def test_the_shares_are_kept_and_another_salt_draws_anew() -> None:
    parties = [f"p/{number}" for number in range(20_000)]
    read = experiment()
    told = [read.arm_of(party).name for party in parties]
    for name, share in ((CHAMPION, 0.7), ("looser", 0.2), ("loosest", 0.1)):
        assert abs(told.count(name) / len(parties) - share) < 0.01
    other = experiment(TEXT.replace("salt: looser", "salt: other"))
    same = sum(other.arm_of(party).name == name for party, name in zip(parties, told, strict=True))
    assert abs(same / len(parties) - (0.49 + 0.04 + 0.01)) < 0.02


def test_the_arms_are_borders_on_the_number_drawn() -> None:
    read = experiment()
    for party in (f"p/{number}" for number in range(500)):
        number = drawn(party_id=party, salt=read.salt)
        place = sum(not falls_below(number, share_nano=border) for border in (700_000_000, 900_000_000))
        assert read.arm_of(party) == read.arms[place]


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("salt: looser-limits-2024\n", "", "'salt' is missing", None),
        ("source: {title: the bank's own choice}\nchampion", "champion", "'source' is missing", None),
        ("share: 0.2", "share: 0", "not the share of a challenger", 11),
        ("share: 0.2", "share: 1.0", "not the share of a challenger", 11),
        ("share: 0.2", "share: 0.9", "the champion keeps a share", 11),
        ("share: 0.2, source: {title: the bank's}", "share: 0.2", "'source' is missing", 11),
        ("to: 2024-09-01", "to: 2024-06-01", "ends after it begins", 6),
        ("name: loosest", "name: looser", "the same name stands twice", None),
        ("name: loosest", "name: champion", "the same name stands twice", None),
        ("name: strict", "name: looser", "the same name stands twice", None),
        ("admit/loosest.yaml", "admit/now.yaml", "the same document stands twice", None),
        ("name: loosest", "name: 'the loosest'", "not a name", 12),
    ],
)
def test_what_is_no_experiment_is_refused_with_its_line(
    old: str, new: str, message: str, line: int | None
) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError, match=message) as caught:
        experiment(TEXT.replace(old, new, 1))
    assert caught.value.where["file"] == PATH
    assert line is None or caught.value.where["line"] == line


def test_without_challengers_there_is_nothing_to_try() -> None:
    begin = TEXT.index("challengers:")
    end = TEXT.index("shadow:")
    with pytest.raises(PolicyError, match="has a challenger"):
        experiment(TEXT[:begin] + "challengers: []\n" + TEXT[end:])
