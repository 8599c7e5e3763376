"""Interest (利息) in exact integers: scales and rounding, day counts, accrual, the level instalment.

An amount is a whole number of units of a `Scale`; products use `FEN`, outside cases many decimals, the code
is the same. A rate and a part of a year are exact ratios; interest is their product with the amount, divided
once and rounded by a named `Rounding`. `interest_carried` cuts a period into days without losing a
remainder. `level_instalment` is exact for periods of any length.

Nothing here knows a product, a date's meaning or a balance: those come from `book.flows`, `book.plan`.
"""

from creditloop.book.interest.accrual import interest, interest_carried, ratio
from creditloop.book.interest.annuity import level_instalment
from creditloop.book.interest.day_count import DayCount, Ratio, days_in_year, reduced, year_fraction
from creditloop.book.interest.scale import FEN, Rounding, Scale, divide

__all__ = [
    "FEN",
    "DayCount",
    "Ratio",
    "Rounding",
    "Scale",
    "days_in_year",
    "divide",
    "interest",
    "interest_carried",
    "level_instalment",
    "ratio",
    "reduced",
    "year_fraction",
]
