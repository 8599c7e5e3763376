"""The rating of small firms on a simulated town: fitted again it is the same, and needs no bureau record."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from bench.sme_town_judging import judge
from bench.sme_town_page import town_page
from bench.sme_town_rating import FittedRating, rating_texts
from bench.sme_town_splitting import Splitting, splitting

from bench import sme_town
from creditloop.kernel.documents import read_document
from creditloop.risk.measures.discrimination import auc
from creditloop.risk.measures.intervals import AucInterval
from creditloop.service.rating import (
    RatingDocuments,
    decided_frame,
    lacks_record,
    learner_answers,
    scored_frame,
)

SMALL = (2_500, 11)
NANO = 10**9
BUREAU = {"bureau_accounts", "bureau_months", "bureau_queries", "bureau_guarantees", "bureau_records"}


class Fitted(NamedTuple):
    study: sme_town.TownStudy
    rows: pl.DataFrame
    rating: FittedRating
    texts: Mapping[str, str]
    documents: RatingDocuments


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """A rating fitted on a small town."""
    study = replace(sme_town.read_town_study(), fit=SMALL, folds=2)
    rows = sme_town.rows_of(study, SMALL, scratch=tmp_path_factory.mktemp("town"))
    rating = sme_town.fit_on(study, rows)
    texts = rating_texts(rating, plan=study.plan)
    return Fitted(study, rows, rating, texts, sme_town.documents_of(study, texts))


def test_fitted_again_the_documents_are_the_same_to_the_byte(fitted: Fitted) -> None:
    rows = fitted.rows.sample(fraction=1.0, shuffle=True, seed=3).sort("party_no")
    assert rating_texts(sme_town.fit_on(fitted.study, rows), plan=fitted.study.plan) == fitted.texts


def test_every_card_says_that_it_is_simulated_and_which_portrait_it_reads(fitted: Fitted) -> None:
    assert list(fitted.documents.cards) == ["six_dimensions", "bureau"]
    for card in fitted.documents.cards.values():
        assert card.facts["simulated"] is True
        assert card.product == "sme_loan"
    assert fitted.documents.fitted_on_this_portrait
    assert fitted.study.plan.simulated


def test_all_six_dimensions_are_offered_features_and_read_nothing_of_the_bureau(fitted: Fitted) -> None:
    portrait = fitted.study.portrait
    sources = {one.name: set(one.sources) for one in portrait.draft.features}
    six, bureau = fitted.study.plan.learners
    of_portrait = [one.name for one in portrait.dimensions]
    assert [one.name for one in six.dimensions] == of_portrait[-6:]
    assert all(not BUREAU & sources[name] for name in six.features)
    assert all(sources[name] <= BUREAU for name in bureau.features)


def test_without_a_bureau_record_the_weights_are_those_of_the_other_card(fitted: Fitted) -> None:
    answers = learner_answers(fitted.documents, fitted.rows)
    lacks = lacks_record(fitted.study.plan.learner("bureau"), fitted.rows).to_numpy()
    assert 0 < lacks.sum() < len(lacks)
    assert np.array_equal(np.isnan(answers["bureau"]), lacks)
    fusion = fitted.documents.fusion.fusion
    alone = next(one for one in fusion.sets if one.sources == ("six_dimensions",))
    expected = alone.intercept_nano / NANO + answers["six_dimensions"] * alone.weights_nano[0] / NANO
    fused = fusion.log_odds(answers)
    assert np.allclose(fused[lacks], expected[lacks], rtol=0, atol=1e-12)
    assert not np.isnan(fused).any()


def test_policies_decide_firms_without_a_bureau_record(fitted: Fitted) -> None:
    decided = decided_frame(fitted.documents, scored_frame(fitted.documents, fitted.rows))
    lacks = decided.filter(pl.col("no_bureau") & (pl.col("rated_from") != "too_little"))
    assert set(lacks["rated_from"]) == {"other_data"}
    assert lacks["grade"].null_count() == 0
    assert "approve" in set(lacks["outcome"])
    unlisted = decided.filter(pl.col("filter_result") == "decline")["outcome"]
    assert "approve" not in set(unlisted)
    for name in ("taxpayer_class", "enhancement", "supplies"):
        unknown = decided.filter(pl.col(name).is_null())
        assert unknown.height > 0 and "approve" not in set(unknown["outcome"])


def test_outcome_and_features_are_on_their_side_of_the_day(fitted: Fitted) -> None:
    assert 5 < fitted.rows["bad"].sum() < fitted.rows.height / 10
    assert not {"default_on", "driver", "onset_on", "ability", "willingness"} & set(fitted.rows.columns)
    assert set(fitted.rows["kind"]) == {"firm", "sole_trader"}


def test_the_page_marks_every_table_as_simulated(fitted: Fitted) -> None:
    some = AucInterval(estimate=0.7, error=0.02, low=0.66, high=0.74)
    split = Splitting(joint=some, split=some._replace(estimate=0.69), cards=6)
    figures = judge(fitted.rows, documents=fitted.documents)
    page = town_page(figures, split, study_towns=(SMALL, SMALL), fitted=fitted.rows)
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert len(headings) == 5
    assert all("simulated" in line and "模拟" in line for line in headings)
    assert "| cost of splitting | 0.0100 |" in page
    assert sum(count for count, _ in figures.outcomes.values()) == fitted.rows.height


@pytest.mark.outside
def test_a_card_for_each_dimension_is_fused_and_set_beside_the_one(fitted: Fitted) -> None:
    study = fitted.study
    split = splitting(
        fitted.rows,
        fitted.rows,
        plan=study.plan,
        portrait=study.portrait,
        settings=study.card,
        folds=study.folds,
        seed=study.seed,
        ridge=study.ridge,
    )
    assert split.cards == 6
    assert abs(split.joint.estimate - split.split.estimate) < 0.1


def test_the_documents_that_are_kept_fit_together_and_every_dimension_is_in_the_card() -> None:
    study = sme_town.read_town_study()
    paths = [*(one.card for one in study.plan.learners), study.plan.fusion]
    texts = {path: read_document(sme_town.REPOSITORY / path, root=sme_town.REPOSITORY).text for path in paths}
    kept = sme_town.documents_of(study, texts)
    assert kept.fitted_on_this_portrait
    six = study.plan.learner("six_dimensions")
    read = {entry.name for entry in kept.cards["six_dimensions"].inputs}
    assert all(read & {one.name for one in dimension.features} for dimension in six.dimensions)
    sets = [set(one.sources) for one in kept.fusion.fusion.sets]
    assert sets == [{"six_dimensions", "bureau"}, {"six_dimensions"}, {"bureau"}]


@pytest.mark.outside
def test_on_another_town_it_tells_planted_defaults_from_the_rest(fitted: Fitted, tmp_path: Path) -> None:
    """AUC against planted truth, simulated: fitted on one small town, judged on a larger one."""
    rows = scored_frame(
        fitted.documents, sme_town.rows_of(fitted.study, (8_000, 12), scratch=tmp_path)
    ).filter(pl.col("score").is_not_null())
    assert auc(score=rows["score"].to_numpy(), bad=rows["bad"].to_numpy()) > 0.6
    lacks = rows.filter(pl.col("no_bureau"))
    assert auc(score=lacks["score"].to_numpy(), bad=lacks["bad"].to_numpy()) > 0.55


@pytest.mark.outside
def test_the_kept_documents_come_again_to_the_byte() -> None:
    assert sme_town.main(["--check"]) == 0
