"""Fit settings are the bank's: every one written, in range, with a source."""

from dataclasses import replace
from datetime import date

import pytest
from tests.risk.card_texts import SETTINGS

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import FitSettings, settings_from_node

TEXT = """\
prebins_max: 64
bins_max: 6
share_min: 0.05
iv_min: 0.02
ridge: 0.0001
bands_max: 20
score_at: 600
odds_at: 20
points_to_double_odds: 20
source: {title: a choice of this example, reference: section 3, checked: 2026-11-22}
"""


def read(text: str = TEXT) -> FitSettings:
    return settings_from_node(parse_document(text, path="plan.yaml").root)


def test_settings_are_read_with_their_source() -> None:
    settings = read()
    assert (settings.prebins_max, settings.bins_max, settings.bands_max) == (64, 6, 20)
    assert (settings.share_min_nano, settings.iv_min_nano, settings.ridge_nano) == (
        50_000_000,
        20_000_000,
        100_000,
    )
    assert (settings.score_at, settings.odds_at, settings.points_to_double_odds) == (600, 20, 20)
    assert (settings.source.title, settings.source.checked) == (
        "a choice of this example",
        date(2026, 11, 22),
    )


@pytest.mark.parametrize("line", TEXT.splitlines())
def test_none_may_be_left_out(line: str) -> None:
    with pytest.raises(PolicyError, match=f"the key '{line.partition(':')[0]}' is missing"):
        read(TEXT.replace(line + "\n", ""))


def test_cuts_are_moved_only_where_it_is_written() -> None:
    assert [read(TEXT + more).refined for more in ("", "refined: false\n", "refined: true\n")] == [
        False,
        False,
        True,
    ]
    with pytest.raises(PolicyError):
        read(TEXT + "refined: 1\n")
    with pytest.raises(InputError, match="refined of the fit settings"):
        replace(SETTINGS, refined=1)


def test_limits_are_of_whole_rows_never_fewer_than_the_share() -> None:
    limits = replace(SETTINGS, refined=True).bin_limits(rows=1_001)
    assert (limits.prebins_max, limits.bins_max, limits.rows_min, limits.refined) == (32, 5, 51, True)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("64", "65"), ("share_min: 0.05", "share_min: 0.6"),
     ("ridge: 0.0001", "ridge: 0.0"), ("score_at: 600", "score_at: 0.5"),
     ("iv_min: 0.02", "iv_min: 0.01 * 2"), ("odds_at: 20", "odds_at: 0")],
)  # fmt: skip
def test_what_is_out_of_range_is_refused_by_line(right: str, wrong: str) -> None:
    text = TEXT.replace(right, wrong, 1)
    with pytest.raises(PolicyError) as caught:
        read(text)
    assert caught.value.where["line"] == text[: text.index(wrong)].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("bins_max", 1), ("share_min_nano", 0), ("ridge_nano", 0), ("odds_at", 0), ("score_at", 0.5)],
)
def test_settings_made_in_code_keep_the_same_ranges(name: str, value: int) -> None:
    with pytest.raises(InputError, match=f"{name} of the fit settings is out of range"):
        replace(SETTINGS, **{name: value})
