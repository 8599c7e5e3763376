"""Screening: portrait and outcome at their borders, reasons and values kept, nothing open where unknown."""

import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.acquire.whitelist_rows import GOOD, policies, rows, whitelist_with_a_limit

from creditloop.acquire import OUTCOMES, PORTRAIT, screen
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import InputError

POLICIES = policies()

TRUTHS = [
    # what is other than in a party that meets everything → segment, outcome, rule
    ({}, "revolver", "invited", "otherwise"),
    ({"months_late_now": 1, "months_late_max": 1, "score": 700}, "overdue", "closed", "WL_01"),
    ({"score": 539}, "revolver", "closed", "WL_02"),
    ({"months_late_max": 1}, "revolver", "watched", "WL_03"),
    ({"score": 559}, "revolver", "watched", "WL_04"),
    ({"has_bill": False, "owed_0_fen": 0, "payment_ratio_both": 10**9}, "inactive", "watched", "WL_05"),
    ({"owed_0_fen": 2_999_99}, "revolver", "watched", "WL_06"),
    ({"utilisation_now": 900_000_001}, "revolver", "watched", "WL_07"),
    ({"payment_ratio_both": 10**9}, "transactor", "watched", "WL_08"),
    ({"score": None}, "revolver", "refer", "refer"),
    ({"has_bill": None}, "refer", "refer", "refer"),
]


@pytest.mark.parametrize(("changes", "segment", "outcome", "rule"), TRUTHS)
def test_a_party_at_a_border(changes: dict[str, object], segment: str, outcome: str, rule: str) -> None:
    screened = screen(rows=rows(changes), policies=POLICIES).row(0, named=True)
    assert (screened["segment"], screened["outcome"], screened["rule"]) == (segment, outcome, rule)


def test_the_portrait_is_told_in_parts() -> None:
    screened = screen(rows=rows({"utilisation_change": -100_000_000}), policies=POLICIES).row(0, named=True)
    assert [screened[part] for part in PORTRAIT] == ["revolver", "medium", "partial", "falling"]


def test_reasons_are_codes_and_of_what_is_unknown_they_name_it() -> None:
    screened = screen(rows=rows({}, {"score": None}, {"has_bill": None}), policies=POLICIES)
    assert [json.loads(reasons) for reasons in screened["reasons"]] == [
        ["WL_09"],
        ["MISSING_SCORE"],
        ["MISSING_HAS_BILL", "MISSING_SEGMENT"],
    ]


def test_nobody_is_invited_to_what_cannot_be_computed() -> None:
    given_rows = rows({}, {"owed_1_fen": None})
    screened = screen(rows=given_rows, policies=policies(whitelist_with_a_limit()))
    told = screened.select("outcome", "rule", "reasons").rows()
    assert told == [
        ("invited", "otherwise", '["WL_09"]'),
        ("refer", "refer", '["MISSING_OWED_1_FEN"]'),
    ]


def test_every_value_it_was_made_from_is_kept_as_canonical_json() -> None:
    given_rows = rows({"utilisation_now": 2**60}).with_columns(
        own=pl.lit(7),
        own__state=pl.lit(0, pl.UInt8),
        odd=pl.lit(None, pl.Int64),
        odd__state=pl.lit(5, pl.UInt8),
    )
    kept = screen(rows=given_rows, policies=POLICIES)["inputs"][0]
    values = {name: value for name, value in GOOD.items() if name not in {"score", "pd_nano", "cause"}}
    expected = {**values, "utilisation_now": 2**60, "own": 7, "odd": None, "odd__state": 5}
    assert kept == canonical_bytes(expected).decode()
    assert json.loads(kept)["utilisation_now"] == str(2**60), "beyond what every reader keeps it is text"


def test_parties_come_out_in_order_whatever_the_order_they_came_in() -> None:
    given_rows = rows({}, {"score": 100}, {"score": None})
    assert screen(rows=given_rows.reverse(), policies=POLICIES).equals(
        screen(rows=given_rows, policies=POLICIES)
    )


def test_nobody_to_screen_is_nobody_screened() -> None:
    assert screen(rows=rows(), policies=POLICIES).height == 0


numbers = st.none() | st.integers(-(10**6), 10**6) | st.sampled_from([0, 1, 10**9, 2**62, -(2**62)])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                **{name: numbers for name in GOOD if name not in {"cause", "has_bill", "score"}},
                "has_bill": st.none() | st.booleans(),
                "score": st.none() | st.integers(400, 700),
            }
        ),
        min_size=1,
        max_size=30,
    )
)
def test_nobody_is_lost_and_what_is_unknown_is_never_invited(parties: list[dict[str, object]]) -> None:
    screened = screen(rows=rows(*parties), policies=POLICIES)
    assert screened.height == len(parties)
    by_party = {row["party_id"]: row for row in screened.iter_rows(named=True)}
    for number, party in enumerate(parties):
        row = by_party[f"p{number}"]
        assert row["outcome"] in OUTCOMES
        assert json.loads(row["reasons"]), "every outcome has its reason"
        needed = ("score", "months_late_now", "months_late_max", "utilisation_now", "owed_0_fen", "has_bill")
        if row["outcome"] == "invited":
            assert all(party[name] is not None for name in needed)
            assert int(str(party["score"])) >= 560
            assert int(str(party["months_late_max"])) <= 0


def test_rows_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="the rows lack") as caught:
        screen(rows=rows({}).drop("owed_0_fen", "score"), policies=POLICIES)
    assert caught.value.expected == ["score", "owed_0_fen"]
    with pytest.raises(InputError, match="a party stands twice"):
        screen(rows=pl.concat([rows({}), rows({})]), policies=POLICIES)


def test_the_policies_name_the_features_they_need() -> None:
    assert set(POLICIES.features_read) == set(GOOD) - {"score", "pd_nano", "cause"}
    assert POLICIES.features_watched == ("limit_granted_fen", "months_late_now", "utilisation_now")
