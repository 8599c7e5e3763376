"""The example's review on the real book: who is in scope, both halves, every decision made again."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.service.review_bank import SOURCE, take_over
from tests.service.small_bank import REPOSITORY, places_of

from creditloop.admit import FIT, decision_frame, half_of, in_scope
from creditloop.kernel.documents import read_document
from creditloop.risk import Policy, auc, read_policy
from creditloop.service.admitting.fitting import fit
from creditloop.service.admitting.outcomes import read_outcome
from creditloop.service.admitting.replaying import replay_all
from creditloop.service.admitting.review_plan import ReviewPlan, read_review_plan
from creditloop.service.admitting.reviewing import review_book
from creditloop.service.bank import open_bank
from creditloop.service.booking.card_book import import_statements, read_plan
from creditloop.service.places import Places

PLAN = "examples/taiwan_cards/review.yaml"
SCOPES = {"reviewed": 24_111, "late": 3_510, "inactive": 2_379}
"""Of the 30,000: PAY_4 <= 0 and a bill above 0 in April to June; PAY_4 > 0; the rest."""


def document_plan() -> ReviewPlan:
    return read_review_plan(read_document(REPOSITORY / PLAN, root=REPOSITORY))


def policy(path: str) -> Policy:
    return read_policy(
        read_document(REPOSITORY / path, root=REPOSITORY), rules_as_of=document_plan().dates.rules_as_of
    )


def book() -> pl.DataFrame:
    """What the policies read, told from the published file alone."""
    raw = pl.read_parquet(SOURCE)
    fen = {
        name: (pl.col(name) * 100).cast(pl.Int64)
        for name in ("LIMIT_BAL", "BILL_AMT4", "BILL_AMT5", "BILL_AMT6")
    }
    return raw.select(
        limit_fen=fen["LIMIT_BAL"],
        owed_0_fen=pl.max_horizontal(fen["BILL_AMT4"], 0),
        late_now=pl.col("PAY_4") >= 1,
        has_bill=pl.any_horizontal(*(fen[f"BILL_AMT{month}"] > 0 for month in (4, 5, 6))),
        utilisation_mean=pl.lit(0, pl.Int64),
        payment_ratio_both=pl.lit(10**9, pl.Int64),
        months_late_max=pl.max_horizontal("PAY_4", "PAY_5", "PAY_6", 0).cast(pl.Int64),
    )


def test_the_scopes_of_the_whole_book() -> None:
    scope = in_scope(frame=book(), policy=policy("policies/credit_card/admit/limit_review.yaml"))
    assert dict(scope.value_counts().iter_rows()) == SCOPES


def test_the_baselines_read_no_protected_attribute_and_answer_everybody() -> None:
    paths = document_plan().baselines
    frame = book().filter(~pl.col("late_now") & pl.col("has_bill"))
    approved = {}
    for path in paths:
        baseline = policy(path)
        assert {entry.name for entry in baseline.inputs} <= set(book().columns)
        told = baseline.judge_frame(frame)["approve"]
        assert told.null_count() == 0
        approved[path.rsplit("/", 1)[1]] = int(told.sum())
    never = frame.filter(pl.col("months_late_max") < 2)
    assert approved["never_two_months_late.yaml"] == never.height
    high = never.filter(pl.col("limit_fen") >= 140_000_00)
    assert approved["high_limit_never_two_months_late.yaml"] == high.height


def test_no_policy_of_the_stage_can_read_sex_education_or_marriage() -> None:
    plan = document_plan()
    for path in (plan.policy, str(plan.mandates), *plan.baselines):
        names = {entry.name for entry in policy(path).inputs}
        assert names & {"sex", "education", "marriage", "age_now_years", "age_years"} == set()


@pytest.mark.outside
def test_the_whole_book_is_reviewed(tmp_path: Path, database_url: str) -> None:
    places = places_of(tmp_path, database_url)
    own = Places(documents=REPOSITORY, state=places.state, environment=places.environment)
    bank = open_bank(places=own, clock=lambda: datetime(2026, 1, 5, 9, 30, tzinfo=UTC))
    with bank.work() as work:
        source = own.document("examples/taiwan_cards/book.yaml")
        import_statements(work, plan=read_plan(source, root=REPOSITORY))
    take_over(bank, customers=pl.read_parquet(SOURCE), contract="taiwan_cards")
    plan = read_review_plan(own.document(PLAN))
    with bank.work() as work:
        made = fit(work, plan=plan)
        batch = review_book(work, plan=plan, card=made.document)
        decisions = decision_frame(work.connection, batch_id=batch.batch_id)
        outcome = read_outcome(work, plan=plan, purpose="model")
        told = replay_all(work)
    assert (batch.customers, batch.fitted_on + batch.decided) == (30_000, 30_000)
    counted = dict(decisions["scope"].value_counts().iter_rows())
    assert (counted["late"], counted["inactive"]) == (SCOPES["late"], SCOPES["inactive"])
    assert counted["reviewed"] + batch.fitted_on == SCOPES["reviewed"]
    reviewed = decisions.filter(pl.col("scope") == "reviewed").join(outcome, on="party_id", validate="1:1")
    halves = {
        half_of(party_id=party, salt=plan.salt, fit_share_nano=plan.fit_share_nano)
        for party in reviewed["party_id"]
    }
    assert FIT not in halves
    assert 0.60 < auc(score=reviewed["score"], bad=reviewed["bad"]) < 0.70
    assert (told.decisions, told.differing) == (batch.decided, ())
