"""The results on real data: the rules hold their cases, pages are their figures, figures come again."""

import json
from datetime import date
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from bench.results_measure import _verdict
from bench.results_pages import first_page, study_page
from bench.results_study import Study, read_study, strategy_at
from bench.results_table import CONTENT, PART, Part, Table, in_parts, matching, read_rows, read_table
from pages import REPOSITORY

from bench import results
from creditloop.formula import prove
from creditloop.kernel.documents import Document, parse_document, read_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import read_card, read_cases, read_policy, run_cases

STUDIES = results.read_studies()
FIGURES = json.loads((results.RESULTS / results.FIGURES).read_text("utf-8"))
POLICIES = sorted(
    [*results.STUDIES.glob("*/strategy.yaml"), *results.STUDIES.glob("*/baselines/*.yaml")],
)
RULES = date(2024, 6, 30)
by_name = pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
by_policy = pytest.mark.parametrize("file", POLICIES, ids=lambda file: "-".join(file.parts[-3:]))


def document(file: Path) -> Document:
    return read_document(file, root=REPOSITORY)


def test_the_three_sets_and_all_their_rules_are_there() -> None:
    assert [study.name for study in STUDIES] == ["give_me_some_credit", "hmeq", "taiwan_default"]
    assert {rule.policy.document.path for study in STUDIES for rule in study.rules} == {
        file.relative_to(REPOSITORY).as_posix() for file in POLICIES if file.parent.name == "baselines"
    }


def test_only_data_that_may_be_given_on_are_in_the_repository() -> None:
    kept = {study.name for study in STUDIES if (REPOSITORY / study.table.file).is_file()}
    assert kept == {"taiwan_default"}
    assert "CC BY 4.0" in next(study.table.licence.en for study in STUDIES if study.name in kept)
    assert {file.suffix for file in results.STUDIES.rglob("*") if file.is_file()} == {".yaml"}


@by_policy
def test_a_policy_holds_its_cases_and_every_row_has_one(file: Path) -> None:
    on, cases = read_cases(document(file.parent / "cases" / file.name))
    policy = read_policy(document(file), rules_as_of=on)
    assert on == RULES
    assert len(cases) >= 5
    assert run_cases(policy, cases) == []
    for table in policy.tables:
        reached = {case.expected.get(f"{table.id}_row") for case in cases}
        assert {row.rule.id for row in table.rows} <= reached


@pytest.mark.outside
@by_policy
def test_python_polars_and_duckdb_agree_on_a_policy(file: Path) -> None:
    proof = prove(read_policy(document(file), rules_as_of=RULES).program, rows=300, seed=20240630)
    assert proof.holds, proof.first


@by_name
def test_a_page_is_written_from_the_figures_and_nothing_else(study: Study) -> None:
    page = (results.RESULTS / f"{study.name}.md").read_text("utf-8")
    assert page == study_page(study, FIGURES[study.name])


def test_the_first_page_shows_every_rule_beside_every_card() -> None:
    page = (results.RESULTS / "README.md").read_text("utf-8")
    assert page == first_page(STUDIES, FIGURES)
    for study in STUDIES:
        for card in study.cards:
            for rule in study.rules:
                assert f"{study.name}.md#{card.name}-beside-{rule.policy.name})" in page


@by_name
def test_figures_are_whole(study: Study) -> None:
    figures = FIGURES[study.name]
    assert figures["rows"] == study.table.rows == sum(part["rows"] for part in figures["parts"].values())
    assert [card["card"] for card in figures["cards"]] == [card.name for card in study.cards]
    for card in figures["cards"]:
        assert [told["rule"] for told in card["comparisons"]] == [rule.policy.name for rule in study.rules]
        for told in card["comparisons"]:
            judge = told["judge"]
            assert judge["rows"] == figures["parts"]["judge"]["rows"]
            assert told["verdict"] == _verdict(told["answers"]["twice_approvals"])
            for answer in filter(None, told["answers"].values()):
                swapped = answer["swap_in"]["rows"] - answer["swap_out"]["rows"]
                assert judge["approved"] + swapped == answer["approved"]
                assert answer["approved"] + answer["referred"] <= judge["rows"]


