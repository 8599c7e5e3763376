"""A small bank that keeps a whitelist: its plan, features and cards, and customers whose story is known.

What happens to five of the twenty by hand (limit 20,000, bill 5,000, of which 1,500 are paid):

    7  falls late in July                       8  nothing happens        9  nothing happens, and accepts
    10 was late in June, pays since then        11 uses 45 % more of the limit in July
"""

import polars as pl
from tests.acquire.whitelist_rows import card
from tests.service.small_bank import CONTRACT, FILE, plan_of, statements

from creditloop.kernel.documents import parse_document
from creditloop.risk import Card, read_card
from creditloop.service.acquiring.screening import ScreeningPlan, read_screening_plan
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import import_statements

PRODUCT = "card_instalment"
WHITELIST = "whitelist.yaml"
CARD = "card.yaml"
STRICTER = "stricter_card.yaml"
FEATURES = "features/credit_card_behaviour.yaml"
_PLAN_TEXT = f"""\
plan: whitelist
title: {{zh: 小行账单分期邀请, en: invitations of a small bank}}
product: {PRODUCT}
customers: credit_card
contract: {CONTRACT}
features: {FEATURES}
rules_as_of: 2024-06-30
"""
_LATE = {7: (0, 0, 0, 1, 2, 2), 8: (0,) * 6, 9: (0,) * 6, 10: (0, 0, 1, 0, 0, 0), 11: (0,) * 6}
_BILLS = {11: (5000, 5000, 5000, 14_000, 14_000, 14_000)}


def party(number: int) -> str:
    """A customer's id."""
    return f"{CONTRACT}/{number}"


def stricter(original: Card) -> Card:
    """The same card, a hundred points lower: nobody meets the whitelist's bounds."""
    text = original.document.text
    lower = text.replace(f"  base: {original.base}", f"  base: {original.base - 100}")
    shifted = lower.replace("to: 500", "to: 400").replace("from: 500", "from: 400")
    shifted = shifted.replace("to: 600, rows", "to: 500, rows").replace(
        "from: 600, to: null", "from: 500, to: null"
    )
    return read_card(parse_document(shifted, path=STRICTER))


def write_whitelist(bank: Bank) -> tuple[ScreeningPlan, Card]:
    """Write the plan, cards and statements into the bank's folder, and import the statements."""
    folder = bank.places.documents
    (folder / WHITELIST).write_text(_PLAN_TEXT, "utf-8")
    scoring = card()
    (folder / CARD).write_text(scoring.document.text, "utf-8")
    (folder / STRICTER).write_text(stricter(scoring).document.text, "utf-8")
    _with_stories(statements()).write_parquet(folder / FILE)
    with bank.work() as work:
        import_statements(work, plan=plan_of(bank))
    return read_screening_plan(bank.places.document(WHITELIST)), read_card(bank.places.document(CARD))


def _with_stories(frame: pl.DataFrame) -> pl.DataFrame:
    rows = frame.to_dicts()
    for row in rows:
        number = int(row["ID"])
        if number not in _LATE:
            continue
        bills = _BILLS.get(number, (5000,) * 6)
        row |= {"LIMIT_BAL": 20_000.0}
        for place, suffix in enumerate((6, 5, 4, 3, 2, 1)):
            late = "PAY_0" if suffix == 1 else f"PAY_{suffix}"
            row |= {
                late: _LATE[number][place],
                f"BILL_AMT{suffix}": float(bills[place]),
                f"PAY_AMT{suffix}": 1500.0,
            }
    return pl.DataFrame(rows, schema=frame.schema)
