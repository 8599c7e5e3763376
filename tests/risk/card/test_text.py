"""A fitted card is written so that people can read it, and reads back as the same card."""

from dataclasses import replace
from datetime import date

import pytest
from tests.risk.card_texts import FEATURES, SETTINGS, sample
from tests.risk.pair_cards import drawn_card, drawn_tables

from creditloop.formula import Kind
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import CardFeature, Direction, FittedCard, card_text, fit_card, read_card

FACTS = {
    "data": 'made: up "quoted" # no comment',
    "as_of": date(2005, 6, 30),
    "fitted_half": True,
    "customers": 4000,
    "note": "in-time holdout of accepted customers only",
    "absent": None,
}


def fitted() -> FittedCard:
    frame, bad = sample()
    return fit_card(frame=frame, bad=bad, features=FEATURES, settings=SETTINGS)


FITTED = fitted()


def text_of(one: FittedCard) -> str:
    return card_text(
        one, card="review", product="credit_card", title={"zh": "复审", "en": "Review"}, facts=FACTS
    )


def test_a_card_reads_back_as_it_was_fitted() -> None:
    read = read_card(parse_document(text_of(FITTED), path="review.yaml"))
    assert (read.name, read.product, read.title_zh, read.title_en) == (
        "review",
        "credit_card",
        "复审",
        "Review",
    )
    assert dict(read.facts) == FACTS
    assert (read.base, read.rows, read.bad) == (FITTED.base, FITTED.rows, FITTED.bad)
    assert read.settings == SETTINGS
    assert read.features == FITTED.features
    assert read.dropped == FITTED.dropped
    assert read.bands == FITTED.bands


def test_the_text_shows_amounts_ratios_and_why_a_feature_is_left_out() -> None:
    text = text_of(FITTED)
    assert "{missing: true, rows: " in text
    assert "to: yuan(" in text
    assert "to: 0." in text
    assert '"it\'s"' in text
    assert "name: noise" in text
    assert "信息值过低" in text or "one bin" in text
    assert "分数越高越安全" in text


def test_the_same_sample_gives_the_same_text() -> None:
    assert text_of(fitted()) == text_of(FITTED)


def test_a_title_is_in_both_languages() -> None:
    with pytest.raises(InputError, match="a title in both languages"):
        card_text(FITTED, card="review", product="credit_card", title={"zh": "复审"}, facts={})


@pytest.mark.parametrize(
    "facts", [{"bad\x07": 1}, {"note": "half a pair \ud800"}, {"data: x": 1}, {"two\nlines": 1}]
)
def test_what_could_not_be_read_back_is_not_written(facts: dict[str, int | str]) -> None:
    with pytest.raises(PolicyError):
        card_text(FITTED, card="c", product="p", title={"zh": "卡", "en": "card"}, facts=facts)


def test_a_text_may_hold_any_quotes() -> None:
    frame, bad = sample()
    odd = frame.with_columns(work=frame["work"].replace("clerk", "a'b\"c"))
    work = CardFeature(name="work", kind=Kind.TEXT, direction=Direction.NONE, zh="职业", en="work")
    one = fit_card(frame=odd, bad=bad, features=[work], settings=SETTINGS)
    read = read_card(parse_document(text_of(one), path="review.yaml"))
    assert read.features == one.features
    assert read.score({"work": "a'b\"c"}).score is not None


@pytest.mark.parametrize(("pairs", "decimals"), [(0, 0), (4, 0), (0, 6), (7, 3)])
def test_pairs_special_codes_and_decimals_read_back(pairs: int, decimals: int) -> None:
    tables = drawn_tables(seed=3, features=6, pairs=pairs, decimals=decimals)
    read = drawn_card(seed=3, features=6, pairs=pairs, decimals=decimals)
    assert (read.features, read.pairs, read.base) == (tables.features, tables.pairs, tables.base)
    assert (read.settings, read.decimals, read.method) == (tables.settings, decimals, tables.method)
    assert (f"10^-{decimals}" in read.document.text) == (decimals > 0)
    assert ("pairs:" in read.document.text) == (pairs > 0)


def test_a_pair_of_a_feature_that_the_card_has_not_is_refused() -> None:
    tables = drawn_tables(seed=3, features=3, pairs=1, decimals=0)
    less = replace(tables, features=tables.features[:1])
    with pytest.raises(InputError, match="a pair of features that are not in the card"):
        text_of(less)
