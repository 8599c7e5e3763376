"""The calendar of reviews, and the inventory by materiality."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.dates import add_months
from creditloop.oversight import REVIEW_MONTHS_MAX, Model, by_materiality, review_calendar

JUNE = date(2005, 6, 30)


def model(name: str, *, state: str = "live", materiality: str = "low", since: date = JUNE) -> Model:
    return Model(
        card_hash=name * 4,
        name=name,
        product="credit_card",
        purpose="x",
        materiality=materiality,
        owner="o",
        developer="d",
        validator="v",
        state=state,
        fitted_on=since,
        registered_on=since,
        next_review_due=add_months(since, REVIEW_MONTHS_MAX),
    )


def test_overdue_ones_are_named_first_and_a_retired_one_is_not_reviewed() -> None:
    models = [model("b", since=date(2005, 8, 31)), model("a"), model("c", state="retired")]
    days = review_calendar(models, on=date(2005, 10, 31))
    assert [(one.model.name, one.days_left, one.is_overdue) for one in days] == [
        ("a", -31, True),
        ("b", 30, False),
    ]
    assert days[0].as_record()["overdue"] is True
    assert not review_calendar([model("a")], on=date(2005, 9, 30))[0].is_overdue, "due on the day itself"


def test_the_inventory_begins_with_the_most_material() -> None:
    models = [model("a"), model("b", materiality="high"), model("c", materiality="medium")]
    assert [one.name for one in by_materiality(models)] == ["b", "c", "a"]


@given(on=st.dates(date(2005, 6, 30), date(2010, 1, 1)))
def test_every_model_in_use_is_within_three_months(on: date) -> None:
    (day,) = review_calendar([model("a")], on=on)
    assert day.days_left == (day.model.next_review_due - on).days <= 92
