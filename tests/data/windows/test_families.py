"""What families say: groups, bands, a cut of their own, ratios, runs of a condition, the newest measure."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.data.windows.flows import Flow, contract, features, online

from creditloop.data.windows import WindowFeatureSet, prove_windows, read_window_features
from creditloop.formula import Kind
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError

TEXT = """
window_features: flow
contract: flows
table: flow
title: {zh: 流水, en: flows}
events: {zh: 流水, en: flows}
day: booked
dimensions:
  direction: {column: direction, called: {zh: 方向, en: direction}}
  way:
    column: channel
    prefix: by
    called: {zh: 方式, en: way}
    groups:
      card: {of: [atm, pos], called: {zh: 用卡, en: by card}}
  size:
    column: amount_fen
    called: {zh: 大小, en: size}
    bands:
      small: {most: 99, called: {zh: 小额, en: small}}
      large: {least: 10000, most: 20000, called: {zh: 大额, en: large}}
measures:
  amount: {column: amount_fen, called: {zh: 金额, en: amount}}
identifiers:
  counterparty: {column: counterparty, called: {zh: 对手方, en: counterparties}}
families:
  - aggregates: [count, sum, latest]
    of: [amount]
    where: {direction: out}
    by: [[way], [size]]
    days: [30, 90]
    trends: [[30, 90]]
    shares: [size]
  - aggregates: [count]
    by: [[direction]]
    days: [90]
    against: {direction: [[out, in]]}
  - aggregates: [longest_run, latest_run, months_since_last]
    where: {size: large}
    months: [6]
  - aggregates: [entropy]
    of: [way]
    days: [90]
