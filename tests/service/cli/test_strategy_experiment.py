"""The experiment the example ships: decided by its plan, counted by arm, as its help says."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.service.cli.said import Said, Shell, commands, example_of
from tests.service.review_bank import CARD
from tests.service.small_bank import CONTRACT, REPOSITORY

from creditloop.risk import CHAMPION
from creditloop.service.admitting.review_plan import read_review_plan
from creditloop.service.bank import Bank
from creditloop.service.places import Places

EXAMPLE = "examples/taiwan_cards"
PLAN = f"{EXAMPLE}/experiment_review.yaml"


@pytest.fixture
def in_experiment(in_review: Bank) -> Bank:
    """The process stands in a bank of 2,000 customers that has the example's experiment."""
    folder = in_review.places.documents / EXAMPLE
    folder.mkdir(parents=True)
    for name in ("experiment.yaml", "experiment_review.yaml"):
        text = (REPOSITORY / EXAMPLE / name).read_text("utf-8")
        named = text.replace("contract: taiwan_cards", f"contract: {CONTRACT}", 1)
        (folder / name).write_text(named.replace(f"{EXAMPLE}/limit_review_card.yaml", CARD, 1), "utf-8")
    return in_review


def told(said: Said, key: str) -> list[dict[str, Any]]:
    """What a JSON answer lists under a key."""
    listed = said.record[key]
    assert isinstance(listed, list)
    return listed


arms = partial(told, key="arms")


def test_the_example_of_the_help_is_the_plan_that_is_shipped() -> None:
    words = example_of(commands()["strategy experiment"].help or "")
    assert words == ["strategy", "experiment", PLAN, "--database", "creditloop_demo"]
    places = Places(documents=REPOSITORY, state=Path(), environment={})
    plan = read_review_plan(places.document(PLAN))
    assert plan.experiment == f"{EXAMPLE}/experiment.yaml"


def test_a_book_is_decided_by_arm_and_the_arms_are_counted(shell: Shell, in_experiment: Bank) -> None:
    before = arms(shell(f"strategy experiment {PLAN} --json"))
    assert [arm["decided"] for arm in before] == [0, 0]
    said = shell(f"decide book {PLAN} --json")
    assert said.status == 0, said.err
    runs = told(said, "runs")
    assert [run["version"] for run in runs] == ["unpublished"] * 2
    assert said.record["failed_deliveries"] == 0
    for_people = shell(f"decide book {PLAN}").out
    assert "limit_review_steady" in for_people
    assert all(len(line) <= 110 for line in for_people.splitlines())

    counted = shell(f"strategy experiment {PLAN} --json")
    assert counted.status == 0, counted.err
    champion, steady = arms(counted)
    assert (champion["name"], steady["name"]) == (CHAMPION, "steady")
    assert [champion["decided"], steady["decided"]] == [run["decided"] for run in runs]
    assert champion["decided"] > 2 * steady["decided"] > 0
    assert "raise" in champion["outcomes"]
    assert "raise" not in steady["outcomes"]
    assert 0 < steady["bad_rate_low_nano"] < steady["bad_rate_nano"] < steady["bad_rate_high_nano"]
    assert "steady" in shell(f"strategy experiment {PLAN}").out
    assert shell("strategy replay --all --stage admit").status == 0


def test_a_plan_without_an_experiment_ends_with_2(shell: Shell, in_review: Bank) -> None:
    said = shell("strategy experiment review.yaml --json")
    assert said.status == 2
    assert "names no experiment" in str(said.record["error"])
