"""Who is screened again: material changes at their borders, the interval on its day, nobody who answered."""

import json

import polars as pl
import pytest
from tests.acquire.whitelist_rows import AUGUST, JUNE, policies, rows

from creditloop.acquire import ANSWERED, ON_THE_LIST, changed_accounts, due_for_interval

POLICIES = policies()
BEFORE: dict[str, object] = {
    "limit_granted_fen": 20_000_00,
    "months_late_now": 0,
    "utilisation_now": 400_000_000,
    "other": 1,
}


def listed(*parties: tuple[str, dict[str, object]]) -> pl.DataFrame:
    """A whitelist: p0, p1, … by status and what was otherwise when they were screened, at the end of June."""
    return pl.DataFrame(
        {
            "party_id": [f"p{number}" for number in range(len(parties))],
            "status": [status for status, _ in parties],
            "inputs": [json.dumps(BEFORE | changes) for _, changes in parties],
            "screened_on": [JUNE] * len(parties),
        },
        schema={"party_id": pl.String, "status": pl.String, "inputs": pl.String, "screened_on": pl.Date},
    )


CHANGES = [
    # what was otherwise then, what is otherwise now → the rule that saw it, None if nothing changed
    ({}, {}, None),
    ({}, {"months_late_now": 1}, "RS_01"),
    ({"months_late_now": 2}, {"months_late_now": 2}, None),
    ({"months_late_now": 2}, {"months_late_now": 0}, None),
    ({}, {"utilisation_now": 700_000_000}, "RS_02"),
    ({}, {"utilisation_now": 699_999_999}, None),
    ({}, {"limit_granted_fen": 19_999_99}, "RS_03"),
    ({}, {"months_late_now": 1, "limit_granted_fen": 0}, "RS_01"),
    ({}, {"utilisation_now": None}, "refer"),
    ({"utilisation_now": None}, {}, "refer"),
]


@pytest.mark.parametrize("status", ON_THE_LIST)
@pytest.mark.parametrize(("before", "now", "rule"), CHANGES)
def test_what_is_a_material_change(
    before: dict[str, object], now: dict[str, object], rule: str | None, status: str
) -> None:
    changed = changed_accounts(rows=rows(now), listed=listed((status, before)), policies=POLICIES)
    assert changed["cause"].to_list() == ([] if rule is None else [rule])


@pytest.mark.parametrize("status", [*ANSWERED, "closed", "refer"])
def test_who_is_not_on_the_list_is_not_looked_at_for_changes(status: str) -> None:
    late = rows({"months_late_now": 3})
    assert changed_accounts(rows=late, listed=listed((status, {})), policies=POLICIES).is_empty()


def test_of_whom_nothing_is_known_any_more_is_not_called_unchanged() -> None:
    changed = changed_accounts(rows=rows(), listed=listed(("invited", {})), policies=POLICIES)
    assert changed.rows() == [("p0", "refer")]


def test_the_interval_fires_on_its_day_for_everybody_who_has_not_answered() -> None:
    statuses = ["invited", "watched", "closed", "refer", *ANSWERED]
    frame = listed(*((status, {}) for status in statuses))
    for day, due in ((JUNE, 0), (AUGUST.replace(day=28), 0), (AUGUST.replace(day=29), 4), (AUGUST, 4)):
        found = due_for_interval(listed=frame, on=day, policies=POLICIES)
        assert found["party_id"].to_list() == [f"p{number}" for number in range(due)], day
        assert set(found["cause"]) == ({"RS_05"} if due else set())


def test_an_empty_list_calls_for_nobody() -> None:
    assert changed_accounts(rows=rows(), listed=listed(), policies=POLICIES).is_empty()
    assert due_for_interval(listed=listed(), on=AUGUST, policies=POLICIES).is_empty()
