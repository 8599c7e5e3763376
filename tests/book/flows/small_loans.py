"""A small loan whose numbers can be checked by hand, and flows as lines of text."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from creditloop.book.calendars import Cycle
from creditloop.book.flows import Flow, Market, Step, Terms
from creditloop.book.interest import FEN, DayCount

MONTHLY = Cycle(months=1)
FIRST = date(2024, 2, 1)
STEPS = (Step(anchor=FIRST, cycle=MONTHLY),)
INDEX = Market(
    series={
        "LPR": [(date(2024, 1, 1), Decimal("0.24")), (date(2024, 3, 1), Decimal("0.06"))],
        "CPI": [(date(2024, 1, 1), Decimal(100)), (date(2024, 3, 1), Decimal(150))],
        "PREPAID": [(date(2024, 1, 1), Decimal("100.00"))],
    }
)


def small(**changes: object) -> Terms:
    """1,000 yuan from 1 January 2024 to 1 May at 12 %, months of 30 days: 1 % a month, interest monthly."""
    values: dict[str, object] = {
        "scale": FEN,
        "opened_on": date(2023, 12, 31),
        "disbursed_on": date(2024, 1, 1),
        "principal": 1000_00,
        "rate": Decimal("0.12"),
        "day_count": DayCount.THIRTY_E_360,
        "maturity": date(2024, 5, 1),
        "interest_steps": STEPS,
    }
    return Terms(**{**values, **changes})  # type: ignore[arg-type]


def lines(rows: Iterable[Flow]) -> list[str]:
    """Write flows as `day kind amount | principal accrued`."""
    return [f"{row.day:%m-%d} {row.kind} {row.amount} | {row.principal} {row.accrued}" for row in rows]
