"""A plan's strategy beside its baselines: the decided half, counted, recorded, repeatable."""

import polars as pl
import pytest
from tests.service.review_bank import plan_of, write_plan

from creditloop.admit import decision_frame
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.kernel.storage import connect
from creditloop.oversight import NOTE, find_comparison_runs, find_comparisons
from creditloop.service.admitting.reviewing import review_book
from creditloop.service.bank import Bank
from creditloop.service.overseeing.comparing import (
    APPROVING,
    compare_plan,
    comparison_record,
    decided_cases,
    outcomes_of_plan,
    with_baselines,
)


def test_the_cases_are_those_a_review_decides_about_and_are_decided_alike(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    with review_bank.work() as work:
        cases = decided_cases(work, plan=plan).frame
        batch = review_book(work, plan=plan)
        recorded = decision_frame(work.connection, batch_id=batch.batch_id)
    reviewed = recorded.filter(pl.col("scope") == "reviewed").sort("party_id")
    assert cases["party_id"].to_list() == reviewed["party_id"].to_list()
    assert cases["score"].to_list() == reviewed["score"].to_list()
    assert cases["approved"].to_list() == reviewed["outcome"].is_in(APPROVING).to_list()
    assert not (cases["first"] & ~cases["second"]).any(), "the wider outcome holds the narrower one"


def test_every_baseline_is_compared_by_both_outcomes_and_every_line_says_what_it_stands_on(
    review_bank: Bank,
) -> None:
    plan = plan_of(review_bank)
    with review_bank.work() as work:
        run = compare_plan(work, plan=plan, draws=100, seed=1)
        lines = find_comparisons(work.connection, batch_id=run.batch_id)
        record = comparison_record(work, run=run, outcomes=outcomes_of_plan(plan))
    assert len(lines) == 2 * 2 * len(plan.baselines)
    assert {line.rows for line in lines} == {run.rows}
    assert run.note == NOTE
    told = [line for outcome in record["outcomes"] for line in outcome["lines"]]  # type: ignore[attr-defined]
    assert len(told) == len(lines)
    assert {line["note"] for line in told} == {NOTE}
    for line in lines:
        if line.approvals_at == "equal":
            assert abs(line.strategy_approved - line.baseline_approved) < run.rows // 10


def test_a_repeat_records_nothing_and_all_of_it_is_sealed(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    runs = []
    for _ in range(2):
        with review_bank.work() as work:
            runs.append(compare_plan(work, plan=plan, draws=100, seed=1))
    assert runs[0] == runs[1]
    with connect(review_bank.url) as connection:
        assert find_comparison_runs(connection) == [runs[0]]
        connection.commit()
    assert review_bank.verify().problems == ()


def test_a_plan_without_baselines_has_nothing_to_compare(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    text = plan.document.text
    (review_bank.places.documents / "bare.yaml").write_text(text[: text.index("baselines:")], "utf-8")
    with pytest.raises(InputError, match="names no baseline"), review_bank.work() as work:
        compare_plan(work, plan=plan_of(review_bank, "bare.yaml"), draws=100, seed=1)


def test_a_baseline_does_not_approve_whom_any_part_of_it_leaves_to_a_person(review_bank: Bank) -> None:
    """The same rule, with a share of the limit besides that nobody can compute, approves nobody any more."""
    folder = review_bank.places.documents / "policies" / "credit_card" / "admit" / "baselines"
    text = (folder / "low_utilisation.yaml").read_text("utf-8")
    limit = """steps:
  - limit:
      name: share
      kind: nano
      value: utilisation_mean / (months_late_max - months_late_max)
      meaning: {zh: 占比, en: share}

tables:
"""
    (folder / "uncertain.yaml").write_text(text.replace("tables:\n", limit, 1), "utf-8")
    with review_bank.work() as work:
        cases = decided_cases(work, plan=plan_of(review_bank))
        approvals = {}
        for name in ("low_utilisation", "uncertain"):
            plan = write_plan(review_bank, "baselines/low_utilisation.yaml", f"baselines/{name}.yaml")
            frame, baselines = with_baselines(work, plan=plan, cases=cases)
            columns = [each.column for each in baselines if "low_utilisation" in each.column]
            approvals[name] = [int(frame[column].sum()) for column in columns]
    assert approvals["low_utilisation"][0] > 0
    assert approvals["uncertain"] == [0]


def test_a_policy_that_approves_nobody_is_no_baseline(review_bank: Bank) -> None:
    plan = write_plan(review_bank, "baselines/low_utilisation.yaml", "limit_review.yaml")
    with pytest.raises(PolicyError, match="says whom it approves") as caught, review_bank.work() as work:
        compare_plan(work, plan=plan, draws=100, seed=1)
    assert caught.value.where["file"] == "policies/credit_card/admit/limit_review.yaml"
