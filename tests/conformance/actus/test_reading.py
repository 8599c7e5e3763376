from datetime import date
from decimal import Decimal

import pytest
from conformance.actus.reading import market_of, terms_of, unscheduled_of, until_of
from conformance.actus.values import RefusedError, units
from tests.conformance.actus.small_case import case

from creditloop.book.calendars import MONDAY_TO_FRIDAY, BusinessDayConvention
from creditloop.book.flows import (
    Fee,
    FlowKind,
    InterestBase,
    Notice,
    Penalty,
    PenaltyKind,
    Repayment,
    Side,
    Trade,
)


def terms(**changes: object):
    return terms_of(case(**changes)["terms"])


def test_terms_are_ours() -> None:
    read = terms()
    assert (read.side, read.repayment, read.principal) == (Side.LENDER, Repayment.AT_MATURITY, units(1000))
    assert (read.opened_on, read.disbursed_on, read.maturity) == (
        date(2023, 12, 31),
        date(2024, 1, 1),
        date(2024, 3, 1),
    )
    assert (read.rate, read.accrued, read.payment) == (Decimal("0.12"), None, None)


def test_conventions() -> None:
    moved = terms(businessDayConvention="CSMP", calendar="MF", endOfMonthConvention="EOM")
    assert moved.convention is BusinessDayConvention.MODIFIED_PRECEDING
    assert moved.accrue_to_planned_day
    assert moved.end_of_month
    assert moved.business_days is MONDAY_TO_FRIDAY
    assert not terms(businessDayConvention="SCF").accrue_to_planned_day


def test_ends_of_days() -> None:
    assert terms(maturityDate="2024-03-01T23:59:59").maturity_closes_day
    sold = terms(terminationDate="2024-02-01T23:59:59", priceAtTerminationDate="990")
    assert sold.termination == Trade(day=date(2024, 2, 1), price=units(990), closes_day=True)
    assert terms(statusDate="2023-12-31T23:59:59").opened_on == date(2023, 12, 31)
    with pytest.raises(RefusedError, match="from the end of a day"):
        terms(statusDate="2024-01-31T23:59:59")


def test_types_without_a_last_day() -> None:
    on_call = terms(contractType="CLM", maturityDate=None, xDayNotice="P31D")
    assert on_call.notice == Notice(days=31)
    assert on_call.always_capitalised
    assert terms(contractType="UMP").open_ended
    assert terms(contractType="UMP").maturity is None


def test_rates_fees_and_penalties() -> None:
    read = terms(
        marketObjectCodeOfRateReset="LPR",
        rateSpread="0.01",
        periodFloor="0.02",
        lifeCap="0.2",
        feeRate="5",
        feeBasis="A",
        penaltyType="N",
        penaltyRate="0.01",
        interestCalculationBase="NTL",
        interestCalculationBaseAmount="900",
    )
    assert (read.reset.index, read.reset.spread) == ("LPR", Decimal("0.01"))
    assert (read.reset.change_min, read.reset.rate_max) == (Decimal("-0.02"), Decimal("0.2"))
    assert read.fee == Fee(amount=units(5))
    assert read.penalty == Penalty(kind=PenaltyKind.PRINCIPAL, rate=Decimal("0.01"))
    assert (read.interest_base, read.interest_base_amount) == (InterestBase.LAGGING, units(900))
    assert terms(feeRate="0.01", feeBasis="N").fee == Fee(rate=Decimal("0.01"))
    assert terms(feeRate="0").fee is None


def test_scaling() -> None:
    read = terms(
        scalingEffect="IOO", marketObjectCodeOfScalingIndex="CPI", scalingIndexAtContractDealDate="100"
    )
    assert read.scaling is not None
    assert (read.scaling.scales_interest, read.scaling.scales_principal) == (True, False)
    assert terms(scalingEffect="000").scaling is None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"contractType": "OPTNS"}, "contract type OPTNS"),
        ({"dayCountConvention": "B252"}, "day count B252"),
        ({"calendar": "XX"}, "calendar XX"),
        ({"cyclePointOfInterestPayment": "B"}, "cyclePointOfInterestPayment B"),
        ({"scalingEffect": "XYZ"}, "scaling effect XYZ"),
        ({"contractRole": "RFL"}, "contract role RFL"),
    ],
)
def test_what_is_not_taken_over_is_refused_by_name(changes: dict[str, object], named: str) -> None:
    with pytest.raises(RefusedError, match=named):
        terms(**changes)


def test_observed_series_by_date() -> None:
    points = [{"timestamp": "2024-02-01T00:00:00", "value": "2"}, {"timestamp": "2024-01-01", "value": "1"}]
    market = market_of({"X": {"identifier": "X", "data": points}})
    assert market.series["X"] == [
        (date.min, Decimal(1)),
        (date(2024, 1, 1), Decimal(1)),
        (date(2024, 2, 1), Decimal(2)),
    ]
    assert market_of({}).series == {}
    with pytest.raises(RefusedError, match="unknown form"):
        market_of(["X"])


def test_observed_events_of_this_loan() -> None:
    read = unscheduled_of(
        [
            {"time": "2024-02-01T00:00:00", "type": "PR", "value": "-5"},
            {"time": "2024-02-02T00:00:00", "type": "PP", "value": 7},
            {"time": "2024-02-03T00:00:00", "type": "CE", "contractId": "other"},
            {
                "time": "2024-02-04T00:00:00",
                "type": "CE",
                "contractId": "this",
                "states": {"contractPerformance": "DQ"},
            },
            {
                "time": "2024-02-05T00:00:00",
                "type": "CE",
                "contractId": "this",
                "states": {"contractPerformance": "DF"},
            },
        ],
        loan="this",
    )
    assert [(event.kind, event.day.day, event.amount) for event in read] == [
        (FlowKind.PRINCIPAL_DRAWN, 1, units(5)),
        (FlowKind.PREPAID, 2, units(7)),
        (FlowKind.DEFAULTED, 5, 0),
    ]
    with pytest.raises(RefusedError, match="observed event ZZ"):
        unscheduled_of([{"time": "2024-02-01", "type": "ZZ"}])


def test_the_last_day_wanted() -> None:
    assert until_of("") is None
    assert until_of("2024-02-01T00:00:00") == date(2024, 2, 1)
