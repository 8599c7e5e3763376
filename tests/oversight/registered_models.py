"""A model as the register holds it, and the days its tests speak of."""

from datetime import UTC, date, datetime

from creditloop.oversight import Model

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
JUNE, JULY, AUGUST = date(2005, 6, 30), date(2005, 7, 31), date(2005, 8, 31)
CARD = "c" * 64
MODEL = Model(
    card_hash=CARD,
    name="limit_review",
    product="credit_card",
    purpose="额度重检评分 score of the limit review",
    materiality="high",
    owner="head_of_cards",
    developer="modeller_a",
    validator="validator_b",
    state="published",
    fitted_on=JUNE,
    registered_on=JUNE,
    next_review_due=date(2005, 9, 30),
)