@by_name
def test_a_card_is_kept_as_it_was_fitted_and_reads_what_the_study_offers(study: Study) -> None:
    for plan in study.cards:
        card = read_card(document(results.RESULTS / "cards" / f"{plan.name}.yaml"))
        assert card.rows == FIGURES[study.name]["parts"]["fit"]["rows"]
        assert {one.feature.name for one in card.features} <= set(plan.directions)


@by_name
def test_a_cut_off_stands_in_the_proposed_text(study: Study) -> None:
    chosen = strategy_at(study, 555)
    row = {entry.name: None for entry in chosen.inputs} | {"score": 554, "age": 40, "past_due_90": 0}
    row |= {"status_1": 0, "limit": 1, "amount": 1}
    given = {name: row.get(name) for name in (entry.name for entry in chosen.inputs)}
    assert chosen.decide(given)["outcome"] == "decline"
    assert chosen.decide(given | {"score": 555})["outcome"] == "approve"


def with_text(study: str, name: str, old: str, new: str) -> Study:
    """Read a study with one text changed in one of its documents."""

    def find(path: Path) -> Document:
        text = path.read_text("utf-8")
        if path.name == name:
            assert old in text
            text = text.replace(old, new)
        return parse_document(text, path=path.as_posix())

    return read_study(results.STUDIES / study, find=find)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("study.yaml", "      limit: down\n", "      limit: down\n      education: none\n"),
        (
            "strategy.yaml",
            'limit: {kind: money, unit: fen, "null": refer}',
            "education: {kind: integer}\n  limit: {kind: money}",
        ),
        ("table.yaml", "value: paid_1 + paid_2 + paid_3", "value: paid_1 + paid_2 * education"),
    ],
)
def test_nothing_protected_reaches_a_card_or_a_strategy(name: str, old: str, new: str) -> None:
    with pytest.raises(InputError, match="protected"):
        with_text("taiwan_default", name, old, new)


def test_a_study_that_is_misspelt_is_refused_by_line() -> None:
    with pytest.raises(PolicyError, match="unknown key 'pubished'"):
        with_text("hmeq", "table.yaml", "published:", "pubished: 1\npublished:")
    with pytest.raises(PolicyError):
        with_text("hmeq", "study.yaml", "fit_share: 0.4", 'fit_share: "1.0"')


TABLE = """\
table: small
file: small.parquet
published: {{by: {{zh: 测试, en: a test}}, licence: {{zh: 无, en: none}}, rows: {rows}, sha256: {sha256}}}
not_content: [id]
columns:
  bad: {{from: y, kind: boolean, meaning: {{zh: 坏, en: bad}}}}
  late:
    {{from: n, kind: integer, codes: {{"98": {{zh: 代码, en: a code}}}}, meaning: {{zh: 次数, en: times}}}}
  income: {{from: m, kind: money, meaning: {{zh: 收入, en: income}}}}
  ratio: {{from: r, kind: nano, only_with: m, meaning: {{zh: 比, en: ratio}}}}
  job: {{from: j, kind: text, meaning: {{zh: 职业, en: job}}}}
computed:
  double: {{kind: integer, value: late * 2, meaning: {{zh: 二倍, en: twice}}}}
looked_at: [{{where: "late is null", meaning: {{zh: 代码, en: codes}}}}]
"""
ROWS = {
    "id": [1, 2, 3, 4],
    "y": [0, 1, 0, 1],
    "n": [0.0, 98.0, 2.0, 0.0],
    "m": [10.5, 20.0, None, 10.5],
    "r": [0.1234567891, 0.5, 7000.0, 0.1234567891],
    "j": ["A", None, "B", "A"],
}


def small(tmp_path: Path, given: dict[str, list[object]], **told: object) -> tuple[Table, Path]:
    file = tmp_path / "small.parquet"
    pl.DataFrame(given, strict=False).write_parquet(file)
    facts = {"rows": len(given["id"]), "sha256": sha256(file.read_bytes()).hexdigest()} | told
    return read_table(parse_document(TABLE.format(**facts), path="table.yaml")), file


