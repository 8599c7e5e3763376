"""A card is fitted on the eligible customers of the fit half alone; bad plans are refused."""

from collections.abc import Callable

import polars as pl
import pytest
from tests.service.review_bank import CARD, plan_of, source, write_plan

from creditloop.admit import FIT, halves
from creditloop.data import accesses
from creditloop.kernel.errors import CreditloopError, InputError, PolicyError
from creditloop.kernel.storage import connect
from creditloop.service.admitting.fitting import fit, fitted_card
from creditloop.service.admitting.outcomes import read_outcome, read_second_outcome
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.bank import Bank


def eligible() -> pl.DataFrame:
    """The customers a card may be fitted on, told from the file alone."""
    late = pl.col("PAY_4") > 0
    bills = pl.any_horizontal(*(pl.col(f"BILL_AMT{month}") > 0 for month in (4, 5, 6)))
    frame = source().with_columns(party_id=pl.format("small_cards/{}", "ID"))
    half = halves(
        party_ids=frame["party_id"], salt="creditloop-limit-review-2005", fit_share_nano=500_000_000
    )
    return frame.with_columns(half).filter(~late & bills & (pl.col("half") == FIT))


def test_it_is_fitted_on_the_fit_half_s_eligible_customers(review_bank: Bank) -> None:
    with review_bank.work() as work:
        made = fit(work, plan=plan_of(review_bank))
    expected = eligible()
    assert (made.card.rows, made.card.bad) == (expected.height, expected["class"].sum())
    names = {entry.feature.name for entry in made.card.features} | {left.name for left in made.card.dropped}
    assert "months_late_count" not in names, "the plan leaves it out"
    assert {"sex", "education", "marriage"} & names == set()
    assert (
        made.card.facts["sample"]
        == "in-time holdout of accepted customers only: nobody who was turned down is in it"
    )
    assert len(made.card.features) >= 3


