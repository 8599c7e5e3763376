"""What is known at the start of the next day is not read as of this one; at the day's end it is."""

from datetime import UTC, date, datetime

import pytest
from tests.service.small_bank import REPOSITORY

from creditloop.data import Contract, parse_contract
from creditloop.kernel.errors import InputError
from creditloop.service.day_reads import known_by_day

DAY = date(2026, 1, 5)
MIDNIGHT = datetime(2026, 1, 5, 16, tzinfo=UTC)
"""The instant at which the sixth of January begins where clocks are eight hours ahead of UTC."""


def contract(name: str, *changes: tuple[str, str]) -> Contract:
    text = (REPOSITORY / "contracts" / f"{name}.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_contract(text, path=f"contracts/{name}.yaml")


def test_the_edge_of_the_day_is_the_tables_own() -> None:
    ends = contract("account_flows")
    assert known_by_day(ends, table="flow", as_of=DAY) == MIDNIGHT
    starts = contract("account_flows", ("known_at: {end_of: known_on}", "known_at: {start_of: known_on}"))
    known_by = known_by_day(starts, table="flow", as_of=DAY)
    assert known_by < MIDNIGHT, "what is known from the sixth on is not read as of the fifth"
    assert (MIDNIGHT - known_by).total_seconds() == 1e-6


def test_a_table_there_is_not_is_left_to_the_door_and_a_day_out_of_time_is_refused() -> None:
    assert known_by_day(contract("account_flows"), table="none", as_of=DAY) == MIDNIGHT
    with pytest.raises(InputError, match="the day is out of range"):
        known_by_day(contract("account_flows"), table="flow", as_of=date.max)
