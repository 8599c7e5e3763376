"""A plan run whole on a small simulated table: every part measured, faults named, twice the same bytes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from tests.service.modelling.model_plans import PLAN, REJECTED, plan_in, scorecard_only, table

from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import auc
from creditloop.service.modelling import ModelRun, TableData, model_files, run_model_plan, table_sample


def run_in(folder: Path, *, text: str = PLAN, rows: pl.DataFrame | None = None) -> ModelRun:
    plan = plan_in(folder, text=text, rows=rows)
    assert isinstance(plan.data, TableData)
    steps = list[tuple[int, int | None]]()
    sample = table_sample(plan, plan.data, folder=folder)
    run = run_model_plan(plan, sample, progress=lambda done, total: steps.append((done, total)))
    assert [done for done, _ in steps] == list(range(len(steps)))
    assert steps[-1][0] == steps[-1][1]
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ModelRun:
    """The plan with every part, run once."""
    return run_in(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def record(whole: ModelRun) -> Mapping[str, Any]:
    return whole.record


def test_every_candidate_is_measured_on_the_same_folds(record: Mapping[str, Any]) -> None:
    kinds = [one["kind"] for one in record["candidates"]]
    assert kinds == ["scorecard", "boosted_card", "fused", "challenger"]
    rows = {tuple((fold["rows"], fold["bad"]) for fold in one["folds"]) for one in record["candidates"]}
    assert len(rows) == 1
    for one in record["candidates"]:
        assert one["auc_nano"] > 650_000_000
        assert one["out_of_time"]["rows"] == record["sample"]["rows_late"] == 500
    auc_nano = {one["kind"]: one["auc_nano"] for one in record["candidates"]}
    best = max(auc_nano["scorecard"], auc_nano["boosted_card"])
    assert record["costs"]["white_box_nano"] == auc_nano["challenger"] - best
    assert record["costs"]["splitting_nano"] == auc_nano["boosted_card"] - auc_nano["fused"]


def test_the_rule_takes_the_simple_card_near_enough(record: Mapping[str, Any], whole: ModelRun) -> None:
    assert record["choice"]["chosen"] == "scorecard"
    assert whole.chosen.card.hash == record["card"]["hash"]
    assert whole.chosen.card.rows == record["sample"]["rows"] == 1_000


def test_every_part_is_there(record: Mapping[str, Any]) -> None:
    assert {one["group"] for one in record["by_segment"][0]["groups"]} == {"known", "no_record"}
    assert [one["out_of_time"] for one in record["by_time"]] == [False] * 4 + [True] * 2
    assert record["stability"]["parts"][0]["name"] == "score"
    assert [one["attribute"] for one in record["fairness"]["attributes"]] == ["Sex", "age_band"]
    rejects = record["rejects"]
    assert rejects["rejected"] + rejects["not_scored"] == REJECTED
    assert rejects["bad_rate_rejected"]["least_nano"] < rejects["bad_rate_rejected"]["most_nano"]
    rates = [one["bad_rate_nano"] for one in record["grades"]]
    assert rates == sorted(rates, reverse=True)
    assert sum(one["rows"] for one in record["grades"]) == 1_000
    assert not any(isinstance(value, float) for value in _leaves(record))


def test_the_curve_that_is_drawn_has_the_point_of_the_ks(record: Mapping[str, Any]) -> None:
    curves = record["curves"]
    widest = max(point["bad_nano"] - point["good_nano"] for point in curves["curve"])
    assert abs(widest - curves["ks"]["ks_nano"]) <= 2
    assert len(curves["curve"]) < 200


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list | tuple):
        return [leaf for each in value for leaf in _leaves(each)]
    return [value]


def test_two_runs_give_the_same_bytes(whole: ModelRun, tmp_path: Path) -> None:
    again = run_in(tmp_path)
    first, second = model_files(whole), model_files(again)
    assert set(first) == {
        *("card.yaml", "card.sql", "card.py", "card.xlsx", "card.pmml"),
        *("model_card.md", "report.html", "report.json", "report.pdf"),
    }
    assert {name for name in first if first[name] != second[name]} == set()


def test_files_say_what_the_record_says(whole: ModelRun) -> None:
    files = model_files(whole)
    told = json.loads(files["report.json"])
    assert told["card"]["hash"] in files["report.html"].decode() and files["report.pdf"][:4] == b"%PDF"
    page = files["report.html"].decode()
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page
    for one in told["warnings"]:
        assert one["zh"] in page and one["zh"] in files["model_card.md"].decode()
    for part in ("小卡", "时间外", "无征信记录", "拒绝推断"):
        assert part in page


def test_the_exported_sql_scores_as_the_card(whole: ModelRun, tmp_path: Path) -> None:
    plan = plan_in(tmp_path)
    assert isinstance(plan.data, TableData)
    frame = table_sample(plan, plan.data, folder=tmp_path).frame.with_row_index("case_id")
    query = model_files(whole)["card.sql"].decode()
    with duckdb.connect() as database:
        database.register("cases", frame.to_arrow())
        found = {case: score for case, score, *_ in database.execute(query).fetchall()}
    scored = whole.chosen.card.score_frame(frame)
    assert [found[case] for case in scored["case_id"]] == scored["score"].to_list()
    late = pl.Series([each.month > 10 for each in table().head(frame.height)["Month"]])
    outcomes = table().head(frame.height).filter(late)["outcome"]
    assert auc(score=scored.filter(late)["score"], bad=outcomes) > 0.65


FAULTS = """
  - {column: Same, name: same, kind: integer, direction: none, meaning: {zh: 常数, en: constant}}
  - {column: Copy, name: copy, kind: nano, direction: none, meaning: {zh: 重复, en: copy}}
  - {column: Endless, name: endless, kind: nano, direction: none, meaning: {zh: 无穷, en: endless}}
  - {column: Nothing, name: nothing, kind: integer, direction: none, meaning: {zh: 空, en: nothing}}
  - {column: Truth, name: truth, kind: integer, direction: none, meaning: {zh: 目标, en: the target}}
  - {column: Fee, name: fee, kind: integer, direction: none, meaning: {zh: 罚息, en: a later fee}}
  - {column: Word, name: word, kind: text, direction: none, meaning: {zh: 词, en: word}}
