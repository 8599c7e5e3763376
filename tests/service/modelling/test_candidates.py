"""Candidates keep what the plan states: a boosted card with pairs goes by the directions of its columns."""

from pathlib import Path

import polars as pl
import pytest
from tests.service.modelling.model_plans import changed, plan_in

from creditloop.kernel.documents import parse_document
from creditloop.risk import Direction, card_text, read_card
from creditloop.service.modelling import TableData, table_sample
from creditloop.service.modelling.candidates import fit_candidate
from creditloop.service.modelling.plans.plan import CandidateKind


@pytest.fixture(scope="module")
def joint(tmp_path_factory: pytest.TempPathFactory) -> tuple:
    """The boosted card of the plan, whose column with a special code has a direction as well."""
    folder: Path = tmp_path_factory.mktemp("joint")
    text = changed("kind: integer, direction: none, special", "kind: integer, direction: up, special")
    plan = plan_in(folder, text=text)
    assert isinstance(plan.data, TableData)
    sample = table_sample(plan, plan.data, folder=folder)
    fitted = fit_candidate(
        CandidateKind.BOOSTED_CARD, frame=sample.frame, bad=sample.bad, features=sample.features, plan=plan
    )
    return sample, fitted


def test_the_card_states_the_directions_of_the_plan_and_is_read(joint: tuple) -> None:
    sample, fitted = joint
    stated = {feature.name: feature.direction for feature in sample.features}
    card = fitted.card
    assert card.pairs
    assert {entry.feature.name: entry.feature.direction for entry in card.features} == {
        entry.feature.name: stated[entry.feature.name] for entry in card.features
    }
    text = card_text(card, card="c", product="p", title={"zh": "卡", "en": "card"}, facts={})
    assert read_card(parse_document(text, path="c.yaml")).pairs == card.pairs


@pytest.mark.parametrize("name", ["income", "use", "late"])
def test_all_else_being_the_same_risk_goes_as_the_plan_states(joint: tuple, name: str) -> None:
    sample, fitted = joint
    values = sample.frame[name].drop_nulls().unique().sort()
    values = values.filter(values != 96) if name == "late" else values
    steps = values.gather_every(max(1, len(values) // 20))
    some = sample.frame.head(40).with_row_index("case").drop(name).join(steps.to_frame(), how="cross")
    told = some.with_columns(risk=fitted.log_odds(some)).sort("case", name)
    rises = told.select(pl.col("risk").diff().over("case")).to_series().drop_nulls()
    sign = 1 if {one.name: one for one in sample.features}[name].direction is Direction.UP else -1
    assert (rises * sign >= 0).all() and (rises != 0).any()
