from datetime import date
from decimal import Decimal

import pytest
from conformance.actus.steps import principal_steps_of, rate_steps_of, steps_of
from conformance.actus.values import RefusedError, units

from creditloop.book.calendars import Cycle
from creditloop.book.flows import PrincipalStep, RateStep, Step

FIRST, SECOND = "2021-01-01T00:00:00", "2022-01-01T00:00:00"
ARRAYS = {
    "contractType": "LAX",
    "arrayCycleAnchorDateOfPrincipalRedemption": [FIRST, SECOND],
    "arrayCycleOfPrincipalRedemption": "P3ML1",
    "arrayNextPrincipalRedemptionPayment": [20, "60.5"],
    "arrayIncreaseDecrease": ["INC", "DEC"],
}


def test_single_terms_are_one_step() -> None:
    assert steps_of({"cycleAnchorDateOfInterestPayment": FIRST}, "InterestPayment") == [
        Step(anchor=date(2021, 1, 1))
    ]
    assert steps_of({"cycleOfInterestPayment": "P1YL1"}, "InterestPayment") == [Step(cycle=Cycle(months=12))]
    assert steps_of({}, "InterestPayment") == []


def test_arrays_are_steps_and_one_cycle_stands_for_all() -> None:
    assert principal_steps_of(ARRAYS) == [
        PrincipalStep(anchor=date(2021, 1, 1), cycle=Cycle(months=3), amount=units(20), drawn=True),
        PrincipalStep(anchor=date(2022, 1, 1), cycle=Cycle(months=3), amount=units("60.5")),
    ]
    assert principal_steps_of({**ARRAYS, "contractType": "PAM"}) == []


def test_rates_are_stated_or_spreads() -> None:
    case = {
        "arrayCycleAnchorDateOfRateReset": [FIRST, SECOND],
        "arrayRate": [0.06, 0.01],
        "arrayFixedVariable": ["FIX", "VAR"],
    }
    assert rate_steps_of(case) == [
        RateStep(anchor=date(2021, 1, 1), rate=Decimal("0.06")),
        RateStep(anchor=date(2022, 1, 1), spread=Decimal("0.01")),
    ]
    assert rate_steps_of({"cycleAnchorDateOfRateReset": FIRST}) == [RateStep(anchor=date(2021, 1, 1))]


def test_values_that_do_not_fit_the_steps_are_refused() -> None:
    with pytest.raises(RefusedError, match="3 values of arrayIncreaseDecrease for 2 steps"):
        principal_steps_of({**ARRAYS, "arrayIncreaseDecrease": ["INC", "DEC", "INC"]})
    with pytest.raises(RefusedError, match="increase or decrease UP"):
        principal_steps_of({**ARRAYS, "arrayIncreaseDecrease": "UP"})
