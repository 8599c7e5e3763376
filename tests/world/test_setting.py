"""What a town may be made from."""

import pytest

from creditloop.kernel.errors import InputError
from creditloop.world import read_plan
from creditloop.world.months import date_of
from creditloop.world.setting import setting_of


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"parties": 999}, "--parties"),
        ({"parties": 10_000_001}, "--parties"),
        ({"years": 0}, "--years"),
        ({"years": 6}, "--years"),
        ({"seed": -1}, "--seed"),
    ],
)
def test_what_is_out_of_range_is_named(wrong: dict[str, int], named: str) -> None:
    with pytest.raises(InputError) as error:
        setting_of(plan=read_plan(), **{"parties": 1_000, "seed": 1, "years": 2, **wrong})
    assert error.value.where == {"option": named}


def test_the_calendar_has_whole_years_and_their_festivals() -> None:
    months = setting_of(plan=read_plan(), parties=1_000, seed=1, years=2).months
    assert (str(date_of(months.first)), str(date_of(months.last))) == ("2024-01-01", "2025-12-31")
    assert months.count == 24
    assert months.lengths.sum() == 731
    assert months.festival.nonzero()[0].tolist() == [1, 12]  # February 2024, January 2025
    assert months.of(months.ends).tolist() == list(range(24))
