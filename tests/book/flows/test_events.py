from datetime import date

from creditloop.book.flows import FlowKind
from creditloop.book.flows.events import ENDINGS, ORDER, Planned


def event(kind: FlowKind, *, closes_day: bool = False) -> Planned:
    day = date(2024, 1, 1)
    return Planned(kind=kind, day=day, accrue_to=day, planned_for=day, closes_day=closes_day)


def test_principal_comes_before_interest_and_rates_change_after_both() -> None:
    wanted = [
        FlowKind.DISBURSED,
        FlowKind.PRINCIPAL_DUE,
        FlowKind.INTEREST_DUE,
        FlowKind.RATE_RESET,
        FlowKind.PAYMENT_FIXED,
        FlowKind.SCALED,
        FlowKind.BASE_FIXED,
        FlowKind.MATURED,
    ]
    assert sorted(wanted, key=ORDER.__getitem__) == wanted


def test_what_closes_the_day_comes_after_everything_else() -> None:
    sold = event(FlowKind.TERMINATED, closes_day=True)
    assert sold.place > event(FlowKind.OBSERVED).place
    assert FlowKind.OBSERVED not in ENDINGS
