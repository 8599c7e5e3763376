"""The rating of small firms on a simulated town: fitted again it is the same, and needs no bureau record."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from bench.sme_town_features import BUREAU, SIX, AbilityFeatures
from bench.sme_town_judging import decided_rows, judge
from bench.sme_town_page import town_page
from bench.sme_town_rating import BUREAU_CARD, SIX_CARD, SmeRating

from bench import sme_town
from creditloop.kernel.documents import read_document
from creditloop.risk import read_card
from creditloop.risk.measures.discrimination import auc

SMALL = (2_500, 11)
NANO = 10**9


class Fitted(NamedTuple):
    study: sme_town.TownStudy
    rows: pl.DataFrame
    ability: AbilityFeatures
    rating: SmeRating
    documents: Mapping[str, str]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """A rating fitted on a small town."""
    study = replace(sme_town.read_town_study(), fit=SMALL, folds=2)
    rows, ability = sme_town.rows_of(study, SMALL, scratch=tmp_path_factory.mktemp("town"))
    rating = sme_town.fit_on(study, rows, ability)
    return Fitted(study, rows, ability, rating, sme_town.documents_of(rating, study, ability))


def test_fitted_again_the_documents_are_the_same_to_the_byte(fitted: Fitted) -> None:
    rows = fitted.rows.sample(fraction=1.0, shuffle=True, seed=3).sort("party_no")
    rating = sme_town.fit_on(fitted.study, rows, fitted.ability)
    assert sme_town.documents_of(rating, fitted.study, fitted.ability) == fitted.documents


def test_every_document_says_that_it_is_simulated(fitted: Fitted) -> None:
    assert set(fitted.documents) == {"six_dimensions.yaml", "bureau.yaml", "fusion.yaml"}
    assert all("simulated: true" in text for text in fitted.documents.values())


def test_the_six_dimensions_read_nothing_of_the_bureau(fitted: Fitted) -> None:
    ability = fitted.ability
    assert set(ability.dimension.values()) == set(SIX)
    for name in ability.dimension:
        assert not BUREAU & set(ability.described(name).sources)
    assert all(set(ability.described(name).sources) <= BUREAU for name in ability.bureau)


def test_without_a_bureau_record_the_weights_are_those_of_the_other_card(fitted: Fitted) -> None:
    answers = fitted.rating.log_odds(fitted.rows)
    lacks = fitted.rows["no_bureau"].to_numpy()
    assert 0 < lacks.sum() < len(lacks)
    assert np.array_equal(np.isnan(answers[BUREAU_CARD]), lacks)
    alone = next(one for one in fitted.rating.fusion.sets if one.sources == (SIX_CARD,))
    expected = alone.intercept_nano / NANO + answers[SIX_CARD] * alone.weights_nano[0] / NANO
    fused = fitted.rating.fusion.log_odds(answers)
    assert np.allclose(fused[lacks], expected[lacks], rtol=0, atol=1e-12)
    assert not np.isnan(fused).any()


def test_policies_decide_firms_without_a_bureau_record(fitted: Fitted) -> None:
    scores = fitted.rating.scores(fitted.rows)
    decided = decided_rows(fitted.rows, scores, root=sme_town.REPOSITORY, on=fitted.study.as_of)
    lacks = decided.filter(pl.col("no_bureau") & (pl.col("rated_from") != "too_little"))
    assert set(lacks["rated_from"]) == {"other_data"}
    assert lacks["grade"].null_count() == 0
    assert "approve" in set(lacks["outcome"])
    unlisted = decided.filter(pl.col("filter_result") == "decline")["outcome"]
    assert "approve" not in set(unlisted)
    assert "approve" not in set(decided.filter(pl.col("taxpayer_class").is_null())["outcome"])


def test_outcome_and_features_are_on_their_side_of_the_day(fitted: Fitted) -> None:
    assert 5 < fitted.rows["bad"].sum() < fitted.rows.height / 10
    assert not {"default_on", "driver", "onset_on", "ability", "willingness"} & set(fitted.rows.columns)
    assert set(fitted.rows["kind"]) == {"firm", "sole_trader"}


def test_the_page_marks_every_table_as_simulated(fitted: Fitted) -> None:
    figures = judge(
        fitted.rows,
        rating=fitted.rating,
        ability=fitted.ability,
        root=sme_town.REPOSITORY,
        on=fitted.study.as_of,
    )
    page = town_page(figures, study_towns=(SMALL, SMALL), fitted=fitted.rows)
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert len(headings) == 4
    assert all("simulated" in line and "模拟" in line for line in headings)
    assert sum(count for count, _ in figures.outcomes.values()) == fitted.rows.height


def test_the_cards_that_are_kept_can_be_read_and_say_what_they_are() -> None:
    for name in (SIX_CARD, BUREAU_CARD):
        card = read_card(read_document(sme_town.FOLDER / f"{name}.yaml", root=sme_town.REPOSITORY))
        assert card.facts["simulated"] is True
        assert card.product == "sme_loan"
    parts = read_document(sme_town.FOLDER / "fusion.yaml", root=sme_town.REPOSITORY).root.mapping()
    sets = [set(one.mapping()["weights"].mapping()) for one in parts["sets"].items()]
    assert sets == [{SIX_CARD, BUREAU_CARD}, {SIX_CARD}, {BUREAU_CARD}]


@pytest.mark.outside
def test_on_another_town_it_tells_planted_defaults_from_the_rest(fitted: Fitted, tmp_path: Path) -> None:
    """AUC against planted truth, simulated: fitted on one small town, judged on a larger one."""
    rows, _ = sme_town.rows_of(fitted.study, (8_000, 12), scratch=tmp_path)
    assert auc(score=fitted.rating.scores(rows), bad=rows["bad"].to_numpy()) > 0.6
    lacks = rows.filter(pl.col("no_bureau"))
    assert auc(score=fitted.rating.scores(lacks), bad=lacks["bad"].to_numpy()) > 0.55


@pytest.mark.outside
def test_the_kept_documents_come_again_to_the_byte() -> None:
    assert sme_town.main(["--check"]) == 0