"""
DAY = date(2024, 6, 30)


def read(text: str = TEXT) -> WindowFeatureSet:
    return read_window_features(parse_document(text, path="features/flow.yaml"), contract=contract())


def flow(ago: int, direction: str, channel: str | None, amount: int | None) -> Flow:
    day = DAY - timedelta(ago)
    return ("p", day, day, None, direction, channel, amount, "a")


def told(rows: list[Flow], text: str = TEXT) -> dict[str, object]:
    return {name: column[0] for name, column in online(read(text), rows, {"p": DAY}).items()}


def test_groups_and_bands_are_told_by_hand() -> None:
    values = told(
        [
            flow(0, "out", "atm", 99),
            flow(1, "out", "pos", 100),
            flow(2, "out", "web", 10_000),
            flow(40, "out", "gold", 20_000),
            flow(41, "out", None, 20_001),
            flow(3, "in", "pos", 10_000),
            flow(4, "out", "atm", None),
        ]
    )
    assert values["flow_count_out_30d"] == 4
    assert values["flow_count_out_by_card_30d"] == 3
    assert values["flow_count_out_small_90d"] == 1
    assert values["flow_count_out_large_90d"] == 2
    assert values["flow_sum_amount_out_large_90d"] == 30_000
    assert values["flow_count_out_large_90d_by_size"] == 333_333_333
    assert values["flow_sum_amount_out_large_30d_of_90d"] == 333_333_333
    assert values["flow_count_out_90d_to_in"] == 6 * 10**9
    assert values["flow_latest_amount_out_large_90d"] == 10_000
    assert values["flow_latest_amount_out_by_card_90d"] == 99
    assert values["flow_entropy_way_90d"] == 985_228_136  # of 4 by card, 3 by any other way or none
    assert "flow_count_by_card_90d" not in values, "what the family's own cut leaves out is no feature"


def test_the_newest_measure_is_that_of_the_newest_event_that_has_one() -> None:
    rows = [flow(9, "out", "atm", 70), flow(5, "out", "atm", -3), flow(5, "out", "atm", -8)]
    assert told([*rows, flow(1, "out", "atm", None)])["flow_latest_amount_out_30d"] == -3, (
        "of a day the greatest"
    )
    assert told([flow(1, "in", "atm", 5)])["flow_latest_amount_out_30d"] is None
    for amount in (10**13, -(10**13), 0):
        assert told([flow(29, "out", "atm", amount)])["flow_latest_amount_out_30d"] == amount


def test_runs_and_months_since_of_a_condition() -> None:
    def large(month: int) -> Flow:
        return ("p", date(2024, month, 10), date(2024, month, 10), None, "in", "pos", 15_000, "a")

    values = told([large(1), large(2), large(4), large(5), flow(0, "in", "pos", 1)])
    assert values["flow_months_since_last_large_6m"] == 1
    assert values["flow_latest_run_large_6m"] == 2
    assert values["flow_longest_run_large_6m"] == 2
    nothing = told([flow(0, "in", "pos", 1)])
    assert nothing["flow_months_since_last_large_6m"] is None
    assert nothing["flow_latest_run_large_6m"] == 0


def test_every_feature_says_its_unit_and_what_it_is_without_events() -> None:
    known = {feature.name: feature for feature in read().features}
    nothing = told([])
    assert {name: feature.without_events for name, feature in known.items()} == nothing
    assert {feature.unit for feature in known.values()} == {"event", "fen", "month", "ratio", "bit"}
    card = known["flow_count_out_by_card_30d"]
    assert card.meaning.zh == "近30天支出、方式为用卡的流水次数"
    assert card.meaning.en == "number of flows (paid, way: by card), last 30 days"
    assert known["flow_latest_amount_out_30d"].kind is Kind.MONEY


def test_both_executions_agree_on_all_of_it() -> None:
    proof = prove_windows(read(), parties=300, seed=4)
    assert proof.holds
    assert proof.constant == ()


def test_two_families_may_ask_for_one_feature() -> None:
    twice = f"{TEXT}  - aggregates: [count]\n    by: [[direction]]\n    days: [90, 91]\n"
    assert len(read(twice).features) == len(read().features) + 3


@pytest.mark.parametrize(
    ("old", "new", "message", "got"),
    [
        ("{least: 10000, most: 20000,", "{least: 50, most: 20000,", "numbers in common", "large"),
        ("{most: 99,", "{", "a band has an end", "none"),
        ("{least: 10000, most: 20000,", "{least: 20001, most: 20000,", "a band without numbers", None),
        ("of: [atm, pos]", "of: [atm, gold]", "one of", "gold"),
        (
            "      card: {of: [atm, pos],",
            "      other: {of: [pos], called: {zh: 他, en: o}}\n      card: {of: [atm, pos],",
            "a code in two groups",
            "pos",
        ),
        ("column: amount_fen\n", "column: channel\n", "another type", "code"),
        ("where: {direction: out}", "where: {direction: up}", "one of", "up"),
        ("where: {direction: out}", "where: {colour: red}", "unknown key", None),
        ("by: [[way], [size]]", "by: [[way], [direction]]", "one of", "direction"),
        ("trends: [[30, 90]]", "trends: [[30, 60]]", "nothing in the family is divided so", None),
        ("trends: [[30, 90]]", "trends: [[30]]", "a division is of two", None),
        ("shares: [size]", "shares: [direction]", "nothing in the family is divided so", "direction"),
        (
            "against: {direction: [[out, in]]}",
            "against: {colour: [[out, in]]}",
            "no such dimension",
            "colour",
        ),
        ("  amount: {column: amount_fen,", "  size: {column: amount_fen,", "two parts of one name", "size"),
    ],
)
def test_what_a_family_cannot_say_is_refused_by_name(old: str, new: str, message: str, got: object) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(PolicyError) as raised:
        read(TEXT.replace(old, new))
    assert message in f"{raised.value.message} {raised.value.expected}"
    assert got in (None, raised.value.got)
    assert raised.value.where["file"] == "features/flow.yaml"


def test_events_that_are_never_corrected_need_no_column_for_it() -> None:
    document = parse_document(TEXT, path="features/flow.yaml")
    table = read_window_features(document, contract=contract(), corrected=False).table
    assert "superseded_at" in read().table.columns
    assert "superseded_at" not in table.columns
    assert replace(read().table, superseded=None) == table


def test_of_a_fact_and_its_correction_one_counts_on_any_day() -> None:
    """The amount was told as 100 on the 1st and corrected to 40 on the 20th."""
    first: Flow = ("p", date(2024, 6, 1), date(2024, 6, 1), date(2024, 6, 20), "out", "atm", 100, "a")
    corrected: Flow = ("p", date(2024, 6, 1), date(2024, 6, 20), None, "out", "atm", 40, "a")
    for day, sum_ in ((19, 100), (20, 40), (30, 40)):
        asked = {"p": date(2024, 6, day)}
        values = {name: column[0] for name, column in online(features(), [first, corrected], asked).items()}
        assert (values["flow_count_out_30d"], values["flow_sum_amount_out_30d"]) == (1, sum_)
