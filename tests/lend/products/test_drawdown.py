"""A drawdown by every rule of its day: borders to the fen, joint lending from every side, unknown facts."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lending_rules import YUAN, drawdown, edited, find, position, product_path, rules, rules_with

from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.lend.products import Customer, DrawdownFacts, DrawdownOutcome, ProductRules, check_drawdown

ON = date(2024, 6, 30)
SHARES_DAY, CAP_DAY, HOME_DAY = date(2022, 1, 1), date(2025, 3, 14), date(2021, 2, 19)
TIER1, ALL_LOANS = 10**12, 10**13
BORDERS: list[tuple[Mapping[str, object], str | None]] = [
    ({"amount_fen": 40_000 * YUAN}, None),
    ({"amount_fen": 40_000 * YUAN + 1}, "at_most_the_largest_drawdown"),
    ({"amount_fen": 500 * YUAN}, None),
    ({"amount_fen": 500 * YUAN - 1}, "at_least_the_smallest_drawdown"),
    ({"owed_fen": 40_000 * YUAN}, None),
    ({"owed_fen": 40_000 * YUAN + 1}, "within_the_limit"),
    ({"limit_fen": 300_000 * YUAN}, None),
    ({"limit_fen": 300_000 * YUAN + 1}, "limit_is_within_the_product"),
    ({"frozen": True}, "limit_is_not_frozen"),
    ({"dpd": 1}, "nothing_is_past_due"),
    ({"customer": Customer.FIRM}, "customer_is_of_the_product"),
    ({"term_months": 13}, "term_is_of_the_product"),
    ({"method": RepaymentMethod.STEPPED}, "method_is_of_the_product"),
    ({"rate_annual": Decimal("0.18")}, None),
    ({"rate_annual": Decimal("0.180000001")}, "rate_is_of_the_product"),
    ({"all_in_annual": Decimal("0.24")}, None),
    ({"loan_purpose": "house"}, "purpose_is_allowed"),
    ({"consumer_unsecured_fen": 190_000 * YUAN}, None),
    ({"consumer_unsecured_fen": 190_000 * YUAN + 1}, "consumer_cap_is_kept"),
]
NOT_KNOWN = [
    ("limit_fen", {"limit_is_within_the_product", "within_the_limit"}),
    ("owed_fen", {"within_the_limit"}),
    ("frozen", {"limit_is_not_frozen"}),
    ("dpd", {"nothing_is_past_due"}),
    ("all_in_annual", {"all_in_cost_within_the_product", "all_in_cost_within_the_law"}),
    ("region", {"region_is_served", "lends_where_it_may"}),
    ("loan_purpose", {"purpose_is_allowed"}),
    ("consumer_unsecured_fen", {"consumer_cap_is_kept"}),
]


def check(on: date, **changes: object) -> DrawdownOutcome:
    return check_drawdown(rules=rules("retail_line", on), facts=drawdown(on, **changes))


def broken(outcome: DrawdownOutcome) -> list[str]:
    return [result.rule for result in outcome.broken]


def two_to_eight(on: date) -> ProductRules:
    """The retail line lent two to eight, as its description has it, whatever the day."""

    def found(path: str) -> Document:
        if path == product_path("retail_line"):
            return edited(path, ("joint_line", "two_to_eight"))
        return find(path)

    return rules_with("retail_line", on, found)


def test_a_drawdown_that_keeps_every_rule_is_approved() -> None:
    outcome = check(ON)
    assert (outcome.outcome, outcome.broken, outcome.unknown) == ("approve", (), ())
    assert len(outcome.results) == 17 + 2 * (4 + 1)
    assert {document.path.split("/")[-1] for document in outcome.documents} >= {
        "product.yaml",
        "drawdown.yaml",
        "colending.yaml",
        "colending_partner.yaml",
        "joint_line.yaml",
    }


@pytest.mark.parametrize(("changes", "rule"), BORDERS, ids=[f"{c}: {rule}" for c, rule in BORDERS])
def test_each_border_to_the_fen(changes: Mapping[str, object], rule: str | None) -> None:
    outcome = check(ON, **changes)
    assert broken(outcome) == ([rule] if rule else [])
    assert outcome.outcome == ("decline" if rule else "approve")
    for result in outcome.broken:
        assert result.why is not None
        assert not result.why.zh.isascii()


def test_a_region_that_is_not_served_is_neither_ours_nor_the_programme_s() -> None:
    outcome = check(ON, region="r08")
    assert [(result.rule, result.side) for result in outcome.broken] == [
        ("region_is_served", None),
        ("lends_where_it_may", "own"),
    ]


@pytest.mark.parametrize(("name", "unknown"), NOT_KNOWN)
def test_what_is_not_known_refers_and_never_approves(name: str, unknown: set[str]) -> None:
    outcome = check(ON, **{name: None})
    assert outcome.outcome == "refer"
    assert {result.rule for result in outcome.unknown} == unknown
    assert all(result.missing for result in outcome.unknown)
    assert check(ON, **{name: None, "rate_annual": Decimal(1)}).outcome == "decline"


def test_two_to_eight_is_refused_from_2022_with_the_rule_and_why() -> None:
    day_before = SHARES_DAY - timedelta(days=1)
    earlier = check_drawdown(rules=two_to_eight(day_before), facts=drawdown(day_before))
    assert earlier.outcome == "approve"
    outcome = check_drawdown(rules=two_to_eight(SHARES_DAY), facts=drawdown(SHARES_DAY))
    assert outcome.outcome == "decline"
    (refused,) = outcome.broken  # seen from us the partner puts up 80 %; seen from the partner we put up 20 %
    assert (refused.rule, refused.code, refused.side) == ("others_put_up_enough", "CL_01", "partner_bank")
    assert refused.facts == {"others_share_nano": 200_000_000}
    assert refused.since == SHARES_DAY
    (floor,) = [number for number in refused.numbers if number.name == "others_share_min"]
    assert (floor.value, floor.since) == (Decimal("0.3"), SHARES_DAY)
    assert "24号" in floor.source.title
    assert refused.why is not None
    assert refused.why.zh == "单笔贷款中合作方出资比例低于下限"


@pytest.mark.parametrize("on", [SHARES_DAY - timedelta(days=1), SHARES_DAY])
def test_the_programme_in_use_is_lawful_on_both_sides_of_the_change(on: date) -> None:
    assert check(on).outcome == "approve"


@settings(max_examples=25, deadline=None)
@given(own=st.integers(1, 99))
def test_both_lenders_have_to_put_up_three_tenths(own: int) -> None:
    shares = f"{{own: {own / 100:.2f}, partner_bank: {(100 - own) / 100:.2f}}}"

    def found(path: str) -> Document:
        if path.endswith("joint_line.yaml"):
            return edited(path, ("{own: 0.3, partner_bank: 0.7}", shares))
        return find(path)

    outcome = check_drawdown(rules=rules_with("retail_line", ON, found), facts=drawdown(ON))
    sides = {result.side for result in outcome.broken}
    assert sides == ({"partner_bank"} if own < 30 else {"own"} if own > 70 else set())


@pytest.mark.parametrize(
    ("told", "rule"),
    [  # our part is 3,000 yuan of 10,000
        ({"with_partner_fen": TIER1 // 4 - 3_000 * YUAN}, "one_partner_within_the_cap"),
        ({"colending_fen": ALL_LOANS // 2 - 1_500 * YUAN}, "joint_loans_within_the_cap"),
    ],
)
def test_concentration_to_the_fen(told: dict[str, int], rule: str) -> None:
    caps = {"net_tier1_fen": TIER1, "loans_fen": ALL_LOANS, "colending_fen": 0, "with_partner_fen": 0}
    (name,) = told
    at_the_cap = {"own": position(**caps | told), "partner_bank": position()}
    assert check(ON, lenders=at_the_cap).outcome == "approve"
    above = {"own": position(**caps | {name: told[name] + 1}), "partner_bank": position()}
    outcome = check(ON, lenders=above)
    assert broken(outcome) == [rule]
    assert str(outcome.broken[0].side).startswith("own")


def test_there_was_no_concentration_rule_before_2022() -> None:
    day_before = SHARES_DAY - timedelta(days=1)
    heavy = {"own": position(with_partner_fen=10**13), "partner_bank": position()}
    assert check(day_before, lenders=heavy).outcome == "approve"
    assert broken(check(SHARES_DAY, lenders=heavy)) == ["one_partner_within_the_cap"]
    assert rules("retail_line", day_before).colending_partner is None


def test_a_partner_that_has_told_nothing_refers() -> None:
    outcome = check(ON, lenders={"own": position()})
    assert outcome.outcome == "refer"
    assert {(result.rule, result.side) for result in outcome.unknown} == {
        ("joint_loans_within_the_cap", "partner_bank"),
        ("one_partner_within_the_cap", "partner_bank / own"),
    }
    nothing_of_it = check(ON, lenders={"own": position(with_partner_fen=None), "partner_bank": position()})
    assert [result.missing for result in nothing_of_it.unknown] == [("with_partner_after_fen",)]


def test_a_regional_bank_stays_home_since_2021() -> None:
    def found(path: str) -> Document:
        if path.endswith("joint_line.yaml"):  # a bank of one region, which serves seven
            return edited(path, ("regions: [r01, r02, r03, r04, r05, r06, r07]", "regions: [r01]"))
        return find(path)

    outcomes = [
        check_drawdown(rules=rules_with("retail_line", on, found), facts=drawdown(on, region="r02"))
        for on in (HOME_DAY - timedelta(days=1), HOME_DAY)
    ]
    assert [broken(outcome) for outcome in outcomes] == [[], ["lends_where_it_may"]]


def test_a_key_step_that_is_outsourced_is_refused() -> None:
    def found(path: str) -> Document:
        if path.endswith("joint_line.yaml"):
            return edited(
                path, ("[credit_decision, agreement_signing, risk_assessment]", "[agreement_signing]")
            )
        return find(path)

    outcome = check_drawdown(rules=rules_with("retail_line", ON, found), facts=drawdown(ON))
    assert broken(outcome) == ["key_steps_are_its_own"] * 2
    assert outcome.broken[0].facts == {"steps_outsourced": 2}


def test_the_consumer_cap_was_raised_for_good_credit_in_2025() -> None:
    given = {"consumer_unsecured_fen": 290_000 * YUAN, "all_in_annual": Decimal("0.11")}
    before = check(CAP_DAY - timedelta(days=1), **given, good_credit_large_need=True)
    assert broken(before) == ["consumer_cap_is_kept"]
    assert check(CAP_DAY, **given, good_credit_large_need=True).outcome == "approve"
    assert broken(check(CAP_DAY, **given)) == ["consumer_cap_is_kept"]  # nobody found good credit
    above = {**given, "consumer_unsecured_fen": 290_000 * YUAN + 1}
    assert broken(check(CAP_DAY, **above, good_credit_large_need=True)) == ["consumer_cap_is_kept"]


def test_a_product_lent_alone_asks_no_lender() -> None:
    facts = drawdown(ON, lenders={}, term_months=10)
    outcome = check_drawdown(rules=rules("instalment_loan", ON), facts=facts)
    assert outcome.outcome == "approve"
    assert {result.side for result in outcome.results} == {None}
    in_eleven = check_drawdown(
        rules=rules("instalment_loan", ON), facts=drawdown(ON, lenders={}, term_months=11)
    )
    assert broken(in_eleven) == ["term_is_of_the_product"]


def test_a_firm_draws_on_its_patents() -> None:
    facts = DrawdownFacts(
        business_date=ON,
        customer=Customer.FIRM,
        amount_fen=7_500_000 * YUAN,
        limit_fen=7_500_000 * YUAN,
        owed_fen=0,
        frozen=False,
        dpd=0,
        term_months=36,
        method=RepaymentMethod.BULLET,
        rate_annual=Decimal("0.05"),
        all_in_annual=Decimal("0.0502"),
        loan_purpose="working_capital",
        region="r03",
    )
    assert check_drawdown(rules=rules("patent_line", ON), facts=facts).outcome == "approve"


def test_every_rule_says_where_it_is_from() -> None:
    for result in check(ON).results:
        assert result.since is not None
        assert result.title.zh
        assert len(result.policy_hash) == 64
        for number in result.numbers:
            assert len(number.source.title) > 10
    record = check(ON).as_record()
    assert json.loads(json.dumps(record)) == record
    assert record["outcome"] == "approve"


@settings(max_examples=40, deadline=None)
@given(amount=st.integers(1, 60_000 * YUAN), more=st.integers(1, 10_000 * YUAN))
def test_more_money_never_heals_what_was_too_much(amount: int, more: int) -> None:
    less, greater = check(ON, amount_fen=amount), check(ON, amount_fen=amount + more)
    assert set(broken(less)) - {"at_least_the_smallest_drawdown"} <= set(broken(greater))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"business_date": ON + timedelta(days=1)}, "the rules of its own day"),
        ({"amount_fen": 0}, "amount_fen cannot be"),
        ({"term_months": 0}, "term_months cannot be"),
        ({"owed_fen": -1}, "owed_fen cannot be"),
        ({"dpd": -1}, "dpd cannot be"),
        ({"lenders": {"own": position(colending_fen=-1)}}, "colending_fen of own cannot be"),
        ({"lenders": {"own": position(with_partner_fen=-1)}}, "with_partner_fen of own with own cannot be"),
        ({"lenders": {"guarantor": position()}}, "no lender of the programme"),
        ({"rate_annual": Decimal("0.1234567891")}, "too many decimals"),
    ],
)
def test_what_cannot_be_asked_is_an_error_and_no_outcome(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_drawdown(rules=rules("retail_line", ON), facts=drawdown(ON, **changes))
