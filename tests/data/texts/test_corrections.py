"""Corrections: a later version of a text takes back what it no longer tells, for one party and for all."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.texts.documents import REPOSITORY, patterns, source

from creditloop.data import Contract, import_file, read_contract
from creditloop.data.events import PartyReading, party_features, prepare_events
from creditloop.data.texts import EVENT_SCHEMA, TextReadings, read_text_file
from creditloop.data.texts.corrections import Corrections
from creditloop.data.windows import WindowFeatureSet, read_window_features, window_batches
from creditloop.kernel.documents import read_document
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import connect

Version = tuple[str, str, date, str, date]
VISIT, FIRST, SECOND, THIRD = date(2024, 6, 3), date(2024, 6, 5), date(2024, 6, 20), date(2024, 7, 2)
NOTES: list[Version] = [
    ("p1", "u1", VISIT, "车间停产，拖欠工资30万元，老板失联。", FIRST),
    ("p1", "u1", VISIT, "车间停产。", SECOND),
    ("p1", "u1", VISIT, "经复核，一切正常。", THIRD),
    ("p2", "u2", VISIT, "车间停产。", FIRST),
    ("p3", "u3", VISIT, "订单锐减。", FIRST),
    ("p3", "u3", VISIT, "一切正常。", SECOND),
    ("p3", "u3", VISIT, "车间停产，拖欠工资。", THIRD),
]
COUNTS = {  # adverse events of 180 days by the party and the days before, between and after the versions
    "p1": (0, 3, 3, 1, 1, 0),
    "p2": (0, 1, 1, 1, 1, 1),
    "p3": (0, 1, 1, 0, 0, 2),
}
DAYS = (FIRST - timedelta(1), FIRST, SECOND - timedelta(1), SECOND, THIRD - timedelta(1), THIRD)


def contract(name: str) -> Contract:
    return read_contract(REPOSITORY / "contracts" / f"{name}.yaml", root=REPOSITORY)


def read(folder: Path, rows: list[Version], *, earlier: pl.DataFrame | None = None) -> TextReadings:
    file = folder / "field_notes.parquet"
    columns = ["party_no", "note_no", "visited_on", "text", "known_on"]
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(file)
    return read_text_file(
        file, contract=contract("field_notes"), patterns=patterns("note"), names={}, earlier=earlier
    )


def taken_back(readings: TextReadings) -> list[tuple[object, ...]]:
    rows = readings.events.filter(pl.col("standing") == "withdrawn")
    assert rows["happened_on"].null_count() == rows.height == readings.withdrawn
    assert set(rows["adverse"]) <= {"no"}
    return rows.select("party_no", "document_no", "event_no", "dated_on", "known_on").rows()


def test_a_later_version_takes_back_what_it_no_longer_tells(tmp_path: Path) -> None:
    assert taken_back(read(tmp_path, NOTES)) == [
        ("p1", "u1", 2, VISIT, SECOND),
        ("p1", "u1", 3, VISIT, SECOND),
        ("p1", "u1", 1, VISIT, THIRD),
        ("p3", "u3", 1, VISIT, SECOND),
    ]


def test_the_order_of_versions_is_that_of_knowing_not_of_rows(tmp_path: Path) -> None:
    backwards = taken_back(read(tmp_path, NOTES[::-1]))
    assert sorted(backwards, key=str) == sorted(taken_back(read(tmp_path, NOTES)), key=str)


def test_a_version_in_another_file_takes_back_what_is_handed_in(tmp_path: Path) -> None:
    first = read(tmp_path, NOTES[:1])
    second = read(tmp_path, NOTES[1:2], earlier=first.events)
    third = read(tmp_path, NOTES[2:3], earlier=pl.concat([first.events, second.events]))
    apart = [*taken_back(first), *taken_back(second), *taken_back(third)]
    assert apart == taken_back(read(tmp_path, NOTES[:3]))
    of_courts = first.events.with_columns(origin=pl.lit("court"))
    assert read(tmp_path, NOTES[1:2], earlier=of_courts).withdrawn == 0
    with pytest.raises(InputError, match="lack a column"):
        read(tmp_path, NOTES[1:2], earlier=first.events.drop("standing"))


def test_a_version_that_was_not_read_takes_nothing_back(tmp_path: Path) -> None:
    twice = ("p1", "u1", VISIT, "一切正常。", FIRST)
    readings = read(tmp_path, [NOTES[0], twice])
    assert (readings.withdrawn, [each.code for each in readings.findings]) == (0, ["duplicate_key"])
    too_long = ("p1", "u1", VISIT, "好" * (patterns("note").characters_max + 1), SECOND)
    readings = read(tmp_path, [NOTES[0], too_long])
    assert (readings.withdrawn, [each.code for each in readings.findings]) == (0, ["text_too_long"])


@pytest.mark.usefixtures("lasting_url")
def test_for_one_party_and_for_all_it_counts_until_it_is_taken_back(tmp_path: Path, lasting_url: str) -> None:
    events = tmp_path / "text_events.parquet"
    read(tmp_path, NOTES).events.write_parquet(events)
    agreed = contract("text_events")
    features = read_window_features(
        read_document(REPOSITORY / "features/text_events_windows.yaml", root=REPOSITORY), contract=agreed
    )
    name = "text_count_adverse_180d"
    asked = [(party, day) for party in COUNTS for day in DAYS]
    wanted = [count for counts in COUNTS.values() for count in counts]
    online = _online(lasting_url, agreed, events, features, asked)
    bulk = _bulk(tmp_path, agreed, events, features, asked)
    assert [one[name] for one in online] == wanted
    assert online == bulk


def _online(
    url: str, agreed: Contract, file: Path, features: WindowFeatureSet, asked: list[tuple[str, date]]
) -> list[dict[str, int | None]]:
    now = datetime(2024, 8, 1, tzinfo=UTC)
    found = []
    with connect(url) as connection:
        imported = import_file(connection, contract=agreed, file=file, now=now)
        assert (imported.rows_rejected, imported.findings_by_code) == (0, {})
        for party, day in asked:
            reading = PartyReading(
                contract=agreed,
                party_id=f"customer/{party}",
                as_of=day,
                purpose="rule",
                reader="li.ming",
                reason="test",
                now=now,
                record_denial=lambda access: None,
            )
            found.append(party_features(connection, features=features, reading=reading))
        connection.rollback()
    return found


def _bulk(
    folder: Path, agreed: Contract, file: Path, features: WindowFeatureSet, asked: list[tuple[str, date]]
) -> list[dict[str, int | None]]:
    made = prepare_events(
        contract=agreed, table="event", files=[file], target=folder / "prepared.parquet", purpose="rule"
    )
    parties = pa.table(
        {"party_id": [f"customer/{party}" for party, _ in asked], "as_of": [day for _, day in asked]}
    )
    batches = window_batches(
        table=features.table, features=features.features, events=made.relation, parties=parties
    )
    rows = pa.concat_tables(batches).drop_columns(["party_id", "as_of"]).to_pylist()
    return [dict(row) for row in rows]


@pytest.mark.usefixtures("lasting_url")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"happened_on": None}, "day_missing"),
        ({"dated_on": date(2024, 5, 1)}, "day_missing"),
        ({"standing": "withdrawn"}, "day_of_withdrawn"),
        ({"standing": "gone"}, "unlisted_value"),
        ({"standing": None}, "missing_value"),
    ],
)
def test_a_missing_day_takes_nothing_back_by_itself(
    tmp_path: Path, lasting_url: str, changes: dict[str, object], code: str
) -> None:
    file = tmp_path / "text_events.parquet"
    rows = read(tmp_path, NOTES[:1]).events.to_dicts()
    bad = [{**row, **changes} for row in rows[:1]]
    good = [{**row, "document_no": f"u{number}"} for number in range(300) for row in rows]
    pl.DataFrame([*good, *bad], schema=EVENT_SCHEMA).write_parquet(file)
    with connect(lasting_url) as connection:
        imported = import_file(
            connection, contract=contract("text_events"), file=file, now=datetime(2024, 8, 1, tzinfo=UTC)
        )
        connection.rollback()
    assert (imported.rows_rejected, imported.findings_by_code) == (1, {code: 1})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sets(st.integers(1, 4)), min_size=1, max_size=6), st.randoms())
def test_by_any_day_what_stands_is_what_the_version_known_then_told(
    versions: list[set[int]], chance: random.Random
) -> None:
    made = Corrections()
    told = [(VISIT + timedelta(number), numbers) for number, numbers in enumerate(versions)]
    rows: list[dict[str, object]] = []
    for day, numbers in chance.sample(told, len(told)):
        own = [
            {"party_no": "p1", "document_no": "d1", "event_no": each, "standing": "stands", "known_on": day}
            for each in numbers
        ]
        made.add_version(replace(source(""), known_on=day), rows=own)
        rows += own
    rows += made.withdrawals()
    assert len({(row["event_no"], row["known_on"]) for row in rows}) == len(rows)
    for day, numbers in told:
        by_day = (VISIT + timedelta(number) for number in range((day - VISIT).days + 1))
        latest = {
            row["event_no"]: row["standing"] for one in by_day for row in rows if row["known_on"] == one
        }
        assert {number for number, standing in latest.items() if standing == "stands"} == numbers
