"""Ends of months, and how many months lie between two days."""

from calendar import monthrange
from datetime import date


def month_end(day: date) -> date:
    """Return the last day of the month a day lies in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_between(first: date, last: date) -> int:
    """Count months from one day to another, a part of a month as one; below 0 is 0."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(months + (last.day > first.day), 0)