def test_the_same_again_is_the_same_text_and_is_said_once(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    texts = []
    for _ in range(2):
        with review_bank.work() as work:
            texts.append(fit(work, plan=plan).document.text)
    assert texts[0] == texts[1] == (review_bank.places.documents / CARD).read_text("utf-8")
    with connect(review_bank.url) as connection:
        said = connection.execute("SELECT key FROM kernel.fact WHERE kind = 'CardPublished'").fetchall()
        kept = connection.execute("SELECT count(*) FROM kernel.document WHERE kind = 'card'").fetchone()
    assert (len(said), kept) == (1, (1,))
    assert review_bank.verify().problems == ()


def test_it_reads_for_the_purpose_model_only(review_bank: Bank) -> None:
    with connect(review_bank.url) as connection:
        told = accesses(connection)
    reads = [access for access in told if access.reader in {"service.fitting", "service.outcomes"}]
    assert {access.purpose for access in reads} == {"model"}
    assert {"source.small_cards_outcome", "source.small_cards_statement"} <= {
        access.table for access in reads
    }
    columns = {column for access in reads for column in access.columns}
    assert columns & {"sex", "education", "marriage"} == set()


def test_a_card_without_the_limit_is_made_and_not_kept(review_bank: Bank) -> None:
    with review_bank.work() as work:
        made = fitted_card(
            work, plan=plan_of(review_bank), leave_out=["months_late_count", "limit_granted_fen"]
        )
    assert "limit_granted_fen" not in {entry.feature.name for entry in made.card.features}
    with connect(review_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM kernel.document WHERE kind = 'card'").fetchone() == (
            1,
        )


def test_outcomes_are_read_in_both_senses(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    with review_bank.work() as work:
        first = read_outcome(work, plan=plan, purpose="fairness")
        second = read_second_outcome(work, plan=plan, purpose="fairness")
    frame = source()
    assert second is not None
    assert first["bad"].sum() == frame["class"].sum()
    late = pl.any_horizontal(*(pl.col(name) >= 2 for name in ("PAY_0", "PAY_2", "PAY_3")))
    assert second["bad"].sum() == frame.select((late | (pl.col("class") == 1)).sum()).item()
    assert second["party_id"].to_list() == first.sort("party_id")["party_id"].to_list()


def test_an_outcome_is_never_read_for_a_rule(review_bank: Bank) -> None:
    with pytest.raises(InputError, match="does not let the purpose 'rule'"), review_bank.work() as work:
        read_outcome(work, plan=plan_of(review_bank), purpose="rule")


def spoil(bank: Bank, file: str, old: str, new: str) -> None:
    place = bank.places.documents / file
    text = place.read_text("utf-8")
    assert old in text
    place.write_text(text.replace(old, new), "utf-8")


FEATURES = "features/credit_card_behaviour.yaml"
POLICY = "policies/credit_card/admit/limit_review.yaml"
BAD: dict[str, tuple[Callable[[Bank], ReviewPlan], type[CreditloopError], str]] = {
    "no such outcome column": (
        lambda bank: write_plan(bank, "column: defaulted", "column: went_bad"),
        InputError,
        "no column 'went_bad'",
    ),
    "no such outcome table": (
        lambda bank: write_plan(bank, "table: outcome", "table: result"),
        InputError,
        "no table 'result'",
    ),
    "a bad the column cannot have": (
        lambda bank: write_plan(bank, "bad: true", "bad: 1"),
        InputError,
        "not one this column can have",
    ),
    "nobody in the fit half": (
        lambda bank: write_plan(bank, "fit_share: 0.5", "fit_share: 0.000000001"),
        InputError,
        "nobody is left to fit on",
    ),
    "a feature to leave out that is none": (
        lambda bank: write_plan(bank, "[months_late_count]", "[months_late_counted]"),
        PolicyError,
        "leaves out features there are none of",
    ),
    "no such policy": (
        lambda bank: write_plan(bank, "admit/limit_review.yaml", "admit/no_review.yaml"),
        PolicyError,
        "no such document",
    ),
    "rules of a day before the first": (
        lambda bank: write_plan(bank, "rules_as_of: 2024-06-30", "rules_as_of: 2001-01-01"),
        PolicyError,
        "nothing is in force on this date",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_plan_that_cannot_be_fitted_is_refused_and_nothing_is_kept(name: str, review_bank: Bank) -> None:
    write, kind, message = BAD[name]
    plan = write(review_bank)
    with connect(review_bank.url) as connection:
        before = connection.execute("SELECT count(*) FROM kernel.document").fetchone()
    with pytest.raises(kind, match=message), review_bank.work() as work:
        fit(work, plan=plan)
    with connect(review_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM kernel.document").fetchone() == before


def test_one_class_only_is_refused(review_bank: Bank) -> None:
    with connect(review_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE source.small_cards_outcome SET defaulted = false")
        connection.commit()
    with pytest.raises(InputError, match="both outcomes must occur"), review_bank.work() as work:
        fit(work, plan=plan_of(review_bank))


def test_a_protected_column_cannot_become_a_feature_and_the_denial_is_kept(review_bank: Bank) -> None:
    spoil(
        review_bank,
        FEATURES,
        "age_years: {table: customer, column: age_years}",
        "age_years: {table: customer, column: sex}",
    )
    spoil(review_bank, FEATURES, 'value: "age_years"', "value: \"if age_years = '1' then 1 else 0\"")
    with pytest.raises(InputError, match="protected attribute"), review_bank.work() as work:
        fit(work, plan=plan_of(review_bank))
    with connect(review_bank.url) as connection:
        denied = [access for access in accesses(connection) if access.refusal]
    assert len(denied) == 1
    assert "protected" in str(denied[0].refusal)


def test_a_policy_that_reads_what_no_feature_gives_is_refused(review_bank: Bank) -> None:
    spoil(review_bank, POLICY, "utilisation_mean", "utilisation_meant")
    with pytest.raises(PolicyError, match="do not give") as caught, review_bank.work() as work:
        fit(work, plan=plan_of(review_bank))
    assert caught.value.got == ["utilisation_meant"]
