"""A model's plan is read strictly: what cannot be is named with file, line and field."""

from pathlib import Path

import pytest
from tests.service.modelling.model_plans import PLAN, changed, plan_in

from creditloop.kernel.documents import read_document
from creditloop.kernel.errors import PolicyError
from creditloop.service.modelling import TableData, read_model_plan
from creditloop.service.modelling.plans.plan import CandidateKind, ContractData

EXAMPLE = Path(__file__).parents[4] / "examples" / "models" / "taiwan_default" / "model.yaml"


def test_a_plan_says_what_it_says(tmp_path: Path) -> None:
    plan = plan_in(tmp_path)
    assert isinstance(plan.data, TableData)
    assert plan.candidates.kinds == tuple(CandidateKind)
    assert plan.sources == {"bank": ("income", "use"), "bureau": ("late", "trade")}
    assert plan.columns[2].feature.special == (96,)
    assert plan.rejected is not None and plan.rejected.factors_nano == (10**9, 2 * 10**9)


def test_the_example_of_a_contract_is_read() -> None:
    file = EXAMPLE.parents[1] / "taiwan_months" / "model.yaml"
    plan = read_model_plan(read_document(file, root=file.parent))
    assert isinstance(plan.data, ContractData) and len(plan.data.observations) == 4
    assert plan.split.time is not None and plan.split.time.column == "as_of"


def test_the_example_reads_no_protected_column() -> None:
    plan = read_model_plan(read_document(EXAMPLE, root=EXAMPLE.parent))
    read = {entry.column for entry in plan.columns}
    assert not read & {"ID", "SEX", "EDUCATION", "MARRIAGE", "AGE", "class"}
    assert plan.fairness is not None and plan.fairness.age is not None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("model: small_card", "modell: small_card", "'model' is missing"),
        ("column: Use,", "column: Sex,", "Sex is protected and never an input"),
        ("column: Use,", "column: Age,", "Age is the age and never an input"),
        ("column: Use,", "column: outcome,", "outcome is the target"),
        ("column: Use,", "column: Month,", "Month is the time of the split"),
        ("column: Use,", "column: Decision,", "Decision is the decision that was made"),
        ("column: Use,", "column: Income,", "a column stands twice"),
        ("name: use,", "name: income,", "two features have one name"),
        ("kind: nano", "kind: double", "not one of the words"),
        (
            "\n     source: bureau, meaning: {zh: 行业",
            "\n     meaning: {zh: 行业",
            "every column says its source",
        ),
        ("kind: text, direction: none", "kind: text, direction: up", "have no order"),
        ("  bad: 1\n", "  bad: 1\n  above: 3\n", "what is bad"),
        ("  bad: 1\n", "", "what is bad"),
        ("  bad: 1\n", "  bad: 2026-01-01\n", "which value is bad"),
        ("known_by: 2026-06-30", "known_by: 2025-06-30", "known after the features"),
        ("rows.parquet", "/rows.parquet", "relative to the plan"),
        ("[scorecard, boosted_card]", "[scorecard]", "every candidate that is one card"),
        ("[scorecard, boosted_card]", "[scorecard, challenger]", "not one of the words"),
        ("within: 0.2", "within: 0.7", "out of range"),
        ("factors: [1, 2]", "factors: [2, 1]", "factors of prudence ascend"),
        ("bands: [30, 50]", "bands: [50, 30]", "bands begin at ascending ages"),
        ("psi_red: 0.25", "psi_red: 0.05", "out of range"),
        ("  draws: 100\n", "", "'draws' is missing"),
        ("exports:", "export:", "'exports' is missing"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = changed(old, new)
    with pytest.raises(PolicyError, match=said) as told:
        plan_in(tmp_path, text=text)
    assert told.value.where["file"] == "model.yaml"
    assert int(str(told.value.where["line"])) >= 1


def test_one_source_cannot_be_fused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="two sources or more"):
        plan_in(tmp_path, text=PLAN.replace("source: bureau", "source: bank"))


def _of_contract(data: str, *, rest: str = PLAN) -> str:
    start, end = rest.index("data:"), rest.index("target:")
    return rest[:start] + data + rest[end:]


CONTRACT = """data:
  contract: c
  features: f.yaml
  observations: [{as_of: 2025-09-30, known_by: 2026-03-31}, {as_of: 2025-12-31, known_by: 2026-06-30}]
  outcomes: outcome
  attributes: customer
  segments: customer
  decisions: decision
"""


def _without_columns(text: str) -> str:
    text = text[: text.index("columns:")] + text[text.index("fairness:") :]
    sources = "sources: {bank: [income], bureau: [late]}\n"
    return text[: text.index("fairness:")] + sources + text[text.index("fairness:") :]


def test_a_contract_says_its_own_columns(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="columns is not said of a contract"):
        plan_in(tmp_path, text=_of_contract(CONTRACT))


def test_a_contract_has_days_of_observation_time_and_the_rejected(tmp_path: Path) -> None:
    plan = plan_in(tmp_path, text=_without_columns(_of_contract(CONTRACT)))
    assert isinstance(plan.data, ContractData)
    assert [str(one.as_of) for one in plan.data.observations] == ["2025-09-30", "2025-12-31"]
    assert (plan.data.segments, plan.data.decisions) == ("customer", "decision")
    assert plan.rejected is not None and plan.split.time is not None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  attributes: customer\n", "", "which table holds the protected columns"),
        ("{as_of: 2025-12-31", "{as_of: 2025-12-30", "days are those of the last observation"),
        ("known_by: 2026-06-30}", "known_by: 2026-06-29}", "days are those of the last observation"),
        ("{as_of: 2025-09-30", "{as_of: 2025-12-31", "days of observation ascend"),
        ("known_by: 2026-03-31", "known_by: 2025-09-30", "known after the features"),
        ("  outcomes: outcome\n", "", "'outcomes' is missing"),
    ],
)
def test_what_a_contract_cannot_be_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in CONTRACT
    with pytest.raises(PolicyError, match=said):
        plan_in(tmp_path, text=_without_columns(_of_contract(CONTRACT.replace(old, new, 1))))
