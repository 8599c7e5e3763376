"""`creditloop compare` as a person and as a machine sees it: every line, none picked out, recorded once."""

import json

import pytest
from tests.service.cli.said import Shell
from tests.service.review_bank import PLAN, plan_of, write_plan

from creditloop.kernel.storage import connect
from creditloop.oversight import NOTE, find_comparison_runs, find_comparisons
from creditloop.service.bank import Bank

COMPARE = f"compare {PLAN} --draws 100"


def test_every_line_is_printed_with_its_interval_and_recorded_once(shell: Shell, in_review: Bank) -> None:
    said = shell(f"{COMPARE} --json")
    assert said.status == 0, said.out
    told = said.record
    with connect(in_review.url) as connection:
        (run,) = find_comparison_runs(connection)
        lines = find_comparisons(connection, batch_id=run.batch_id)
    assert (told["batch"], told["rows"], told["note"]) == (str(run.batch_id), run.rows, NOTE)
    assert (told["business_date"], told["rules_as_of"]) == ("2005-06-30", "2024-06-30")
    assert (told["draws"], told["seed"]) == (100, 1)
    outcomes = told["outcomes"]
    assert isinstance(outcomes, list)
    assert [line for outcome in outcomes for line in outcome["lines"]] == [line.as_record() for line in lines]
    assert shell(f"{COMPARE} --json").record == told
    with connect(in_review.url) as connection:
        assert find_comparison_runs(connection) == [run]
    assert shell("evidence verify --json").record["problems"] == []


def test_people_see_every_baseline_and_what_the_figures_stand_on(shell: Shell, in_review: Bank) -> None:
    said = shell(COMPARE)
    assert said.status == 0, said.err
    plan = plan_of(in_review)
    titles = [in_review.places.document(path).root.mapping()["title"].mapping() for path in plan.baselines]
    for title in titles:
        assert title["en"].text() in " ".join(said.out.split())
    assert "accepted customers only" in said.out
    assert "October's label" in said.out
    assert said.out.count(" own ") == 2 * len(plan.baselines)
    assert all(len(line) <= 110 for line in said.out.splitlines())


def test_another_seed_is_another_comparison(shell: Shell, in_review: Bank) -> None:
    one, other = (shell(f"{COMPARE} --seed {seed} --json").record for seed in (1, 2))
    assert one["batch"] != other["batch"]
    assert one["rows"] == other["rows"]


BAD = {
    "compare none.yaml": (2, "no such document"),
    "compare book.yaml": (2, "'name' is missing"),
    f"compare {PLAN} --draws 10": (2, "draws"),
    f"compare {PLAN} --draws many": (2, "valid integer"),
    "compare bare.yaml": (2, "names no baseline"),
    "compare other_half.yaml": (3, "fitted on another half"),
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_call_is_refused_by_name_and_writes_nothing(line: str, shell: Shell, in_review: Bank) -> None:
    text = plan_of(in_review).document.text
    (in_review.places.documents / "bare.yaml").write_text(text[: text.index("baselines:")], "utf-8")
    write_plan(in_review, "fit_share: 0.5", "fit_share: 0.6", file="other_half.yaml")
    status, word = BAD[line]
    said = shell(f"{line} --json")
    assert said.status == status, said.out
    assert word in json.dumps(said.record, ensure_ascii=False)
    with connect(in_review.url) as connection:
        assert find_comparison_runs(connection) == []
