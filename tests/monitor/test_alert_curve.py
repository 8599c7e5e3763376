"""The alert curve: computed by hand and by enumeration; recall never falls; lead times counted by hand."""

from fractions import Fraction
from itertools import combinations

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.monitor import AlertStep, alert_curve, alert_point, lead_time

NANO = 10**9
EVERY_RATE = tuple(range(0, NANO + 1, NANO // 20))


def series(values: list[int]) -> pl.Series:
    return pl.Series(values, dtype=pl.Int64)


def outcome(values: list[bool]) -> pl.Series:
    return pl.Series(values, dtype=pl.Boolean)


def test_a_curve_computed_by_hand() -> None:
    curve = alert_curve(
        risk=series([900, 500, 500, 100]),
        outcome=outcome([True, True, False, False]),
        alert_shares=[0, 250_000_000, 500_000_000, 750_000_000, NANO],
    )
    assert (curve.customers, curve.bad) == (4, 2)
    assert curve.steps == (
        AlertStep(cutoff=900, alerts=1, caught=1),
        AlertStep(cutoff=500, alerts=3, caught=2),
        AlertStep(cutoff=100, alerts=4, caught=2),
    )
    told = [(point.cutoff, point.recall_nano, point.precision_nano) for point in curve.points]
    assert told == [
        (None, 0, None),
        (900, 500_000_000, NANO),
        (500, 750_000_000, 750_000_000),  # one of two tied customers, one of them bad: half a catch
        (500, NANO, 666_666_667),
        (100, NANO, 500_000_000),
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=7), st.integers(1, 7))
def test_ties_are_the_mean_over_every_choice_among_them(people: list[tuple[int, bool]], alerts: int) -> None:
    assume(alerts <= len(people) and any(bad for _, bad in people))
    risks, bad = [risk for risk, _ in people], [bad for _, bad in people]
    cutoff = sorted(risks, reverse=True)[alerts - 1]
    above = [index for index, risk in enumerate(risks) if risk > cutoff]
    tied = [index for index, risk in enumerate(risks) if risk == cutoff]
    choices = [
        sum(bad[index] for index in [*above, *chosen]) for chosen in combinations(tied, alerts - len(above))
    ]
    caught = Fraction(sum(choices), len(choices))
    curve = alert_curve(risk=series(risks), outcome=outcome(bad), alert_shares=[])
    # a rate whose alerts are a whole number to within a billionth of the customers
    point = curve.at(share_nano=round(Fraction(alerts * NANO, len(people))))
    assert point.precision_nano is not None
    assert abs(point.recall_nano - caught / sum(bad) * NANO) <= 2 * len(people)
    assert abs(point.precision_nano - caught / alerts * NANO) <= 2 * len(people)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60))
def test_recall_never_falls_with_the_alert_rate_and_ends_at_one(people: list[tuple[int, bool]]) -> None:
    assume(any(bad for _, bad in people))
    curve = alert_curve(
        risk=series([risk for risk, _ in people]),
        outcome=outcome([bad for _, bad in people]),
        alert_shares=EVERY_RATE,
    )
    recalls = [point.recall_nano for point in curve.points]
    assert recalls == sorted(recalls)
    assert (recalls[0], recalls[-1]) == (0, NANO)
    assert [step.cutoff for step in curve.steps] == sorted({risk for risk, _ in people}, reverse=True)
    assert curve.steps[-1] == AlertStep(
        cutoff=min(risk for risk, _ in people), alerts=len(people), caught=curve.bad
    )


def test_a_rule_at_its_own_rate_lies_on_the_curve_of_itself() -> None:
    alerted, bad = outcome([True, True, False, False, False]), outcome([True, False, True, False, False])
    point = alert_point(alerted=alerted, outcome=bad)
    assert (point.share_nano, point.recall_nano, point.precision_nano) == (
        400_000_000,
        500_000_000,
        500_000_000,
    )
    curve = alert_curve(risk=alerted.cast(pl.Int64), outcome=bad, alert_shares=[])
    same = curve.at(share_nano=point.share_nano)
    assert (same.recall_nano, same.precision_nano) == (point.recall_nano, point.precision_nano)
    nobody = alert_point(alerted=outcome([False] * 5), outcome=bad)
    assert (nobody.share_nano, nobody.recall_nano, nobody.precision_nano) == (0, 0, None)


def test_lead_times_counted_by_hand() -> None:
    months = [
        # standing warning, a break in July, warned at last only, good, warned early but not at last
        series([9, 9, 0, 9, 9]),
        series([9, 0, 0, 9, 9]),
        series([9, 9, 9, 9, 0]),
    ]
    found = lead_time(risks=months, outcome=outcome([True, True, True, False, True]), cutoff=5)
    assert found.caught == 3
    assert found.standing == (2, 0, 1)
    assert found.first == (1, 0, 2)
    assert found.mean_standing_nano() == 1_666_666_667
    assert found.mean_first_nano() == 2_333_333_333
    none = lead_time(risks=months, outcome=outcome([True] * 5), cutoff=10)
    assert (none.caught, none.standing, none.mean_first_nano()) == (0, (0, 0, 0), None)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda months: st.lists(
            st.tuples(st.lists(st.integers(0, 3), min_size=months, max_size=months), st.booleans()),
            min_size=1,
            max_size=20,
        )
    ),
    st.integers(0, 4),
)
def test_every_caught_customer_has_one_lead_time_and_the_first_is_never_the_shorter(
    people: list[tuple[list[int], bool]], cutoff: int
) -> None:
    assume(any(bad for _, bad in people))
    months = [series([risks[month] for risks, _ in people]) for month in range(len(people[0][0]))]
    found = lead_time(risks=months, outcome=outcome([bad for _, bad in people]), cutoff=cutoff)
    caught = [risks for risks, bad in people if bad and risks[-1] >= cutoff]
    assert found.caught == len(caught) == sum(found.standing) == sum(found.first)
    first = [len(risks) - next(i for i, risk in enumerate(risks) if risk >= cutoff) for risks in caught]
    assert list(found.first) == [first.count(lead + 1) for lead in range(len(months))]
    if caught:
        assert (found.mean_first_nano() or 0) >= (found.mean_standing_nano() or 0) >= NANO


GOOD, BAD = outcome([True, False]), series([1, 2])
REFUSED = {
    "a float": (pl.Series([1.0, 2.0]), GOOD, "not what a curve is drawn from"),
    "an outcome in numbers": (BAD, series([1, 0]), "not what a curve is drawn from"),
    "another length": (BAD, outcome([True]), "as many outcomes as customers"),
    "a null": (pl.Series([1, None]), GOOD, "no place for a null"),
    "nobody went bad": (BAD, outcome([False, False]), "nobody went bad"),
    "nobody at all": (series([]), outcome([]), "nobody went bad"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_is_refused(name: str) -> None:
    risk, happened, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        alert_curve(risk=risk, outcome=happened, alert_shares=[NANO])
    with pytest.raises(InputError, match=message):
        lead_time(risks=[risk], outcome=happened, cutoff=1)


@pytest.mark.parametrize("share", [-1, NANO + 1])
def test_a_rate_out_of_range_is_refused(share: int) -> None:
    with pytest.raises(InputError, match="an alert rate lies between 0 and 1"):
        alert_curve(risk=BAD, outcome=GOOD, alert_shares=[share])


def test_no_month_and_a_rule_in_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="at least one monthly run"):
        lead_time(risks=[], outcome=GOOD, cutoff=1)
    with pytest.raises(InputError, match="not what a curve is drawn from"):
        alert_point(alerted=BAD, outcome=GOOD)
