"""From a feature's value to the events that counted and their lines; from these alone the same value."""

from collections.abc import Sequence
from datetime import date

import moves
import pytest
from moves import features, reading

from creditloop.data import accesses, lineage
from creditloop.data.events import FeatureTrace, party_features, trace_feature
from creditloop.data.retention import delete_expired
from creditloop.data.windows import WindowFeature, window_function
from creditloop.formula import Kind
from creditloop.kernel.storage import Connection

DAY = date(2025, 3, 31)


def traced(connection: Connection, name: str, party: str = "1", day: date = DAY) -> FeatureTrace:
    """Trace a feature of a party."""
    return trace_feature(connection, features=features(), name=name, reading=reading(party, day))


def test_a_sum_leads_to_the_lines_it_was_made_of(few: Connection) -> None:
    trace = traced(few, "move_sum_amount_90d")
    (part,) = trace.parts
    assert (trace.value, part.value, part.kind, trace.holds) == (3_500, 3_500, Kind.MONEY, True)
    assert (trace.events_read, trace.source) == (4, "source.moves_move")
    told = [(one.contributed, one.origin.file_name, one.origin.source_row) for one in part.events]
    assert told == [(2_500, "second.parquet", 1), (1_000, "first.parquet", 1)]
    key = {"party_id": "customer/1", "move_no": "b"}
    origins = lineage(few, table=trace.source, key=key)
    assert part.events[0].origin == origins[-1] != origins[0]
    assert [access.columns[-3:] for access in accesses(few)] == [("batch_id", "row_no", "source_row")]


def test_a_ratio_leads_to_both_its_sides(few: Connection) -> None:
    trace = traced(few, "move_sum_amount_30d_of_90d")
    assert [part.value for part in trace.parts] == [2_500, 3_500]
    assert [len(part.events) for part in trace.parts] == [1, 2]
    assert trace.value == 714_285_714
    assert [str(part.quantity.window) for part in trace.parts] == ["30d", "90d"]
    assert "近30天" in trace.parts[0].meaning.zh


@pytest.mark.parametrize(
    ("name", "value", "contributed"),
    [
        ("move_count_30d", 2, [1, 1]),
        ("move_count_atm_30d", 1, [1]),
        ("move_distinct_shop_90d", 1, ["a", "a"]),
        ("move_days_since_last_30d", 0, [0, 2]),
        ("move_entropy_channel_30d", 10**9, [None, "atm"]),
        ("move_months_active_6m", 2, ["2025-03", "2025-03", "2025-02"]),
        ("move_max_amount_90d", 2_500, [2_500, 1_000]),
        ("move_mean_amount_7d", 2_500, [2_500]),
        ("move_mean_amount_out_7d", None, []),
    ],
)
def test_each_event_tells_what_it_contributed(
    few: Connection, name: str, value: int | None, contributed: list[object]
) -> None:
    trace = traced(few, name)
    assert trace.value == value
    assert [one.contributed for one in trace.parts[0].events] == contributed


def test_a_sum_that_is_missing_leads_to_the_lines_that_lack_the_number(few: Connection) -> None:
    trace = traced(few, "move_sum_amount_30d", "3")
    assert (trace.value, trace.holds) == (None, True)
    assert [(one.contributed, one.origin.source_row) for one in trace.parts[0].events] == [(None, 7)]


def test_a_value_deleted_under_retention_is_null_and_said_to_be(few: Connection) -> None:
    rule = '{"3": {months: 6, versions: all, columns: [amount_fen, shop], basis: {title: the tests}}}'
    agreed = moves.contract(("en: deleted}}", f"en: deleted}}, by_class: {rule}}}"))
    deletion = delete_expired(
        few,
        contract=agreed,
        as_of=date(2025, 12, 31),
        deleted_by="wang.fang",
        reason="monthly run",
        now=moves.NOW,
    )
    trace = traced(few, "move_count_30d")
    told = [one.origin.emptied for one in trace.parts[0].events]
    # the newer had no amount when it came, the older no shop: these are not said to be deleted
    assert (trace.value, told) == (2, [{"shop": deletion.number}, {"amount_fen": deletion.number}])
    assert (traced(few, "move_sum_amount_90d").value, traced(few, "move_distinct_shop_90d").value) == (
        None,
        0,
    )


def test_every_feature_is_made_again_of_its_traced_events_alone(
    loaded: Connection, drawn: list[moves.Row]
) -> None:
    read = features()
    richest = max(moves.parties_of(drawn), key=lambda party: sum(one["party_no"] == party for one in drawn))
    whole = party_features(loaded, features=read, reading=reading(richest, DAY))
    counted = set()
    for feature in one_of_each(read.features):
        trace = traced(loaded, feature.name, richest)
        assert trace.holds
        assert trace.value == whole[feature.name]
        function = window_function(table=read.table, features=[feature]).evaluate
        rows = {
            (one.origin.batch_id, one.row_no): tuple(one.values.get(name) for name in read.table.columns)
            for part in trace.parts
            for one in part.events
        }
        assert function(list(rows.values()), DAY) == (trace.value,), feature.name
        counted.add(len(rows))
    assert len(counted) > 5


def one_of_each(every: Sequence[WindowFeature]) -> list[WindowFeature]:
    """Return a feature of each aggregate, cut or not, a quantity or a ratio."""
    kinds = {
        (
            len(one.quantities),
            one.quantities[0].aggregate,
            tuple(name for name, _ in one.quantities[0].where),
        ): one
        for one in every
    }
    return list(kinds.values())
