"""A screening comes out again from the values kept with it, failed features among them."""

import polars as pl
import pytest
from tests.acquire.whitelist_rows import card, policies, rows

from creditloop.acquire import screen, screen_again
from creditloop.kernel.errors import EvidenceError

POLICIES, CARD = policies(), card()


def screened() -> pl.DataFrame:
    """Parties of every kind, scored and screened; of one a feature of the card has failed."""
    given = rows({}, {"months_late_now": 1}, {"has_bill": None}, {"utilisation_now": 2**60}, {"cause": "x"})
    features = [entry.name for entry in CARD.inputs]
    states = {f"{name}__state": pl.Series([0, 0, 1, 0, 5], dtype=pl.UInt8) for name in features}
    missing = [pl.lit(0, pl.Int64).alias(name) for name in features if name not in given.columns]
    scored = CARD.score_frame(given.drop("score", "pd_nano").with_columns(*missing, **states))
    return screen(rows=scored.drop("score_state"), policies=POLICIES)


def test_a_screening_comes_out_again_to_the_bit() -> None:
    first = screened()
    assert first["score"].null_count() >= 1, "the failed feature leaves a party without a score"
    again = screen_again(screened=first, policies=POLICIES, card=CARD)
    assert again.schema == first.schema
    assert again.equals(first)


def test_what_was_changed_comes_out_otherwise() -> None:
    first = screened()
    changed = first.with_columns(pl.col("inputs").str.replace('"months_late_now":0', '"months_late_now":3'))
    again = screen_again(screened=changed, policies=POLICIES, card=CARD)
    assert not again.drop("inputs").equals(first.drop("inputs"))


def test_values_that_are_not_there_are_refused() -> None:
    with pytest.raises(EvidenceError, match="is not kept"):
        screen_again(screened=screened().with_columns(inputs=pl.lit("{}")), policies=POLICIES, card=CARD)
