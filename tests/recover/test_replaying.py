"""A month's cases come out again from what they were routed by."""

import polars as pl
from tests.recover.case_rows import ROUTING, rows

from creditloop.recover import ROWS, route_again, route_cases

CASES = route_cases(
    rows=rows(
        ("a", 4, 900_000, "B", "watch"),
        ("b", None, 900_000, "B", "watch"),
        ("c", 7, 9_000_000, "E", "alert"),
        ("d", 1, 600_000, "none", "none"),
    ),
    policy=ROUTING,
)


def test_cases_come_out_again_to_the_bit() -> None:
    again = route_again(cases=CASES, policy=ROUTING)
    assert again.schema == CASES.schema
    assert again.equals(CASES)


def test_what_was_changed_comes_out_otherwise() -> None:
    changed = CASES.with_columns(months_late=pl.lit(1, pl.Int64))
    again = route_again(cases=changed, policy=ROUTING)
    assert again.select(*ROWS).equals(changed.select(*ROWS))
    assert not again["route"].equals(CASES["route"])
