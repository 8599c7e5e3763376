"""The lending rules at their borders: days past due, and the day before and after each change of a rule."""

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest

from creditloop.kernel.documents import read_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy, read_policy

REPOSITORY = Path(__file__).parents[2]
ON = date(2024, 6, 30)
DAYS = range(0, 401)
LOAN = {
    "owed_fen": 100,
    "retail": True,
    "npl_here_nano": 0,
    "late_everywhere_nano": 0,
    "tier_before": 0,
    "paid_up_on": None,
    "instalments_paid_since": None,
    "restructured": False,
    "restructured_again": False,
    "first_due_after_restructure": None,
    "instalments_met_after_restructure": None,
    "classified_on": ON,
}
DATES = {"paid_up_on": pl.Date, "first_due_after_restructure": pl.Date}
WHOLE = {"instalments_paid_since": pl.Int64, "instalments_met_after_restructure": pl.Int64}
CHANGES = [
    ("lend/drawdown", "consumer_cap_raised", date(2025, 3, 14), 20_000_000, 30_000_000),
    ("lend/drawdown", "consumer_term_months_max", date(2025, 3, 14), 60, 84),
    ("lend/colending", "others_share_min", date(2022, 1, 1), 0, 300_000_000),
    ("lend/colending", "all_partners_max", date(2022, 1, 1), 1_000_000_000, 500_000_000),
    ("lend/colending", "regional_lenders_stay_home", date(2021, 2, 19), False, True),
    ("lend/penalty_on_principal", "all_in_cost_lawful_max", date(2017, 8, 4), 360_000_000, 240_000_000),
    ("lend/penalty_on_interest", "all_in_cost_lawful_max", date(2017, 8, 4), 360_000_000, 240_000_000),
]
FIRST_DAYS = [
    ("lend/drawdown", date(2020, 7, 17)),
    ("lend/colending", date(2020, 7, 17)),
    ("lend/colending_partner", date(2022, 1, 1)),
    ("lend/allocation_interest_first", date(2021, 1, 1)),
    ("lend/penalty_on_principal", date(2004, 1, 1)),
    ("monitor/five_tier", date(2023, 7, 1)),
    ("monitor/ecl_stage", date(2018, 1, 1)),
]


@lru_cache
def policy(name: str, on: date = ON) -> Policy:
    document = read_document(REPOSITORY / f"policies/lending/{name}.yaml", root=REPOSITORY)
    return read_policy(document, rules_as_of=on)


def classified(**changes: object) -> pl.DataFrame:
    """Loans by days past due, 0 to 400, and what the rule and the bank say of each."""
    loan = LOAN | changes
    frame = pl.DataFrame({"dpd": DAYS}, schema={"dpd": pl.Int64}).with_columns(
        pl.lit(value, dtype=(DATES | WHOLE).get(name)).alias(name) for name, value in loan.items()
    )
    return policy("monitor/five_tier").judge_frame(frame)


@pytest.mark.parametrize(
    ("dpd", "rule", "bank"),
    [
        (0, 1, 0),
        (1, 2, 0),
        (59, 2, 0),
        (60, 2, 3),
        (61, 2, 3),
        (90, 2, 3),
        (91, 3, 3),
        (270, 3, 3),
        (271, 4, 3),
        (360, 4, 3),
        (361, 5, 3),
    ],
)
def test_a_tier_begins_on_its_day(dpd: int, rule: int, bank: int) -> None:
    row = classified().row(dpd, named=True)
    assert (row["regulatory_tier"], row["bank_tier"]) == (rule, bank)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"retail": False, "npl_here_nano": 100_000_001},
        {"tier_before": 4},
        {"restructured": True},
        {"restructured_again": True},
    ],
)
def test_a_tier_never_improves_while_days_grow(changes: dict[str, object]) -> None:
    judged = classified(**changes)
    in_force = judged.select(pl.max_horizontal("regulatory_tier", "bank_tier")).to_series().to_list()
    assert in_force == sorted(in_force)
    plain = classified()["regulatory_tier"]
    assert (judged["regulatory_tier"] >= plain).all(), "what is told besides days never makes a tier better"


def test_a_stage_never_improves_while_days_or_tiers_grow() -> None:
    cases = pl.DataFrame({"dpd": DAYS}, schema={"dpd": pl.Int64}).join(
        pl.DataFrame({"tier": range(1, 6)}, schema={"tier": pl.Int64}), how="cross"
    )
    fixed = {"owed_fen": 100, "risk_risen": False}
    frame = cases.with_columns(
        *(pl.lit(value).alias(name) for name, value in fixed.items()),
        pl.lit(None, dtype=pl.String).alias("rebuttal_reason"),
    )
    staged = policy("monitor/ecl_stage").judge_frame(frame).filter(pl.col("dpd") > 0)
    for key, by in (("tier", "dpd"), ("dpd", "tier")):
        for _, group in staged.group_by(key):
            stages = group.sort(by)["ecl_stage"].to_list()
            assert stages == sorted(stages)
    late = staged.filter(pl.col("tier") == 2).sort("dpd")["ecl_stage"].to_list()
    assert [late[dpd - 1] for dpd in (30, 31, 89, 90, 91)] == [1, 2, 2, 3, 3]


@pytest.mark.parametrize(("name", "number", "day", "before", "after"), CHANGES)
def test_a_number_changes_on_its_day(
    name: str, number: str, day: date, before: object, after: object
) -> None:
    told = [
        {each.parameter.name: each.parameter.value for each in policy(name, on).parameters}[number]
        for on in (day - timedelta(days=1), day)
    ]
    assert told == [before, after]


@pytest.mark.parametrize(("name", "day"), FIRST_DAYS)
def test_before_its_first_day_a_rule_says_nothing(name: str, day: date) -> None:
    assert policy(name, day).rules_as_of == day
    with pytest.raises(PolicyError, match="in force on this date"):
        policy(name, day - timedelta(days=1))
