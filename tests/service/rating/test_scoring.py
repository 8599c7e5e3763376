"""The arithmetic of a rating: one firm and a whole town alike, with and without a learner's answer."""

import numpy as np
import polars as pl
import pytest
from tests.data.portraits.portrait_documents import small_portrait
from tests.service.rating.small_rating import documents_of, texts, town

from creditloop.service.rating import (
    RatingDocuments,
    decided_frame,
    lacks_record,
    learner_answers,
    owner_facts,
    scored_frame,
)

NANO = 10**9
FACTS = {
    "sales_score": 400,
    "region": "r01",
    "taxpayer_class": "a",
    "enhancement": "owner",
    "supplies": False,
    "owner_record": "read",
    "sources_stale": 0,
}


@pytest.fixture(scope="module")
def documents() -> RatingDocuments:
    return documents_of(small_portrait(), texts())


def test_the_score_is_the_weighted_sum_of_the_cards_own(documents: RatingDocuments) -> None:
    rows = town()
    answers, scored = learner_answers(documents, rows), scored_frame(documents, rows)
    lacks = lacks_record(documents.plan.learner("filings"), rows).to_numpy()
    assert 0 < lacks.sum() < len(lacks)
    assert np.array_equal(np.isnan(answers["filings"]), lacks)
    assert np.array_equal(scored["no_filings"].to_numpy(), lacks)
    assert not scored["no_trade"].any()
    both = 0.25 + 0.7 * answers["trade"] + 0.5 * answers["filings"]
    fused = np.where(lacks, -0.1 + answers["trade"], both)
    expected = 600 + 20 / np.log(2) * (-fused - np.log(20))
    assert np.abs(scored["score"].to_numpy() - expected).max() <= 0.5 + 1e-9
    points = documents.cards["trade"].score_frame(rows, exact=True)["score_nano"].to_numpy() / NANO
    assert np.allclose(-answers["trade"], (points - 600) * np.log(2) / 20 + np.log(20), rtol=0, atol=1e-12)


def test_a_firm_is_scored_as_in_its_town(documents: RatingDocuments) -> None:
    rows = town()
    whole = decided_frame(documents, scored_frame(documents, _with_facts(rows)))
    for number in (0, 7, 101, 599):
        alone = decided_frame(documents, scored_frame(documents, _with_facts(rows[number : number + 1])))
        assert alone.row(0) == whole.row(number)


def test_who_no_learner_answers_about_has_no_score_and_goes_to_a_person(documents: RatingDocuments) -> None:
    rows = town()[:2].with_columns(buyers_count__state=pl.Series([0, 4], dtype=pl.UInt8))
    decided = decided_frame(documents, scored_frame(documents, _with_facts(rows)))
    assert decided["score"].null_count() == 1
    assert decided["no_trade"].to_list() == [False, True]
    # the card of filings answers, and no weights were ever fitted for it alone
    assert decided["outcome"][1] is None and decided["grade"][1] is None


def test_an_owners_record_is_read_or_empty_or_not_read(documents: RatingDocuments) -> None:
    owners = pl.DataFrame({"buyers_count": [3, 0, None], "filings_owed": [2, 2, 2]})
    told = owner_facts(documents.plan.owner, owners)
    assert told["owner_record"].to_list() == ["read", "none", "not_read"]
    assert told["owner_overdue_fen"].to_list() == [2, None, None]


def _with_facts(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit(value).alias(name) for name, value in FACTS.items())
