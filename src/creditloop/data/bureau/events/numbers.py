"""Numbers that stay the same from report to report, for items the bureau numbers anew each time.

What the report calls a number (编号) counts an item within it; the contracts need a key that a later report
repeats. It is made of what never changes about an item; items that do not differ in it are counted in order.
"""

from collections import Counter
from datetime import date

from creditloop.kernel.money import text_from_fen


class Numbers:
    """Gives each item of a kind its lasting number."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def of(self, *parts: str | int | date | None) -> str:
        """Make a number of what never changes; the second item with the same parts ends in `#2`."""
        number = "/".join("-" if part is None else str(part) for part in parts)
        self._given[number] += 1
        count = self._given[number]
        return number if count == 1 else f"{number}#{count}"


def amount_text(amount_fen: int | None) -> str | None:
    """Write an amount as part of a number."""
    return None if amount_fen is None else text_from_fen(amount_fen)
