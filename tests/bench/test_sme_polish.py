"""The Polish study: every ratio in one dimension, dimensions fused, a missing one left out of the fusion."""

from collections import Counter
from dataclasses import replace
from hashlib import sha256

import numpy as np
import polars as pl
import pytest
from bench.sme_polish_measure import FUSED, JOINT, judge_fold, without
from bench.sme_polish_page import sme_page
from bench.sme_polish_study import CompanySample, SmeStudy, read_companies, read_sme_study

from bench import sme_polish
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk.measures.discrimination import auc

TEXT = (sme_polish.FOLDER / "dimensions.yaml").read_text("utf-8")
DIMENSIONS = ["debt_service", "profitability", "capital_allocation", "leverage_tolerance", "operations"]


@pytest.fixture(scope="module")
def study() -> SmeStudy:
    return sme_polish.study()


@pytest.fixture(scope="module")
def sample(study: SmeStudy) -> CompanySample:
    return read_companies(sme_polish.DATA, study)


def light(study: SmeStudy) -> SmeStudy:
    """The study with cards that are grown for a moment only."""
    card = replace(
        study.card,
        rounds_max=40,
        folds=3,
        pairs_max=5,
        prebins_max=16,
        growths=study.card.growths[:1],
        crossing=None,
    )
    return replace(study, card=card)


def test_every_published_ratio_stands_in_exactly_one_dimension(study: SmeStudy) -> None:
    published = [name for name in pl.read_parquet_schema(sme_polish.DATA) if name != study.target]
    assert [ratio.column for ratio in study.ratios] == published
    assert [ratio.number for ratio in study.ratios] == list(range(1, 65))
    assert [one.name for one in study.dimensions] == DIMENSIONS
    counted = Counter(ratio.dimension for ratio in study.ratios)
    assert set(counted) == set(DIMENSIONS)
    assert sum(counted.values()) == 64
    assert all(ratio.why.zh and ratio.why.en for ratio in study.ratios)


def test_industry_growth_is_absent_and_own_growth_is_not_taken_for_it(study: SmeStudy) -> None:
    assert list(study.absent) == ["industry_growth"]
    own = next(ratio for ratio in study.ratios if ratio.name == "own_sales_growth")
    assert own.dimension == "operations"
    assert "not of its industry" in own.why.en


def test_directions_are_those_of_economics(study: SmeStudy) -> None:
    stated = {ratio.name: ratio.direction.value for ratio in study.ratios}
    assert stated["liabilities_to_assets"] == stated["receivables_days"] == stated["costs_to_sales"] == "up"
    assert stated["current_ratio"] == stated["gross_margin"] == stated["equity_to_assets"] == "down"
    assert stated["days_to_repay_from_profit"] == stated["log_assets"] == "none"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dimension: operations, direction: none", "dimension: luck, direction: none"),
        ("name: current_ratio", "name: quick_ratio"),
        ("{number: 2,", "{number: 3,"),
        ("direction: down", "direction: sideways"),
        ("dimension: operations", "dimension: profitability"),
        ("share_min: 0.02", "share_min: 0"),
    ],
)
def test_a_document_that_cannot_be_is_refused_with_its_place(old: str, new: str) -> None:
    assert old in TEXT
    count = -1 if new == "dimension: profitability" else 1
    with pytest.raises(PolicyError):
        read_sme_study(parse_document(TEXT.replace(old, new, count), path="dimensions.yaml"))


def test_another_file_is_refused(study: SmeStudy, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("polish") / "other.parquet"
    pl.read_parquet(sme_polish.DATA).drop("sales / receivables").write_parquet(file)
    with pytest.raises(ValueError, match="other columns"):
        read_companies(file, study)


def test_the_file_is_the_published_one(sample: CompanySample) -> None:
    digest = sha256(sme_polish.DATA.read_bytes()).hexdigest()
    assert digest in (sme_polish.FOLDER / "README.md").read_text("utf-8")
    assert digest[:16] in sme_polish.PAGE.read_text("utf-8")
    assert "CC BY 4.0" in (sme_polish.FOLDER / "README.md").read_text("utf-8")
    assert (len(sample.bad), int(sample.bad.sum())) == (5910, 410)


def test_dimensions_are_fused_and_a_missing_one_is_left_out(study: SmeStudy, sample: CompanySample) -> None:
    rows = np.random.default_rng(5).permutation(len(sample.bad))
    train, test = rows[:2500], rows[2500:5000]
    told = judge_fold(light(study), sample, train, test, held=True)
    bad = sample.bad[test]
    found = {name: auc(score=-answer, bad=bad) for name, answer in told.log_odds.items()}
    assert set(found) == {*DIMENSIONS, *map(without, DIMENSIONS), FUSED, JOINT}
    assert not any(np.isnan(answer).any() for answer in told.log_odds.values())
    assert found[FUSED] > max(found[name] for name in DIMENSIONS) - 0.01
    assert found["debt_service"] > 0.75
    assert min(told.weights.values()) >= 0
    again = judge_fold(light(study), sample, train, test, held=True)
    assert all(np.array_equal(told.log_odds[name], again.log_odds[name]) for name in found)


def test_the_page_tells_what_is_absent_and_what_splitting_costs(study: SmeStudy) -> None:
    names = [*DIMENSIONS, *map(without, DIMENSIONS), FUSED, JOINT]
    judged = {name: {"auc": 0.8, "auc_sd": 0.01, "ks": 0.5} for name in names}
    judged[JOINT]["auc"], judged[without("operations")]["auc"] = 0.85, 0.81
    variant = {
        "judged": judged,
        "weights": dict.fromkeys(DIMENSIONS, 0.2),
        "grades": [{"scores": ">= 600", "rows": 10, "bad": 1}],
    }
    figures = {
        "rows": 10,
        "bad": 1,
        "repeated": 2,
        "variants": {"free": variant, "held": variant},
        "against": [{"name": "log_assets", "stated": "down", "follows": None}],
    }
    page = sme_page(study, figures, sha256="0" * 64)
    assert "**absent 缺**" in page
    assert "(joint less fused): 0.0500 free" in page
    assert "| operations 运营 | 0.20 | 0.8100 | −0.0100 |" in page
    assert "| 1 | >= 600 | 10 | 1 | 10.00 % |" in page
    assert "| `log_assets` | down | – |" in page
