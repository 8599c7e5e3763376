"""The review calendar (评审日历): which model is reviewed when; and the inventory by materiality."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditloop.kernel.dates import add_months
from creditloop.oversight.register import MATERIALITIES, REVIEW_MONTHS_MAX, Model


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDay:
    """When a model is reviewed next, seen from a day.

    Attributes:
        days_left: until the review; below 0 it is overdue by so many.
    """

    model: Model
    days_left: int

    @property
    def is_overdue(self) -> bool:
        """Whether the day of the review has passed."""
        return self.days_left < 0

    def as_record(self) -> dict[str, object]:
        """Return the day as plain data."""
        return {
            "model": self.model.name,
            "card": self.model.card_hash,
            "materiality": self.model.materiality,
            "owner": self.model.owner,
            "validator": self.model.validator,
            "due_on": self.model.next_review_due.isoformat(),
            "days_left": self.days_left,
            "overdue": self.is_overdue,
        }


def review_calendar(models: Sequence[Model], *, on: date) -> tuple[ReviewDay, ...]:
    """Return the reviews due within three months of a day and those overdue, the longest overdue first.

    A retired model is not reviewed; every other is within three months, see `Model.next_review_due`.
    """
    latest = add_months(on, REVIEW_MONTHS_MAX)
    days = [
        ReviewDay(model=model, days_left=(model.next_review_due - on).days)
        for model in models
        if model.state != "retired" and model.next_review_due <= latest
    ]
    return tuple(sorted(days, key=lambda day: (day.days_left, _weight(day.model), day.model.card_hash)))


def by_materiality(models: Sequence[Model]) -> tuple[Model, ...]:
    """Return the inventory, the most material models first, within one materiality by product and name."""
    return tuple(sorted(models, key=lambda one: (_weight(one), one.product, one.name, one.card_hash)))


def _weight(model: Model) -> int:
    return MATERIALITIES.index(model.materiality)
