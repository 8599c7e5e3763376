"""A plan says what it must, and a wrong line is named."""

from datetime import date

import pytest
from tests.service.small_bank import REPOSITORY

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.service.admitting.review_plan import read_review_plan

TEXT = (REPOSITORY / "examples" / "taiwan_cards" / "review.yaml").read_text("utf-8")


def test_the_example_is_read() -> None:
    plan = read_review_plan(parse_document(TEXT, path="review.yaml"))
    assert (plan.dates.business_date, plan.dates.rules_as_of) == (date(2005, 6, 30), date(2024, 6, 30))
    assert (plan.outcome.table, plan.outcome.column, plan.outcome.bad) == ("outcome", "defaulted", True)
    assert plan.second_outcome is not None
    assert (plan.second_outcome.at_least, plan.second_outcome.since) == (2, date(2005, 7, 1))
    assert plan.fit_share_nano == 500_000_000
    assert (plan.settings.score_at, plan.settings.odds_at) == (600, 20)
    assert plan.amount == "limit_fen"
    for path in (plan.features, plan.policy, plan.mandates, *plan.baselines):
        assert (REPOSITORY / str(path)).is_file(), path
    assert len(plan.baselines) == 4


def test_what_may_be_left_out_is_left_out() -> None:
    lines = TEXT.split("\nbaselines:")[0].split("\nreview:")[0]
    start, rest = lines.split("second_outcome:")
    plan = read_review_plan(parse_document(start + "split:" + rest.split("split:", 1)[1], path="plan.yaml"))
    assert (plan.second_outcome, plan.mandates, plan.amount, plan.baselines) == (None, None, None, ())


WRONG = {
    "another kind of plan": ("plan: review", "plan: card_book", "not one of the words"),
    "an outcome known too early": ("known_by: 2005-10-31", "known_by: 2005-06-30", "known after the day"),
    "a share of everybody": ("fit_share: 0.5", "fit_share: 1.0", "both halves need customers"),
    "a share of nobody": ("fit_share: 0.5", "fit_share: 0.0", "both halves need customers"),
    "no source of the split": (
        '  source: {title: "a choice of this example: half',
        '  origin: {title: "a choice of this example: half',
        "source",
    ),
    "a bad that is a list": ("bad: true", "bad: [1]", "which value is bad"),
    "an unknown key": ("as_of: 2005-06-30", "as_of: 2005-06-30\nas_off: 2005-06-30", "unknown key 'as_off'"),
    "a day that is none": ("rules_as_of: 2024-06-30", "rules_as_of: soon", "expected a date"),
    "mandates without an amount": ("  amount: limit_fen\n", "", "'amount' is missing"),
    "a setting out of range": ("  bins_max: 6\n", "  bins_max: 1\n", "out of range"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_named(name: str) -> None:
    old, new, message = WRONG[name]
    assert old in TEXT
    with pytest.raises(PolicyError, match=message) as caught:
        read_review_plan(parse_document(TEXT.replace(old, new, 1), path="plan.yaml"))
    assert caught.value.where["file"] == "plan.yaml"
    assert isinstance(caught.value.where["line"], int)
