"""Rules that are norms with names: what they read, and policies that are none."""

from datetime import date
from decimal import Decimal

import pytest
from lending_rules import edited, find

from creditloop.kernel.errors import PolicyError
from creditloop.lend.products import policy_numbers
from creditloop.lend.products.judging import check_norms, judged_norms, number_of_list
from creditloop.risk import read_policy

ON = date(2024, 6, 30)
PARTNER = "policies/lending/lend/colending_partner.yaml"
COLENDING = "policies/lending/lend/colending.yaml"


def test_a_norm_is_told_kept_broken_and_not_known() -> None:
    policy = check_norms(read_policy(find(PARTNER), rules_as_of=ON))
    told = [
        judged_norms(policy, {"with_partner_after_fen": owed, "net_tier1_fen": 1000}, dated={}, side="us")[0]
        for owed in (250, 251, None)
    ]
    assert [result.holds for result in told] == [True, False, None]
    assert [result.why is not None for result in told] == [False, True, False]
    assert [result.missing for result in told] == [(), (), ("with_partner_after_fen",)]
    (number,) = told[0].numbers
    assert (number.name, number.value, number.since) == (
        "one_partner_max",
        Decimal("0.25"),
        date(2022, 1, 1),
    )
    assert (told[0].norm.zh, told[0].side) == ("与单一合作方的贷款不超过一级资本净额的上限比例", "us")


def test_a_null_that_does_not_match_is_not_taken_for_kept() -> None:
    passing = edited(PARTNER, ('net_tier1_fen: {kind: money, unit: fen, "null": refer}',
                               'net_tier1_fen: {kind: money, unit: fen, "null": no_match}'))  # fmt: skip
    policy = check_norms(read_policy(passing, rules_as_of=ON))
    (told,) = judged_norms(policy, {"with_partner_after_fen": 1, "net_tier1_fen": None}, dated={})
    assert (told.holds, told.missing) == (None, ("net_tier1_fen",))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('when: "not one_partner_within_the_cap"', 'when: "with_partner_after_fen > fen(0)"'),
        (
            'when: "not one_partner_within_the_cap"',
            'when: "not one_partner_within_the_cap and net_tier1_fen > fen(0)"',
        ),
    ],
)
def test_a_rule_that_is_no_norm_is_refused(old: str, new: str) -> None:
    policy = read_policy(edited(PARTNER, (old, new)), rules_as_of=ON)
    with pytest.raises(PolicyError, match="the negation of a named norm") as told:
        check_norms(policy)
    assert told.value.where["file"] == PARTNER


def test_numbers_and_lists_are_those_in_force() -> None:
    before = read_policy(find(COLENDING), rules_as_of=date(2021, 2, 18))
    after = read_policy(find(COLENDING), rules_as_of=date(2021, 2, 19))
    steps = [number_of_list(policy, "key_risk_steps") for policy in (before, after)]
    assert [number.value for number in steps] == [
        ("credit_decision", "agreement_signing"),
        ("credit_decision", "agreement_signing", "risk_assessment"),
    ]
    assert [number.since for number in steps] == [date(2020, 7, 17), date(2021, 2, 19)]
    assert [number.name for number in policy_numbers(after)] == [
        "others_share_min",
        "all_partners_max",
        "regional_lenders_stay_home",
        "key_risk_steps",
    ]
    with pytest.raises(PolicyError, match="nothing of this list is in force"):
        number_of_list(after, "no_such_list")