def test_columns_become_typed_inputs(tmp_path: Path) -> None:
    table, file = small(tmp_path, ROWS)
    rows = read_rows(table, file)
    assert rows.drop(CONTENT).to_dict(as_series=False) == {
        "bad": [False, True, False, True],
        "late": [0, None, 2, 0],  # 98 is a code
        "income": [1050, 2000, None, 1050],
        "ratio": [123_456_789, 500_000_000, None, 123_456_789],  # without an income it is no ratio
        "job": ["A", None, "B", "A"],
        "double": [0, None, 4, 0],
    }
    assert matching(table, rows, "late is null").to_list() == [False, True, False, False]
    assert matching(table, rows, "late > 0").to_list() == [False, False, True, False]


def test_equal_content_has_one_hash_whatever_its_number_and_outcome(tmp_path: Path) -> None:
    table, file = small(tmp_path, ROWS)
    keys = read_rows(table, file)[CONTENT].to_list()
    assert keys[0] == keys[3]
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    ("rows", "told", "match"),
    [
        ({}, {"sha256": "0" * 64}, "not the file"),
        ({}, {"rows": 5}, "as many rows"),
        ({"n": [0.5, 1, 2, 3]}, {}, "not of its kind"),
        ({"y": [0, 1, 2, 1]}, {}, "not of its kind"),
    ],
)
def test_another_file_is_refused(
    tmp_path: Path, rows: dict[str, object], told: dict[str, object], match: str
) -> None:
    table, file = small(tmp_path, ROWS | rows, **told)
    with pytest.raises(InputError, match=match):
        read_rows(table, file)


def test_parts_are_of_the_size_asked_and_do_not_part_equal_rows() -> None:
    keys = [sha256(str(number // 2).encode()).hexdigest() for number in range(8_000)]
    told = in_parts(
        pl.DataFrame({CONTENT: keys}), salt="s", fit_share_nano=400_000_000, choose_share_nano=600_000_000
    )
    counts = dict(told[PART].value_counts().iter_rows())
    assert set(counts) == {part.value for part in Part}
    assert abs(counts["fit"] - 3_200) < 200
    assert abs(counts["choose"] - 1_600) < 200
    assert told.group_by(CONTENT).agg(pl.col(PART).n_unique())[PART].max() == 1
    other = in_parts(
        pl.DataFrame({CONTENT: keys}), salt="t", fit_share_nano=400_000_000, choose_share_nano=600_000_000
    )
    assert not other[PART].equals(told[PART])


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.9, -0.4, "holds"),
        (-0.9, -0.39, "cannot_tell"),
        (-0.4, 0.1, "cannot_tell"),
        (-0.39, 0.1, "does_not_hold"),
    ],
)
def test_the_claim_holds_only_where_the_whole_interval_says_so(low: float, high: float, verdict: str) -> None:
    assert _verdict({"bad_rate_change": {"estimate": -0.5, "low": low, "high": high}}) == verdict


def test_the_claim_does_not_hold_where_nothing_approves_so_many() -> None:
    assert _verdict(None) == "does_not_hold"
    assert _verdict({"bad_rate_change": None}) == "cannot_tell"


def test_a_set_that_is_not_there_is_named_and_its_figures_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert results.main(["--check", "--set", "hmeq", "--shared", str(tmp_path)]) == 1
    assert "hmeq.parquet is not there; get it from" in capsys.readouterr().out
    assert results.differences(results.written(STUDIES, {})) == []


def test_a_changed_figure_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = results.written(STUDIES, {})
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    monkeypatch.setattr(results, "CASES", tmp_path / "cases")
    results.write(files, {})
    assert results.differences(files) == []
    page = tmp_path / "README.md"
    page.write_text(page.read_text("utf-8").replace("**holds**", "**does not hold**", 1), encoding="utf-8")
    assert any("does not hold" in line for line in results.differences(files))


@pytest.mark.outside
def test_the_figures_of_the_set_in_the_repository_come_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert results.main(["--check", "--set", "taiwan_default"]) == 0, capsys.readouterr().out


@pytest.mark.outside
@pytest.mark.shared
def test_the_figures_of_the_other_sets_come_again(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--set", "hmeq", "--set", "give_me_some_credit"]
    assert results.main(["--check", *asked, "--shared", str(shared)]) == 0, capsys.readouterr().out
