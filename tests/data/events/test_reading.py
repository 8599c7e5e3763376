"""Reading one party's events: as known by the day, in clear, logged, by key."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import moves
import pytest
from moves import contract, features, reading, row, written

from creditloop.data import Access, accesses, import_file, party_token
from creditloop.data.events import party_events, party_features
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection

DAY = date(2025, 3, 31)
NEXT = DAY + timedelta(1)
COUNT, SUM, DISTINCT = "move_count_7d", "move_sum_amount_7d", "move_distinct_shop_30d"


def load(connection: Connection, folder: Path, *rows: moves.Row, **changes: str) -> None:
    """Import rows under the contract."""
    file = written(folder, rows)
    import_file(connection, contract=contract(*changes.items()), file=file, now=moves.NOW)


def test_a_correction_counts_from_the_day_it_is_known(database: Connection, tmp_path: Path) -> None:
    first = row("1", "a", DAY - timedelta(2), amount=10)
    moved = first | {"booked_on": DAY - timedelta(60), "amount": 30, "known_on": NEXT}
    load(database, tmp_path, first, moved, row("1", "late", DAY, known_on=NEXT), row("2", "b", DAY))
    read = features()
    table = read.table
    (event,) = party_events(database, table=table, reading=reading("1", DAY))
    assert dict(zip(table.columns, event, strict=True)) == {
        "booked_on": DAY - timedelta(2),
        "known_at": DAY - timedelta(2),
        "superseded_at": None,
        "direction": "in",
        "channel": "atm",
        "amount_fen": 1_000,
        "shop": "a",
    }
    wanted = [COUNT, SUM, "move_sum_amount_90d"]
    by_day = {
        day: tuple(party_features(database, features=read, reading=reading("1", day), names=wanted).values())
        for day in (DAY - timedelta(3), DAY, NEXT)
    }
    assert by_day == {DAY - timedelta(3): (0, 0, 0), DAY: (1, 1_000, 1_000), NEXT: (1, 10_000, 13_000)}


def test_what_is_known_at_the_end_of_a_day_counts_on_that_day(database: Connection, tmp_path: Path) -> None:
    read = contract(("known_at: {start_of: known_on}", "known_at: {end_of: known_on}"))
    file = written(tmp_path, [row("1", "a", DAY - timedelta(1)), row("1", "b", DAY)])
    import_file(database, contract=read, file=file, now=moves.NOW)
    table = features(read).table
    for day, count in ((DAY, 2), (DAY - timedelta(1), 1), (DAY - timedelta(2), 0)):
        found = party_events(database, table=table, reading=reading("1", day, contract=read))
        assert len(found) == count
        assert {event[1] for event in found} == {event[0] for event in found}


def test_an_instant_is_known_on_the_day_of_the_contracts_zone(database: Connection, tmp_path: Path) -> None:
    read = contract(
        ("known_at: {start_of: known_on}", "known_at: {at: known_on}"),
        ("known_on: {from: known_on, type: date", "known_on: {from: known_on, type: instant"),
        ("formats: [parquet, csv]", "formats: [csv]"),
    )
    midnight = datetime(2025, 3, 31, 16, tzinfo=UTC)  # the first instant of 1 April in Beijing
    lines = ["party_no,move_no,booked_on,settled_on,known_on,channel,direction,amount,shop,faith"]
    for number, known in enumerate((midnight - timedelta(microseconds=1), midnight)):
        lines.append(f"1,m{number},2025-03-30,,{known.isoformat()},,,1,,")
    file = tmp_path / "moves.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    import_file(database, contract=read, file=file, now=moves.NOW)
    table = features(read).table
    found = party_events(database, table=table, reading=reading("1", NEXT, contract=read))
    assert [event[1] for event in found] == [DAY, NEXT]
    assert len(party_events(database, table=table, reading=reading("1", DAY, contract=read))) == 1


def test_an_event_without_a_day_is_left_out(database: Connection, tmp_path: Path) -> None:
    load(database, tmp_path, row("1", "a", DAY, settled_on=None), row("1", "b", DAY))
    read = features(None, ("day: booked_on", "day: settled_on"))
    assert party_features(database, features=read, reading=reading("1", DAY), names=[COUNT]) == {COUNT: 1}


def test_only_what_is_asked_for_is_read_and_the_read_is_logged(loaded: Connection) -> None:
    found = party_features(loaded, features=features(), reading=reading("003", DAY), names=[SUM, COUNT])
    assert list(found) == [SUM, COUNT]
    party_features(loaded, features=features(), reading=reading("nobody", DAY), names=[DISTINCT])
    one, other = accesses(loaded)
    assert one.columns == ("booked_on", "known_at", "amount_fen")
    assert other.columns == ("booked_on", "known_at", "shop")
    assert (one.reader, one.purpose, one.reason, one.masked_columns) == ("li.ming", "rule", "test", ())
    assert one.party_token == party_token("customer/003")
    assert one.known_by == datetime(2025, 3, 31, 15, 59, 59, 999999, tzinfo=UTC)


def test_a_party_without_events_has_counts_of_nothing(loaded: Connection) -> None:
    found = party_features(loaded, features=features(), reading=reading("nobody", DAY))
    assert (found[COUNT], found[SUM], found["move_mean_amount_7d"]) == (0, 0, None)
    assert found["move_longest_silence_6m"] == 6


def test_a_masked_column_is_refused_by_name(loaded: Connection) -> None:
    with pytest.raises(InputError, match="would see this column masked") as refused:
        party_features(loaded, features=features(), reading=reading("003", DAY, purpose="display"))
    assert refused.value.where["field"] in {"amount_fen", "shop"}
    shown = reading("003", DAY, purpose="display")
    assert party_features(loaded, features=features(), reading=shown, names=[COUNT])[COUNT] is not None


def test_the_door_denies_and_keeps_the_denial(loaded: Connection) -> None:
    for changes, told in (
        ({"purpose": "model"}, "gives nothing to the purpose 'model'"),
        ({"purpose": "fairness"}, "does not let the purpose 'fairness' read"),
        ({"reason": " "}, "who reads and why"),
    ):
        denied: list[Access] = []
        with pytest.raises(InputError, match=told):
            party_features(loaded, features=features(), reading=reading("003", DAY, denied=denied, **changes))
        assert [one.allowed for one in denied] == [False]


def test_features_of_another_contract_or_of_no_name_are_refused(loaded: Connection) -> None:
    other = contract(("version: 1", "version: 2"))
    with pytest.raises(InputError, match="another contract, or another version"):
        party_features(loaded, features=features(), reading=reading("003", DAY, contract=other))
    with pytest.raises(UnknownId, match="no such feature"):
        party_features(loaded, features=features(), reading=reading("003", DAY), names=[COUNT, "nothing"])


def test_a_party_is_read_by_key(loaded: Connection) -> None:
    """What the door's own statement touches: the party's rows, through the index of the key."""
    loaded.execute("SET LOCAL enable_seqscan = off")  # a few hundred rows are read faster from end to end
    found = "SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'moves_move'"
    assert loaded.execute(found.encode()).fetchone() == (0, 0)
    party_features(loaded, features=features(), reading=reading("003", DAY))
    assert loaded.execute(found.encode()).fetchone() == (0, 1)
    definition = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'source' AND tablename = 'moves_move'"
    indexes = [text for (text,) in loaded.execute(definition.encode())]
    assert any(text.endswith("(party_id, move_no, known_at)") for text in indexes)
