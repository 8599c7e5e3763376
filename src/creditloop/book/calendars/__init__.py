"""Calendars (日历): cycles and the dates they give, business days, and where a date goes that is none.

`Cycle` and `dates_of_cycle` turn "monthly from the 31st" into dates, with short and long stubs and the
end-of-month rule. `BusinessDays` says which days people work; `shift` moves a date by a named convention.
Nothing is built in but `EVERY_DAY` and `MONDAY_TO_FRIDAY`: the Chinese working calendar is a document,
policies/calendars/china.yaml, read by `read_business_days` and handed in.
"""

from creditloop.book.calendars.business_days import (
    EVERY_DAY,
    MONDAY_TO_FRIDAY,
    BusinessDayConvention,
    BusinessDays,
    shift,
)
from creditloop.book.calendars.cycles import Cycle, Stub, dates_of_cycle, dates_of_cycles
from creditloop.book.calendars.reading import read_business_days

__all__ = [
    "EVERY_DAY",
    "MONDAY_TO_FRIDAY",
    "BusinessDayConvention",
    "BusinessDays",
    "Cycle",
    "Stub",
    "dates_of_cycle",
    "dates_of_cycles",
    "read_business_days",
    "shift",
]
