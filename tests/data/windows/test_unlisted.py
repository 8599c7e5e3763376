"""A code that is not listed is named and counted, in the column it came in; its events still count."""

from pathlib import Path

import pyarrow as pa
import pytest
from tests.data.windows.flows import SCHEMA, days, features, flows, in_bulk, written

from creditloop.data.windows import UnlistedValue, unlisted_values
from creditloop.kernel.errors import InputError

READ = features()


def test_codes_that_are_not_listed_are_counted_by_column(tmp_path: Path) -> None:
    asked = days(60, seed=1)
    rows = flows(asked, seed=2)
    found = unlisted_values(table=READ.table, events=written(rows, tmp_path))
    assert found == (
        UnlistedValue(table="flow", column="direction", value="?", events=sum(row[4] == "?" for row in rows)),
        UnlistedValue(
            table="flow", column="channel", value="gold", events=sum(row[5] == "gold" for row in rows)
        ),
    )
    counts = in_bulk(READ, [row for row in rows if row[5] == "gold"], asked, tmp_path)["flow_count_360d"]
    assert sum(map(int, map(str, counts))) > 0, "they count among all events"


def test_codes_that_are_all_listed_are_not_told() -> None:
    row = {name: [None] for name in SCHEMA.names} | {
        "party_id": ["p"],
        "direction": ["in"],
        "channel": ["pos"],
    }
    assert unlisted_values(table=READ.table, events=pa.table(row, schema=SCHEMA)) == ()


def test_a_column_that_vanished_is_named() -> None:
    with pytest.raises(InputError, match="the events lack a column"):
        unlisted_values(table=READ.table, events=pa.table({"party_id": ["p"]}))
