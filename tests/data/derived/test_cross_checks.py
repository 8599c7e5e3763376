"""The bank's cross-checks: a firm whose sources agree, and each way in which they can contradict."""

import pytest
from tests.data.derived.derived_documents import bank_derived

from creditloop.data.derived import Agreement, DerivedValues, derived_values

READ = bank_derived("features/cross_checks.yaml")
YUAN = 100
YEAR, HALF, LONG = 1_200_000 * YUAN, 600_000 * YUAN, 1_800_000 * YUAN
"""Sums of 365, 180 and 545 days of a firm that sells 100,000 yuan a month and does not grow."""
SOUND = {
    **{f"{name}_365d": YEAR for name in ("sales_invoiced", "revenue_declared", "trade_receipts")},
    **{f"{name}_180d": HALF for name in ("sales_invoiced", "revenue_declared", "trade_receipts")},
    **{f"{name}_545d": LONG for name in ("sales_invoiced", "revenue_declared", "trade_receipts")},
    **{"purchases_invoiced_365d": YEAR, "purchases_invoiced_180d": HALF, "purchases_invoiced_545d": LONG},
    **{"power_used_365d": 12_000, "power_used_180d": 6_000, "power_used_545d": 18_000},
    **{"headcount_months_365d": 120, "headcount_months_180d": 60, "headcount_months_545d": 180},
    **{"wages_paid_365d": YEAR, "wages_paid_180d": HALF, "wages_paid_545d": LONG},
    **{"orders_done_365d": YEAR, "revenue_stated": YEAR, "trade_payments_365d": YEAR},
    **{"sales_count_365d": 100, "insurance_base_365d": YEAR},
    **{"insurance_base_mean_365d": 10_000 * YUAN, "housing_base_mean_365d": 10_000 * YUAN},
}
PERSON = {  # twelve months insured on 8,000 yuan, of whom 96,000 yuan of wages are received
    **{
        "headcount_months_365d": 12,
        "insurance_base_365d": 96_000 * YUAN,
        "wages_received_365d": 96_000 * YUAN,
    },
    **{"insurance_base_mean_365d": 8_000 * YUAN, "housing_base_mean_365d": 8_000 * YUAN},
}


def told(*unknown: str, given: dict[str, int]) -> DerivedValues:
    assert set(given) <= {entry.name for entry in READ.draft.inputs}
    values = {entry.feature: given.get(entry.name, 0) for entry in READ.draft.inputs}
    known = {source: source not in unknown for source in READ.draft.sources}
    return derived_values(READ, values=values, known=known)


def findings(*unknown: str, given: dict[str, int]) -> dict[str, str]:
    return {one.check.code: one.agreement.value for one in told(*unknown, given=given).findings}


def test_sources_that_agree_give_no_finding() -> None:
    sound = told(given=SOUND)
    assert not sound.findings
    unknown = {one.check.code for one in sound.checks if one.agreement is Agreement.UNKNOWN}
    assert unknown == {"insurance_base_against_wages", "housing_base_against_insurance_base"}  # of persons
    assert sound.value("invoiced_to_declared") == 1_000_000_000
    assert sound.value("sales_growth") == 1_000_000_000
    assert sound.value("wages_by_insured_month") == 10_000 * 10**9  # yuan


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"sales_invoiced_365d": 2 * YEAR},
            {"invoices_against_tax": "above"},
        ),
        ({"sales_reversed_365d": YEAR // 4}, {"invoices_against_tax": "below"}),
        ({"sales_reversed_365d": -YEAR // 4}, {"invoices_against_tax": "below"}),  # whichever sign it carries
        (
            {"trade_receipts_365d": 3 * YEAR},
            {"receipts_against_tax": "above", "receipts_against_invoices": "above"},
        ),
        ({"orders_done_365d": 2 * YEAR}, {"orders_against_invoices": "above"}),
        ({"orders_done_365d": 0}, {}),  # orders are a part of sales
        ({"revenue_stated": 2 * YEAR}, {"statements_against_tax": "above"}),
        ({"trade_payments_365d": 0}, {"payments_against_purchases": "below"}),
        ({"power_used_365d": 599}, {"purchases_against_power": "above"}),
        ({"power_used_365d": 499}, {}),  # too little to compare
        ({"wages_paid_365d": 0}, {}),  # wages are not paid from here
        ({"headcount_months_365d": 19}, {"wages_against_insured": "above"}),
        (
            {"power_used_180d": 12_000},
            {"tax_trend_against_power": "below", "purchase_trend_against_power": "below"},
        ),
        (
            {"revenue_declared_180d": 2 * HALF},
            {"tax_trend_against_power": "above", "invoice_trend_against_tax": "below"},
        ),
        ({"headcount_months_180d": 120}, {"headcount_trend_against_wages": "above"}),
    ],
)  # fmt: skip
def test_each_contradiction_is_found(changes: dict[str, int], expected: dict[str, str]) -> None:
    found = findings(given=SOUND | changes)
    if any("365d" in name for name in changes):  # a year's sum is a part of its growth, too
        found = {code: side for code, side in found.items() if "trend" not in code}
    assert found == expected


def test_a_person_is_checked_by_bases_and_wages() -> None:
    assert findings(given=PERSON) == {}
    assert findings(given=PERSON | {"wages_received_365d": 40_000 * YUAN}) == {
        "insurance_base_against_wages": "above"
    }
    assert findings(given=PERSON | {"housing_base_mean_365d": 3_000 * YUAN}) == {
        "housing_base_against_insurance_base": "below"
    }
    assert findings(given=PERSON | {"wages_received_365d": 0}) == {}  # paid elsewhere


@pytest.mark.parametrize("source", READ.draft.sources)
def test_a_source_that_is_not_known_contradicts_nobody_and_is_named(source: str) -> None:
    sound = told(source, given=SOUND)
    assert not sound.findings
    for check in sound.checks:
        of = next(feature for feature in READ.draft.features if feature.name == check.check.of)
        if source in of.sources:
            assert (check.agreement, check.value, check.missing) == (Agreement.UNKNOWN, None, (source,))
