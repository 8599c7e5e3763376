"""Who owns, who stands in, who supplies: rings are found, and what cannot be seen is not called nobody."""

from datetime import date

import polars as pl
import pytest

from creditloop.service.rating import enhancement_of, guarantors_of, holding_on, owner_of, supplies_of

DAY = date(2025, 6, 30)
FIRMS = ("a", "b", "c", "d")
OWNERS = {"a": "p", "b": "q", "c": "c"}


def relations(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """Relations of (party, kind, other)."""
    return pl.DataFrame(rows, schema=["party_id", "kind", "other"], orient="row")


def enhancement(
    party: str, *rows: tuple[str, str], known: tuple[str, ...] = FIRMS, steps: int = 5
) -> str | None:
    """Who stands in for a party, by rows of (party, guarantor)."""
    told = relations(*((one, "guarantor", other) for one, other in rows))
    return enhancement_of(party, guarantors=guarantors_of(told), owners=OWNERS, known=known, steps_max=steps)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], "none"),
        ([("a", "p")], "owner"),
        ([("a", "b")], "firm"),
        ([("a", "p"), ("a", "b")], "firm"),
        ([("a", "b"), ("b", "a")], "mutual"),
        ([("a", "b"), ("b", "c"), ("c", "a")], "mutual"),
        ([("a", "b"), ("b", "c"), ("c", "b")], "firm"),  # a ring it stands beside, not in
        ([("a", "p"), ("p", "a")], "owner"),  # its owner's own debts are no ring of firms
    ],
)
def test_who_stands_in(rows: list[tuple[str, str]], found: str) -> None:
    assert enhancement("a", *rows) == found


def test_what_cannot_be_seen_is_unknown() -> None:
    assert enhancement("a", known=("b",)) is None
    assert enhancement("a", ("a", "b"), known=("a",)) is None, "b may stand in a ring with a"
    assert enhancement("a", ("a", "b"), ("a", "c"), ("c", "a"), known=("a", "c")) == "mutual"


def test_a_ring_is_looked_for_as_far_as_the_plan_says() -> None:
    ring = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]
    assert enhancement("a", *ring, steps=3) == "mutual"
    assert enhancement("a", *ring, steps=2) == "firm"


def test_owners_and_suppliers() -> None:
    told = relations(("a", "owner", "q"), ("a", "owner", "p"), ("b", "customer", "a"), ("a", "supplier", "b"))
    assert owner_of(told, sole_traders=["c"]) == {"a": "p", "c": "c"}
    assert supplies_of(told) == {"b"}


def test_relations_hold_from_their_first_day_to_their_last() -> None:
    days = pl.DataFrame(
        {
            "relation_no": ["yet", "begun", "over", "still"],
            "since_on": [date(2025, 7, 1), DAY, date(2020, 1, 1), date(2020, 1, 1)],
            "ended_on": [None, None, DAY, date(2025, 7, 1)],
        }
    )
    assert holding_on(days, as_of=DAY)["relation_no"].to_list() == ["begun", "still"]