fairness:"""


def faulty_rows() -> pl.DataFrame:
    rows, random = table(), np.random.default_rng(5)
    outcome = rows["outcome"].fill_null(0).to_numpy()
    return rows.with_columns(
        Same=pl.lit(1),
        Copy=pl.col("Use"),
        Endless=pl.when(pl.col("Use") > 0.5).then(float("inf")).otherwise(1.5),
        Nothing=pl.lit(None, dtype=pl.Int64),
        Truth=pl.Series(outcome),
        Fee=pl.Series(outcome ^ (random.random(rows.height) < 0.03)),
        Word=pl.Series([f"w{number}" for number in range(rows.height)]),
    )


def test_faulty_columns_are_named_and_left_out(tmp_path: Path) -> None:
    text = scorecard_only().replace("\nfairness:", FAULTS, 1)
    run = run_in(tmp_path, text=text, rows=faulty_rows())
    found: Mapping[str, Any] = run.record["findings"]  # type: ignore[assignment]
    faults = {one["column"]: one["fault"] for one in found["columns"]}
    assert faults == {
        "same": "constant",
        "copy": "duplicate",
        "endless": "not_finite",
        "nothing": "all_missing",
        "truth": "target",
        "word": "many_words",
    }
    assert [leak["feature"] for leak in found["leaks"]] == ["fee"]
    left_out = {*faults, "fee"} - {"word"}
    assert not left_out & {entry.feature.name for entry in run.chosen.card.features}
    warned = " ".join(one["en"] for one in run.record["warnings"])  # type: ignore[attr-defined]
    assert all(name in warned for name in [*faults, "fee"])


def test_a_leak_is_kept_only_with_a_reason(tmp_path: Path) -> None:
    accepted = "accepted_leaks:\n  - {feature: fee, because: {zh: 测试, en: a test}}\nsplit:"
    text = scorecard_only().replace("\nfairness:", FAULTS, 1).replace("\nsplit:", f"\n{accepted}", 1)
    run = run_in(tmp_path, text=text, rows=faulty_rows())
    assert "fee" in {entry.feature.name for entry in run.chosen.card.features}
    assert "is kept, as the plan says why" in json.dumps(run.record["warnings"])
    with pytest.raises(PolicyError, match="features there are none of"):
        run_in(tmp_path, text=text.replace("feature: fee", "feature: fees"), rows=faulty_rows())


def test_a_direction_the_data_do_not_follow_is_told(tmp_path: Path) -> None:
    rows = table().with_columns(Use=1 - pl.col("Use"))
    run = run_in(tmp_path, text=scorecard_only(), rows=rows.with_columns(Sex=pl.lit("f")))
    assert "Sex has no two groups" in json.dumps(run.record["warnings"])
    found: Mapping[str, Any] = run.record["findings"]  # type: ignore[assignment]
    assert [(one["feature"], one["follows"]) for one in found["directions"]] == [("use", "down")]


def test_nothing_left_to_fit_is_refused(tmp_path: Path) -> None:
    rows = table().with_columns(Income=pl.lit(1.0), Use=pl.lit(1.0), Late=pl.lit(1), Trade=pl.lit("a"))
    with pytest.raises(InputError, match="no column can be fitted"):
        run_in(tmp_path, text=scorecard_only(), rows=rows)


def test_what_a_plan_leaves_out_is_said(tmp_path: Path) -> None:
    text = scorecard_only()
    for name, following in (("\nfairness:", "\nsplit:"), ("\n  time:", "\n  source:")):
        start = text.index(name)
        text = text[:start] + text[text.index(following, start) :]
    start = text.index("rejected:")
    text = text[:start] + text[text.index("validation:") :]
    run = run_in(tmp_path, text=text, rows=table().filter(pl.col("Decision") == "accepted"))
    files = model_files(run)
    for part in ("没有时间外样本", "没有被拒客户", "公平性未测", "没有挑战者", "分源的代价未测"):
        assert part in files["model_card.md"].decode() and part in files["report.html"].decode()


def test_later_values_that_no_fitted_row_had_are_counted_and_told(tmp_path: Path) -> None:
    odd = (
        pl.when((pl.col("Month").dt.month() == 12) & (pl.col("Use") > 0.9))
        .then(None)
        .otherwise(pl.col("Late"))
    )
    run = run_in(tmp_path, text=scorecard_only(), rows=table().with_columns(Late=odd))
    record: Mapping[str, Any] = run.record
    late = table().filter(
        pl.col("Month").dt.month() == 12, pl.col("Use") > 0.9, pl.col("outcome").is_not_null()
    )
    assert record["card"]["rows_late_referred"] == late.height > 0
    assert f"{late.height} later rows have a value" in json.dumps(record["warnings"])


def test_names_from_the_data_do_not_break_the_model_card(tmp_path: Path) -> None:
    rows = table().with_columns(Sex=pl.col("Sex").replace({"f": "f | of\nall"}))
    card = model_files(run_in(tmp_path, text=scorecard_only(), rows=rows))["model_card.md"].decode()
    (line,) = [line for line in card.splitlines() if "of all" in line]
    assert line.replace("\\|", "").count("|") == 6
