"""Window features: online and in bulk the same; the future changes nothing. In plain SQL: `test_by_hand`."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.data.windows.flows import Flow, contract, days, features, flows, in_bulk, online, text, written

from creditloop.data.windows import bulk, null_rule, window_batches, window_function, write_window_features
from creditloop.formula import Kind
from creditloop.kernel.errors import InputError, PolicyError

READ = features()


@pytest.mark.parametrize("seed", range(3))
def test_every_feature_is_the_same_online_and_in_bulk(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_NUMBERS", 60_000)  # several batches
    asked = days(200, seed=seed)
    rows = flows(asked, seed=seed + 10)
    told, expected = in_bulk(READ, rows, asked, tmp_path), online(READ, rows, asked)
    assert told.pop("party_id") == list(asked)
    assert told.pop("as_of") == list(asked.values())
    assert told == expected
    assert len(expected) == 993
    assert all(len(set(column)) > 1 for column in expected.values()), "no feature is always the same"


def test_what_is_not_known_yet_changes_nothing(tmp_path: Path) -> None:
    asked = days(150, seed=7)
    rows = flows(asked, seed=8)
    future = [
        row
        for party, day in asked.items()
        for row in (
            cast(Flow, (party, day + timedelta(1), day + timedelta(1), None, "in", "pos", 5, "new")),
            cast(Flow, (party, day, day + timedelta(1), None, "out", "web", 10**13, "new")),
            cast(Flow, (party, day - timedelta(40), day + timedelta(300), None, "in", "atm", -7, "new")),
        )
    ]
    known = [row for row in rows if row[1] <= asked[row[0]] and row[2] <= asked[row[0]]]
    assert 0 < len(known) < len(rows)
    for one in (in_bulk(READ, rows, asked, tmp_path), in_bulk(READ, known + future, asked, tmp_path)):
        assert {name: one[name] for name in online(READ, rows, asked)} == online(READ, known + future, asked)


def test_a_party_without_events_has_counts_of_0_and_no_extremes(tmp_path: Path) -> None:
    asked = {"nobody": date(2024, 5, 5)}
    told = online(READ, [], asked)
    assert told == {
        name: column for name, column in in_bulk(READ, [], asked, tmp_path).items() if name in told
    }
    assert told["flow_count_90d"] == told["flow_sum_amount_90d"] == told["flow_months_active_12m"] == [0]
    assert told["flow_longest_silence_12m"] == [12]
    assert told["flow_max_amount_90d"] == told["flow_entropy_channel_90d"] == [None]
    assert told["flow_count_30d_of_90d"] == told["flow_deviation_amount_12m"] == [None]


def test_a_sum_of_missing_numbers_is_missing_and_of_some_what_is_told(tmp_path: Path) -> None:
    day = date(2024, 5, 5)
    old = day - timedelta(80)
    rows: list[Flow] = [
        ("missing", day, day, None, "in", "pos", None, "a"),
        ("missing", old, old, None, "in", "web", None, "a"),
        ("some", day, day, None, "in", "pos", None, "a"),
        ("some", old, old, None, "in", "pos", 70, "a"),
        ("zero", day, day, None, "in", "pos", 0, "a"),
        ("zero", old, old, None, "in", "pos", None, "a"),
    ]
    asked = dict.fromkeys(("missing", "nothing", "some", "zero"), day)
    bulk = in_bulk(READ, rows, asked, tmp_path)
    told = online(READ, rows, asked)
    assert told == {name: bulk[name] for name in told}
    assert told["flow_count_30d"] == [1, 0, 1, 1]
    assert told["flow_sum_amount_30d"] == told["flow_sum_amount_in_pos_30d"] == [None, 0, None, 0]
    assert told["flow_sum_amount_90d"] == [None, 0, 70, 0]
    assert told["flow_sum_amount_out_90d"] == [0, 0, 0, 0]
    assert told["flow_sum_amount_30d_of_90d"] == [None, None, None, None]
    assert told["flow_deviation_amount_12m"] == [None, None, 1_833_333_333, None]
    unknown = {"flow_sum_amount_30d", "flow_max_amount_30d"}
    rules = {one.name: null_rule(one).en for one in READ.features if one.name in unknown}
    assert rules == {
        "flow_sum_amount_30d": "0 without an event, null where there are events and none has the number",
        "flow_max_amount_30d": "null without an event that has the number",
    }


def test_asking_for_no_feature_is_refused(tmp_path: Path) -> None:
    parties = pa.table({"party_id": ["p"], "as_of": [date(2024, 5, 5)]})
    with pytest.raises(InputError, match="no window feature is asked for"):
        window_function(table=READ.table, features=[])
    with pytest.raises(InputError, match="no window feature is asked for"):
        next(window_batches(table=READ.table, features=[], events=written([], tmp_path), parties=parties))


def test_one_party_is_told_by_hand() -> None:
    day = date(2024, 3, 31)
    rows: list[Flow] = [
        ("p", day, day, None, "in", "pos", 100, "a"),
        ("p", day - timedelta(6), day, None, "in", "pos", 50, "a"),
        ("p", day - timedelta(7), day, None, "out", "atm", -50, "b"),
        ("p", date(2024, 1, 1), day, None, "in", "web", 1, None),
    ]
    told = {name: column[0] for name, column in online(READ, rows, {"p": day}).items()}
    assert told["flow_count_7d"] == 2
    assert told["flow_count_30d"] == 3
    assert told["flow_sum_amount_30d"] == 100
    assert told["flow_mean_amount_30d"] == 33
    assert told["flow_days_since_last_out_90d"] == 7
    assert told["flow_distinct_counterparty_90d"] == 2
    assert told["flow_count_pos_30d_by_channel"] == 666_666_667
    assert told["flow_sum_amount_30d_of_90d"] == 10**9  # 1 January is 90 days before, outside both
    assert told["flow_months_active_3m"] == 2
    assert told["flow_longest_silence_3m"] == 1
    assert told["flow_entropy_channel_30d"] == 918_295_834  # of 2 and 1 in bits
    assert told["flow_deviation_amount_3m"] == 1_313_531_353  # 100, 0 and 1: 398 / 303


def test_names_meanings_kinds_and_units_are_told_for_every_feature() -> None:
    known = {feature.name: feature for feature in READ.features}
    one = known["flow_sum_amount_in_pos_90d"]
    assert one.meaning.zh == "近90天收入、刷卡流水金额合计"
    assert one.meaning.en == "sum of amount of flows (received, POS), last 90 days"
    assert (one.kind, one.unit) == (Kind.MONEY, "fen")
    share = known["flow_count_pos_30d_by_channel"]
    assert (share.kind, share.meaning.zh) == (Kind.NANO, "近30天刷卡流水次数÷近30天流水次数")
    assert (known["flow_longest_run_12m"].kind, known["flow_longest_run_12m"].unit) == (Kind.INTEGER, "month")
    assert known["flow_days_since_last_7d"].unit == "day"
    assert len({feature.meaning.zh for feature in READ.features}) == len(READ.features)
    assert len({feature.meaning.en for feature in READ.features}) == len(READ.features)


@pytest.mark.parametrize(
    "column", ["booked", "known_at", "superseded_at", "direction", "amount_fen", "counterparty", "party_id"]
)
def test_a_column_that_vanished_is_named(column: str, tmp_path: Path) -> None:
    asked = days(3, seed=1)
    relation = f"(SELECT * EXCLUDE ({column}) FROM {written(flows(asked, seed=1), tmp_path)})"
    parties = pa.table({"party_id": list(asked), "as_of": pa.array(list(asked.values()), pa.date32())})
    with pytest.raises(InputError, match="the events lack a column") as raised:
        list(window_batches(table=READ.table, features=READ.features, events=relation, parties=parties))
    assert raised.value.where["field"] == column


@pytest.mark.parametrize(
    ("column", "type_"), [("amount_fen", "DOUBLE"), ("booked", "VARCHAR"), ("channel", "INTEGER")]
)
def test_a_column_of_another_type_is_named(column: str, type_: str, tmp_path: Path) -> None:
    asked = days(3, seed=1)
    rows = written(flows(asked, seed=1), tmp_path)
    relation = f"(SELECT * REPLACE (CAST(NULL AS {type_}) AS {column}) FROM {rows})"
    parties = pa.table({"party_id": list(asked), "as_of": pa.array(list(asked.values()), pa.date32())})
    with pytest.raises(InputError, match="another type") as raised:
        list(window_batches(table=READ.table, features=READ.features, events=relation, parties=parties))
    assert (raised.value.where["field"], raised.value.got) == (column, type_)


@pytest.mark.parametrize("amount", [10**13 + 1, -(10**13) - 1])
def test_a_measure_too_large_to_be_added_up_is_refused_by_both(amount: int, tmp_path: Path) -> None:
    day = date(2024, 3, 31)
    rows: list[Flow] = [("p", day, day, None, "in", "pos", amount, "a")]
    with pytest.raises(InputError, match="too large to be added up") as raised:
        in_bulk(READ, rows, {"p": day}, tmp_path)
    assert (raised.value.got, raised.value.where) == (amount, {"measure": "amount"})
    with pytest.raises(InputError, match="too large to be added up"):
        online(READ, rows, {"p": day})


def test_only_what_is_asked_for_is_computed() -> None:
    count = next(feature for feature in READ.features if feature.name == "flow_count_7d")
    function = window_function(table=READ.table, features=[count])
    assert "amount" not in function.source
    assert "channel" not in function.source
    assert function.evaluate(
        [(date(2024, 1, 1), date(2024, 1, 1), None, "in", "pos", 1, "a")], date(2024, 1, 2)
    ) == (1,)


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    asked = days(50, seed=2)
    rows = flows(asked, seed=3)
    parties = pa.table({"party_id": list(asked), "as_of": pa.array(list(asked.values()), pa.date32())})
    target, told = tmp_path / "features.parquet", list[int]()
    few = READ.features[::50]
    write_window_features(
        target,
        table=READ.table,
        features=few,
        events=written(rows, tmp_path),
        parties=parties,
        progress=told.append,
    )
    expected = in_bulk(replace(READ, features=few), rows, asked, tmp_path)
    assert pq.read_table(target).to_pydict() == expected
    assert told[-1] == 50
    with pytest.raises(InputError):
        write_window_features(
            tmp_path / "other.parquet",
            table=READ.table,
            features=few,
            events=f"(SELECT party_id FROM {written(rows, tmp_path)})",
            parties=parties,
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["features.parquet", "flows.parquet"]


@pytest.mark.parametrize("parties", [{"party_id": ["p", None]}, {"as_of": [None, date(2024, 1, 1)]}])
def test_a_party_without_a_name_or_a_day_is_refused(parties: dict[str, list[object]], tmp_path: Path) -> None:
    whole: dict[str, list[object]] = {"party_id": ["p", "q"], "as_of": [date(2024, 1, 1)] * 2}
    given = pa.table({**whole, **parties})
    with pytest.raises(InputError, match="every party has a name and a day") as raised:
        list(
            window_batches(
                table=READ.table, features=READ.features, events=written([], tmp_path), parties=given
            )
        )
    assert raised.value.where["field"] in parties


@pytest.mark.parametrize(
    ("old", "new", "message", "got"),
    [
        ("table: flow\n", "table: flows\n", "one of", "flows"),
        ("day: booked", "day: amount_fen", "another type", "money"),
        ("{column: channel,", "{column: counterparty,", "another type", "text"),
        ("{column: channel,", "{column: faith,", "protected", "faith"),
        ("[7, 30, 90, 180, 360]", "[0]", "", 0),
        ("[3, 6, 12]", "[121]", "", 121),
        ("aggregates: [distinct, entropy]", "aggregates: [median]", "one of", "median"),
        ("of: [counterparty, channel]", "of: [counterparty]", "nothing this aggregate can be of", None),
        ("months: [3, 6, 12]", "days: [3]", "no window for this aggregate", "months_active"),
        ("by: [[direction]]", "by: [[colour]]", "one of", "colour"),
        ("shares: [channel]", "shares: [colour]", "one of", "colour"),
        ("[3, 6, 12]", "[3, 3]", "two features of one name", "flow_months_active_3m"),
        ("window_features: flow", f"window_features: {'f' * 40}", "not a name for a feature", None),
        ("  channel: {column: channel,", "  a b: {column: channel,", "not a name", "'a b'"),
    ],
)
def test_a_wrong_document_is_refused_by_name(old: str, new: str, message: str, got: object) -> None:
    assert text().count(old) == 1
    with pytest.raises(PolicyError) as raised:
        features(text().replace(old, new))
    assert message in f"{raised.value.message} {raised.value.expected}"
    assert got in (None, raised.value.got)
    assert raised.value.where["file"] == "features/flow.yaml"


def test_the_set_is_of_its_contract() -> None:
    assert READ.contract_hash == contract().document.hash
    assert (READ.name, READ.title.zh) == ("flow", "账户流水时间窗特征（模拟）")
