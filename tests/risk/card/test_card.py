"""A card in use: points, pd and reasons by hand; one case as a frame; nothing fails open."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.risk.card.language_card import language_function, points_step
from tests.risk.card_texts import FEATURES, SETTINGS, TEXT, card, sample

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk import Card, card_text, fit_card, psi, read_card

GOOD = {"late": 0, "use": 100_000_000, "work": "teacher"}


def fitted() -> Card:
    frame, bad = sample()
    text = card_text(
        fit_card(frame=frame, bad=bad, features=FEATURES, settings=SETTINGS),
        card="fitted",
        product="credit_card",
        title={"zh": "卡", "en": "card"},
        facts={},
    )
    return read_card(parse_document(text, path="fitted.yaml"))


FITTED = fitted()


def test_the_best_case_by_hand() -> None:
    told = card().score(GOOD)
    assert (told.score, told.pd_nano, told.state) == (600 + 31 + 7 + 7, 40_000_000, 0)
    assert [(part.feature, part.bin, part.points, part.points_lost) for part in told.parts] == [
        ("late", "< 1", 31, 0),
        ("use", "< 0.5", 7, 0),
        ("work", "teacher, it's", 7, 0),
    ]
    assert told.reasons == ()
    assert not told.refers


def test_reasons_are_what_cost_points_the_most_first() -> None:
    told = card().score({"late": 2, "use": None, "work": "clerk"})
    assert told.score == 600 - 25 - 28 - 8
    assert told.pd_nano == 600_000_000
    assert [(part.points_lost, part.woe_nano) for part in told.parts] == [
        (56, -980_829_253),
        (35, -1_386_294_361),
        (15, -538_996_501),
    ]
    assert [(reason.code, reason.zh, reason.en) for reason in told.reasons] == [
        ("CARD_LATE", "逾期月数", "months late"),
        ("CARD_USE", "额度使用率", "use of the limit"),
        ("CARD_WORK", "职业", "work"),
    ]
    assert told.parts[1].bin == "缺失 missing"


@pytest.mark.parametrize(
    ("late", "points"), [(-(2**63), 31), (0, 31), (1, -25), (2, -25), (3, -58), (2**63 - 1, -58)]
)
def test_a_bin_holds_its_lower_end_and_not_its_upper(late: int, points: int) -> None:
    assert card().score({**GOOD, "late": late}).parts[0].points == points


@pytest.mark.parametrize(
    ("score_points", "pd"), [({"late": 3, "work": "clerk"}, 600_000_000), ({"work": "clerk"}, 40_000_000)]
)
def test_the_pd_is_the_bands(score_points: dict[str, object], pd: int) -> None:
    assert card().score({**GOOD, **score_points}).pd_nano == pd


@pytest.mark.parametrize(
    ("spoilt", "state", "codes"),
    [
        ({"late": None}, 3, ["MISSING_LATE"]),
        ({"late": "many"}, 6, ["BROKEN_LATE"]),
        ({"late": 1.0}, 6, ["BROKEN_LATE"]),
        ({"late": True}, 6, ["BROKEN_LATE"]),
        ({"late": 2**63}, 6, ["BROKEN_LATE"]),
        ({"work": "miner"}, 3, ["UNSEEN_WORK"]),
        ({"work": None}, 3, ["MISSING_WORK"]),
        ({"use": 0.5}, 6, ["BROKEN_USE"]),
        ({"use": None, "use__state": 4}, 4, ["OVERFLOW"]),
        ({"use": None, "use__state": 5}, 5, ["ZERO_DIVISION"]),
        ({"use": None, "use__state": 6}, 6, ["CANNOT_EVALUATE"]),
        ({"use__state": 99}, 6, ["CANNOT_EVALUATE"]),
        ({"use__state": None}, 6, ["CANNOT_EVALUATE"]),
        ({"late": None, "use": None, "use__state": 5}, 5, ["MISSING_LATE", "ZERO_DIVISION"]),
    ],
)
def test_what_cannot_be_scored_refers_and_says_why(
    spoilt: dict[str, object], state: int, codes: list[str]
) -> None:
    told = card().score({**GOOD, **spoilt})
    assert (told.score, told.pd_nano, told.state) == (None, None, state)
    assert [reason.code for reason in told.reasons] == codes
    assert told.refers
    assert len(told.parts) == 3
    named = {name.removesuffix("__state") for name in spoilt}
    for part in told.parts:
        assert (part.points is None) == (part.bin is None)
        assert part.points is not None or part.feature in named


def test_an_absent_feature_refers() -> None:
    told = card().score({"late": 0, "work": "teacher"})
    assert (told.score, told.state) == (None, 6)
    assert card().score({**GOOD, "use__state": 3, "use": None}).score == 600 + 31 - 28 + 7, (
        "a null is missing"
    )


def test_a_frame_by_hand() -> None:
    frame = pl.DataFrame(
        {
            "late": [0, 3, None],
            "use": [None, 500_000_000, 1],
            "work": ["it's", "clerk", "clerk"],
            "id": [1, 2, 3],
        }
    )
    scored = card().score_frame(frame, working=True)
    assert scored.columns == [*frame.columns, "points_late", "points_use", "points_work", "score", "pd_nano",
                              "score_state"]  # fmt: skip
    assert scored["score"].to_list() == [610, 534, None]
    assert scored["pd_nano"].to_list() == [200_000_000, 600_000_000, None]
    assert scored["score_state"].to_list() == [0, 0, 3]
    assert scored["points_use"].to_list() == [-28, 0, 7]
    assert scored.schema["score"] == pl.Int64


@pytest.mark.parametrize("name", ["score", "pd_nano", "score_state", "points_late"])
def test_a_frame_that_has_the_answers_already_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="the frame has"):
        card().score_frame(pl.DataFrame({name: [1]}))


def test_an_empty_frame_and_one_without_the_features() -> None:
    empty = pl.DataFrame(schema={"late": pl.Int64, "use": pl.Int64, "work": pl.String})
    assert card().score_frame(empty).height == 0
    assert card().score_frame(pl.DataFrame({"id": [1]}))["score_state"].to_list() == [6]


ROWS = st.fixed_dictionaries(
    {
        "late": st.none() | st.integers(-2, 6),
        "use": st.none() | st.integers(-1, 1_100_000_000),
        "limit": st.none() | st.integers(-100, 6_100_000_000) | st.just(2**63 - 1),
        "work": st.none() | st.sampled_from(["clerk", "farmer", "it's", "teacher", "other", "", "new"]),
        "owner": st.none() | st.booleans(),
        "use__state": st.none() | st.integers(0, 8),
        "limit__state": st.integers(0, 6),
    }
)
SCHEMA = {
    "late": pl.Int64, "use": pl.Int64, "limit": pl.Int64, "work": pl.String, "owner": pl.Boolean,
    "use__state": pl.Int64, "limit__state": pl.UInt8,
}  # fmt: skip


@pytest.mark.parametrize("one", [card(), FITTED], ids=["small", "fitted"])
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROWS, min_size=1, max_size=20))
def test_a_case_is_scored_as_it_is_in_a_frame(one: Card, rows: list[dict[str, object]]) -> None:
    scored = one.score_frame(pl.DataFrame(rows, schema=SCHEMA), working=True)
    for row, got in zip(rows, scored.iter_rows(named=True), strict=True):
        told = one.score(row)
        assert (told.score, told.pd_nano, told.state) == (got["score"], got["pd_nano"], got["score_state"])
        assert (told.score is None) == told.refers == bool(told.state)
        for part in told.parts:
            if part.points is not None:
                assert part.points == got[f"points_{part.feature}"]
                assert part.points_lost is not None
                assert part.points_lost >= 0
        if told.score is not None:
            assert told.score == one.base + sum(part.points or 0 for part in told.parts)
            assert one.score_least <= told.score <= one.score_most
            assert one.score_most - told.score == sum(part.points_lost or 0 for part in told.parts)
            lost = {f"CARD_{part.feature.upper()}": part.points_lost for part in told.parts}
            costs = [lost[reason.code] or 0 for reason in told.reasons]
            assert costs == sorted(costs, reverse=True)
            assert sum(costs) == one.score_most - told.score
        else:
            assert told.reasons


@pytest.mark.parametrize("one", [card(), FITTED], ids=["small", "fitted"])
@settings(max_examples=100, deadline=None)
@given(row=ROWS)
def test_a_card_says_what_the_same_card_says_in_the_language(one: Card, row: dict[str, object]) -> None:
    asked = {name: value for name, value in row.items() if not name.endswith("__state")}
    said = language_function(one)(asked)
    told = one.score(asked)
    assert (told.score, told.state) == said["score"]
    assert told.pd_nano == said["pd_nano"].value
    for part in told.parts:
        assert part.points == said[points_step(part.feature)].value


def test_rows_are_counted_by_bin_beside_the_fit_samples() -> None:
    frame, _ = sample()
    counts = FITTED.bin_counts(frame)
    assert list(counts) == [*(entry.feature.name for entry in FITTED.features), "score"]
    for lines in counts.values():
        assert [line.actual for line in lines] == [line.expected for line in lines], "the same rows"
        assert lines[-1].label == "转人工 refers"
        kept = [line for line in lines if line.expected or line.actual]
        assert psi(expected=[one.expected for one in kept], actual=[one.actual for one in kept]) == 0


def test_what_refers_is_counted_apart() -> None:
    frame = pl.DataFrame(
        {
            "late": [0, None],
            "use": [None, 1],
            "use__state": [5, 0],
            "work": ["miner", "clerk"],
            "score": [1, 2],
        }
    )
    counts = card().bin_counts(frame)
    assert [line.actual for line in counts["late"]] == [1, 0, 0, 1]
    assert [line.actual for line in counts["use"]] == [1, 0, 0, 1]
    assert [line.actual for line in counts["work"]] == [0, 1, 1]
    assert [line.actual for line in counts["score"]] == [0, 0, 0, 2]
    with pytest.raises(InputError, match="the frame has none of the card's features"):
        card().bin_counts(pl.DataFrame({"id": [1]}))


def test_a_card_of_one_band_has_one_pd() -> None:
    head, _, bands = TEXT.partition("bands:\n")
    assert bands.count("\n") == 3
    one = card(f"{head}bands:\n  - {{from: null, to: null, rows: 100, bad: 20, pd: 0.2}}\n")
    assert one.score(GOOD).pd_nano == one.score({**GOOD, "late": 9}).pd_nano == 200_000_000
    assert one.bands[0].label == "任意值 any value"
    assert [line.actual for line in one.bin_counts(pl.DataFrame(GOOD))["score"]] == [1, 0]


def test_the_version_of_a_card_is_its_text() -> None:
    assert card().hash == card().document.hash
    assert card(TEXT.replace("points: 31", "points: 30")).hash != card().hash
