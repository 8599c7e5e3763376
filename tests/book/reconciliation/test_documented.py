"""The page of reconciliation shows the kinds, causes and reasons that the code has."""

import re
from pathlib import Path

from creditloop.book.reconciliation import CAUSES, BreakKind, ClosingReason

PAGE = (Path(__file__).parents[3] / "docs" / "reconciliation.md").read_text("utf-8")


def table(heading: str) -> list[tuple[str, ...]]:
    """Return the rows of the first table under a heading."""
    (section,) = [text for text in re.split(r"^## ", PAGE, flags=re.MULTILINE) if text.startswith(heading)]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")) for line in lines]


def test_the_table_of_causes_is_that_of_the_code() -> None:
    assert table("Likely causes") == [(code, cause.zh, cause.en) for code, cause in CAUSES.items()]


def test_the_kinds_stand_in_the_order_in_which_they_are_named() -> None:
    assert [row[0] for row in table("What a break can be")] == list(BreakKind)


def test_every_reason_is_named() -> None:
    assert all(f"`{reason}`" in PAGE for reason in ClosingReason)
