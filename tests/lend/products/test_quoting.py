"""What a loan of a product would cost: every fee of its document is in the all-in cost, and in its place."""

from datetime import date
from decimal import Decimal

import pytest
from lending_rules import YUAN, find, rules

from creditloop.book.calendars import EVERY_DAY, read_business_days
from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.errors import InputError
from creditloop.lend.products import ProductQuote, quote_product

ON = date(2024, 6, 28)
CHINA = read_business_days(find("policies/calendars/china.yaml"))


def quoted(name: str, method: RepaymentMethod, months: int, **changes: object) -> ProductQuote:
    given: dict[str, object] = {
        "principal_fen": 1_000_000 * YUAN,
        "rate_annual": Decimal("0.06"),
        "start": ON,
        "business_days": CHINA,
    }
    product = rules(name, ON).product
    return quote_product(product=product, method=method, term_months=months, **given | changes)  # type: ignore[arg-type]


def test_without_fees_the_cost_is_the_interest() -> None:
    told = quoted(
        "instalment_loan",
        RepaymentMethod.EQUAL_INSTALMENT,
        10,
        principal_fen=10_000 * YUAN,
        rate_annual=Decimal("0.1095"),
        business_days=EVERY_DAY,
    )
    assert told.fees_annual == 0
    assert told.quote.total_fees_fen == 0
    # 10.95 % over 360 days is 11.102 % over 365, and compounds monthly to about 11.7 %
    assert Decimal("0.116") < told.all_in_annual < Decimal("0.118")


def test_a_guarantor_is_paid_by_the_balance_with_each_instalment() -> None:
    told = quoted("sme_working_capital", RepaymentMethod.INTEREST_FIRST, 12)
    plan, fees = told.quote.plan, told.quote.fees_fen
    assert fees[0] == 0
    # one per cent of a balance that stays, where interest is six
    assert all(abs(6 * fee - paid) <= 3 for fee, paid in zip(fees[1:], plan.interest_fen, strict=True))
    assert Decimal("0.0100") < told.fees_annual < Decimal("0.0112")
    repaid = quoted("sme_working_capital", RepaymentMethod.EQUAL_PRINCIPAL, 12)
    assert repaid.quote.fees_fen[-1] * 10 < repaid.quote.fees_fen[1] * 3  # less is owed at the end


@pytest.mark.parametrize(
    ("name", "months", "fee_fen"),
    [("patent_line", 12, 3_000 * YUAN), ("bullet_loan", 12, 1_000 * YUAN)],
)
def test_what_is_paid_at_once_makes_a_short_loan_dearer(name: str, months: int, fee_fen: int) -> None:
    long, short = (quoted(name, RepaymentMethod.BULLET, each) for each in (months, months // 2))
    assert long.quote.fees_fen[0] == short.quote.fees_fen[0] == fee_fen
    assert 0 < long.fees_annual < short.fees_annual
    assert long.all_in_annual == long.quote.annual_compound > Decimal("0.06")


def test_a_method_that_is_not_offered_has_no_quote() -> None:
    with pytest.raises(InputError, match="does not offer this method"):
        quoted("bullet_loan", RepaymentMethod.INTEREST_FIRST, 12)
